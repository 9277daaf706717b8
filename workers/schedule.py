"""The whole beat table: what runs by itself, how often, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from celery.beat import PersistentScheduler, ScheduleEntry

from workers.task import SLOT_ENDS_HEADER, SLOT_HEADER

SECOND = 1.0
MINUTE = 60.0
HOUR = 3600.0
LEAST_PATIENCE_SECONDS = 10.0

BEAT: dict[str, dict[str, Any]] = {
    # Timed replays release the bars that are due; a second is finer than anyone watches.
    "advance timed replays": {"task": "signals.advance_replays", "schedule": SECOND},
    # Schedules that staff edit are looked at every minute; a bar lasts a minute at least.
    "generate what is due": {"task": "signals.generate_due", "schedule": MINUTE},
    # Signals past their expiry on the market clock say so within a minute.
    "expire signals": {"task": "signals.expire", "schedule": MINUTE},
    # Outcomes are scored within a minute of the bar that decides them.
    "score outcomes": {"task": "signals.score_outcomes", "schedule": MINUTE},
    # A shard that waits for a signal that never came passes the gap after the signal's life of five minutes.
    "release blocked executions": {"task": "trading.release_blocked", "schedule": MINUTE},
    # Inbox rows that nobody handled (a worker died between commit and acknowledgement) are dispatched again.
    "sweep inboxes": {"task": "core.sweep_inboxes", "schedule": MINUTE},
    # Notifications whose push failed (Redis was away) are pushed again.
    "push what is left": {"task": "notifications.push_left", "schedule": MINUTE},
    # Mails whose task was lost are asked for again five minutes after they were asked for last.
    "sweep mails": {"task": "notifications.sweep_mails", "schedule": MINUTE},
    # Addresses and links of mails outlive their use by an hour at most.
    "prune mails": {"task": "users.prune_mails", "schedule": HOUR},
    # An archive whose maker died is begun anew within two minutes.
    "resume exports": {"task": "users.resume_exports", "schedule": MINUTE},
    # Positions of erased people keep their exits; an account closes within an hour of its last one.
    "close accounts of the erased": {"task": "trading.close_accounts_of_the_erased", "schedule": HOUR},
    # Periods, trials and checkouts end to the second; a minute late is early enough for everyone.
    "run what is due in billing": {"task": "payments.run_due", "schedule": MINUTE},
    # Failed renewals are tried again on the day that dunning names; ten minutes late is nothing to that.
    "retry unpaid renewals": {"task": "payments.retry_due", "schedule": 10 * MINUTE},
    # Payments, refunds and webhooks whose answer was lost are asked for after a minute.
    "resolve payments": {"task": "payments.resolve", "schedule": MINUTE},
    # A webhook that never came is made good within the hour.
    "reconcile payments": {"task": "payments.reconcile", "schedule": HOUR},
    # What a longer outage hid from the hourly runs is found at night.
    "reconcile the week": {"task": "payments.reconcile_week", "schedule": 24 * HOUR},
    # A day is earned within the hour after its end; an hour that was missed is made up for by the next.
    "earn the days that are over": {"task": "payments.recognise", "schedule": HOUR},
    # The sandbox pays out once a day, as providers do; with another provider there is nothing to it.
    "pay out the sandbox": {"task": "payments.sandbox_pay_out", "schedule": 24 * HOUR},
    # Sessions that are over, and the addresses they came from, are of no more use.
    "prune sessions": {"task": "users.prune_sessions", "schedule": HOUR},
    # Archives of personal data are deleted within an hour of the end of their week.
    "expire exports": {"task": "users.expire_exports", "schedule": HOUR},
    # What another database has not yet seen of an audit log could be cut off unseen; a minute bounds it.
    "witness the audit logs": {"task": "core.witness_audit_logs", "schedule": MINUTE},
    # Nobody can rely on a log that was broken for longer than a day; a broken one becomes a dead letter.
    "verify the audit logs": {"task": "core.audit_verify", "schedule": 24 * HOUR},
    # Published and handled rows are history after seven days.
    "prune the bus tables": {"task": "core.prune", "schedule": HOUR},
    # What people did is history after a year; an hour more does no harm.
    "prune activities": {"task": "users.prune_activity", "schedule": HOUR},
}


class SlotScheduler(PersistentScheduler):
    """Celery's scheduler, which names each run by the moment it was due: two beats then do the work of one.

    A run that nobody took in time is left out by the worker. Celery's `expires` would become the message's TTL, and
    the broker would make a dead letter of every tick that a stopped worker missed.
    """

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        period = cast(Any, entry.schedule).run_every.total_seconds()
        moment = datetime.now(UTC)
        due = datetime.fromtimestamp(moment.timestamp() // period * period, UTC)
        ends = moment + timedelta(seconds=max(period, LEAST_PATIENCE_SECONDS))
        headers = {SLOT_HEADER: due.isoformat(), SLOT_ENDS_HEADER: ends.isoformat()}
        entry.options = {**(entry.options or {}), "headers": headers}
        super().apply_entry(entry, producer)
