"""The audit log: nothing is lost, nothing can be changed unseen, and people can be forgotten."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connections, transaction
from structlog.testing import capture_logs

from apps.kernel.audit import forget, record_entry
from apps.kernel.audit.models import AuditEntry, AuditHead, AuditWitness
from apps.kernel.audit.verifying import AuditLogBroken, verify
from apps.kernel.audit.witnesses import databases, witness, witness_all, witness_of
from apps.kernel.gateway import origin
from apps.kernel.ids import uuid7
from apps.kernel.observability import trace as tracing
from apps.kernel.outbox.errors import OutsideTransaction
from apps.kernel.outbox.recorder import request
from apps.kernel.resilience import retry
from tests.support.audit import entries
from tests.support.messaging import outbox
from workers import housekeeping
from workers.schedule import BEAT

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]

TRADING = "trading"
WHERE = origin.Origin(address="192.0.2.7", user_agent="a browser")


def told(action="test.deed", using=TRADING, **fields):
    with transaction.atomic(using=using):
        record_entry(action=action, using=using, **fields)
    return entries(using)[-1]


def run(statement, *values, using=TRADING):
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def intruder(*tables):
    """Let the owner of the tables do as they like, and undo it."""
    with transaction.atomic(using=TRADING):
        for table in tables or ("audit_entry", "audit_head"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        transaction.set_rollback(True, using=TRADING)


@contextmanager
def undone(using):
    with transaction.atomic(using=using):
        yield
        transaction.set_rollback(True, using=using)


def chain_anew(sequence):
    """Compute every hash from an entry on, as somebody would who knows how it is done."""
    with connections[TRADING].cursor() as cursor:
        for number in range(sequence, AuditHead.objects.using(TRADING).get().sequence + 1):
            cursor.execute(
                "UPDATE audit_entry SET previous_hash = "
                "coalesce((SELECT hash FROM audit_entry WHERE sequence = %s), repeat('0', 64)) WHERE sequence = %s",
                [number - 1, number],
            )
            cursor.execute("UPDATE audit_entry AS e SET hash = audit_hash(e) WHERE sequence = %s", [number])
        cursor.execute(
            "UPDATE audit_head SET (sequence, hash) = "
            "(SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1)"
        )


def test_an_entry_says_who_did_what_from_where():
    subject, actor = uuid7(), f"user:{uuid7()}"
    with tracing.bind(tracing.Trace("a-correlation-id", actor=actor)), origin.bind(WHERE):
        entry = told(
            "limit.changed",
            object="account/7",
            subject=subject,
            before={"limit": Decimal("1.50"), "ä": None},
            after={"limit": Decimal("2.50")},
            personal={"name": "Ada"},
        )
    assert (entry.action, entry.object, entry.actor) == ("limit.changed", "account/7", actor)
    assert (entry.subject, entry.correlation_id) == (subject, "a-correlation-id")
    assert (entry.before, entry.after) == ({"limit": "1.50", "ä": None}, {"limit": "2.50"})
    assert entry.opened == {"name": "Ada", "address": "192.0.2.7", "user_agent": "a browser"}
    assert "Ada" not in entry.personal


def test_whoever_is_not_known_is_anonymous_and_a_process_is_itself():
    with origin.bind(WHERE):
        assert told().actor == "anonymous"
    with tracing.bind(tracing.fresh(actor="service:core")):
        assert told().actor == "service:core"
    assert told(actor="operator:ada").actor == "operator:ada"


def test_outside_a_transaction_nothing_is_told():
    with pytest.raises(OutsideTransaction):
        record_entry(action="test.deed", using=TRADING)


def test_what_is_undone_is_not_told_and_leaves_no_gap():
    before = told().sequence
    with transaction.atomic(using=TRADING):
        record_entry(action="test.undone", using=TRADING)
        transaction.set_rollback(True, using=TRADING)
    with transaction.atomic(using=TRADING):
        record_entry(action="test.kept", using=TRADING)
        with undone(TRADING):
            record_entry(action="test.undone", using=TRADING)
        record_entry(action="test.kept", using=TRADING)
    assert [(entry.sequence - before, entry.action) for entry in entries(TRADING, sequence__gt=before)] == [
        (1, "test.kept"),
        (2, "test.kept"),
    ]
    assert verify(TRADING).fault is None


def test_a_transaction_that_checks_its_constraints_early_can_go_on():
    before = told().sequence
    with transaction.atomic(using=TRADING):
        for _ in range(2):
            record_entry(action="test.early", using=TRADING)
            record_entry(action="test.early", using=TRADING)
            connections[TRADING].check_constraints()
    assert [entry.sequence - before for entry in entries(TRADING, sequence__gt=before)] == [1, 2, 3, 4]
    assert verify(TRADING).fault is None


def test_many_at_once_make_one_chain():
    before = told().sequence

    def tell(number):
        with transaction.atomic(using=TRADING):
            for _ in range(1 + number % 3):
                record_entry(action="test.crowd", using=TRADING, subject=uuid7(), personal={"number": number})
            transaction.set_rollback(number % 5 == 0, using=TRADING)
        connections[TRADING].close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(tell, range(120)))
    expected = sum(1 + number % 3 for number in range(120) if number % 5)
    assert [entry.sequence for entry in entries(TRADING, sequence__gt=before)] == [
        before + number for number in range(1, expected + 1)
    ]
    assert verify(TRADING).fault is None


def test_a_long_transaction_with_an_entry_does_not_hold_up_others():
    def other():
        try:
            return told("test.other")
        finally:
            connections[TRADING].close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic(using=TRADING):
        record_entry(action="test.long", using=TRADING)
        assert threads.submit(other).result(10).action == "test.other"
    assert [entry.action for entry in entries(TRADING)][-2:] == ["test.other", "test.long"]


def test_the_head_is_locked_after_every_row_that_a_commit_may_wait_for():
    """A deferred foreign key waits for a row that somebody holds who also has something to tell."""
    run("CREATE TABLE probe_parent (id int PRIMARY KEY)")
    run("CREATE TABLE probe_child (parent int REFERENCES probe_parent DEFERRABLE INITIALLY DEFERRED)")
    run("INSERT INTO probe_parent VALUES (1)")
    held, committing = threading.Event(), threading.Event()

    def holder():
        try:
            with transaction.atomic(using=TRADING):
                run("SELECT 1 FROM probe_parent WHERE id = 1 FOR UPDATE")
                held.set()
                assert committing.wait(10)
                _wait_until_somebody_waits()
                record_entry(action="test.holder", using=TRADING)
        finally:
            connections[TRADING].close()

    try:
        with ThreadPoolExecutor(1) as threads:
            holding = threads.submit(holder)
            assert held.wait(10)
            with transaction.atomic(using=TRADING):
                record_entry(action="test.child", using=TRADING)
                run("INSERT INTO probe_child VALUES (1)")
                committing.set()
            holding.result(10)
    finally:
        run("DROP TABLE probe_child, probe_parent")
    assert [entry.action for entry in entries(TRADING)][-2:] == ["test.holder", "test.child"]


def _wait_until_somebody_waits():
    for _ in range(500):
        with connections["signals"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'",
                [connections[TRADING].settings_dict["NAME"]],
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waited")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET after = '{}' WHERE sequence = (SELECT max(sequence) FROM audit_entry)",
        "UPDATE audit_entry SET hash = repeat('1', 64) WHERE sequence = (SELECT max(sequence) FROM audit_entry)",
        "DELETE FROM audit_entry WHERE sequence = (SELECT max(sequence) FROM audit_entry)",
        "DELETE FROM audit_entry WHERE false",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_entry VALUES (1000000, 1000000, now(), 'x', NULL, 'x', 'x', NULL, NULL, 'x', '', 'x', 'x')",
        "UPDATE audit_head SET sequence = 0",
        "UPDATE audit_head SET hash = repeat('1', 64)",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "UPDATE audit_witness SET hash = 'x'",
        "DELETE FROM audit_witness",
        "TRUNCATE audit_witness",
    ],
)
def test_the_database_refuses_to_change_what_was_told(statement):
    told()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=TRADING):
        run(statement)
    assert verify(TRADING).fault is None


def test_an_entry_cannot_be_changed_in_its_own_transaction_either():
    with undone(TRADING):
        record_entry(action="test.deed", using=TRADING, after={"a": 1})
        with pytest.raises(DatabaseError, match="append-only"):
            run("UPDATE audit_entry SET after = '{}' WHERE sequence IS NULL")


COLUMNS = {
    "at": "at + interval '1 microsecond'",
    "actor": "'user:x'",
    "subject": "gen_random_uuid()",
    "action": "'test.other'",
    "object": "'account/8'",
    "before": "'{}'",
    "after": "NULL",
    "correlation_id": "'x'",
    "personal": "''",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found(column):
    entry = told(object="account/7", subject=uuid7(), after={"a": 1}, personal={"name": "Ada"})
    told()
    with intruder():
        run(f"UPDATE audit_entry SET {column} = {COLUMNS[column]} WHERE sequence = %s", entry.sequence)
        finding = verify(TRADING)
    assert finding.fault == f"Entry {entry.sequence} was changed: its hash is not that of its content."
    assert finding.entries == entry.sequence - 1


def test_every_column_is_part_of_the_hash():
    columns = {field.column for field in AuditEntry._meta.concrete_fields}
    assert columns == {*COLUMNS, "id", "sequence", "previous_hash", "hash"}


def test_a_removed_entry_is_found():
    entry = told()
    told()
    with intruder():
        run("DELETE FROM audit_entry WHERE sequence = %s", entry.sequence)
        assert verify(TRADING).fault == (f"Entry {entry.sequence} is missing: entry {entry.sequence + 1} comes next.")


def test_a_changed_entry_with_a_new_hash_is_found():
    entry = told()
    told()
    with intruder():
        run("UPDATE audit_entry AS e SET action = 'x' WHERE sequence = %s", entry.sequence)
        run("UPDATE audit_entry AS e SET hash = audit_hash(e) WHERE sequence = %s", entry.sequence)
        assert verify(TRADING).fault == f"Entry {entry.sequence + 1} does not follow the one before it."


def test_a_rewritten_chain_is_found_by_its_witness():
    entry = told()
    seen = told().sequence
    witness(TRADING)
    with intruder():
        run("UPDATE audit_entry SET action = 'x' WHERE sequence = %s", entry.sequence)
        chain_anew(entry.sequence)
        assert verify(TRADING).fault == f"Entry {seen} was replaced: database notifications has seen another."


def test_a_cut_tail_is_found_by_its_witness():
    kept, _, last = told().sequence, told(), told().sequence
    witness(TRADING)
    with intruder():
        run("DELETE FROM audit_entry WHERE sequence > %s", kept)
        chain_anew(kept)
        assert verify(TRADING).fault == (
            f"Entry {kept + 1} is missing: database notifications knows of {last} entries."
        )


def test_a_tail_that_was_cut_and_grew_again_is_found_by_its_witness():
    kept, _, last = told().sequence, told(), told().sequence
    witness(TRADING)
    with intruder(), undone(witness_of(TRADING)):
        run("DELETE FROM audit_entry WHERE sequence > %s", kept)
        for number in (1, 2, 3):
            run(
                "INSERT INTO audit_entry (sequence, actor, action, object, correlation_id, personal) "
                "VALUES (%s, 'x', 'x', 'x', 'x', '')",
                kept + number,
            )
        run("UPDATE audit_head SET sequence = %s", kept + 3)
        chain_anew(kept)
        witness(TRADING)
        assert verify(TRADING).fault == f"Entry {last} was replaced: database notifications has seen another."


def test_a_cut_tail_that_no_witness_has_seen_is_found_by_the_head():
    last = told().sequence
    with intruder():
        run("DELETE FROM audit_entry WHERE sequence = %s", last)
        assert verify(TRADING).fault == f"Entry {last} is missing: the head knows of {last} entries."


def test_an_entry_outside_the_chain_is_found():
    told()
    with intruder():
        run("INSERT INTO audit_entry (actor, action, object, correlation_id, personal) VALUES ('x', 'x', 'x', 'x', '')")
        assert verify(TRADING).fault == "1 entries stand outside the chain."


def test_every_database_is_witnessed_by_another():
    assert sorted(map(witness_of, databases())) == sorted(databases())
    assert all(witness_of(alias) != alias for alias in databases())
    last = {alias: told(using=alias).sequence for alias in databases()}
    for _ in range(2):
        witness_all()
    for alias in databases():
        seen = AuditWitness.objects.using(witness_of(alias)).filter(database=alias, sequence=last[alias])
        assert [row.hash for row in seen] == [entries(alias)[-1].hash]


def test_the_command_verifies_every_log():
    last = {alias: told(using=alias).sequence for alias in databases()}
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{alias}: {last[alias]} entries, all of them sound." for alias in databases()
    ]


def test_once_a_day_every_log_is_checked_by_a_task_of_its_own():
    assert BEAT["verify the audit logs"] == {"task": "core.audit_verify", "schedule": 86_400.0}
    for alias in databases():
        told(using=alias)
    housekeeping.verify_audit_logs()
    tasks = {alias: outbox(alias, name="core.audit_verify_log") for alias in databases()}
    assert {alias: [json.loads(task.body) for task in asked] for alias, asked in tasks.items()} == {
        alias: [[alias]] for alias in databases()
    }
    for alias in databases():
        housekeeping.verify_audit_log(alias)


def test_a_broken_log_is_an_error_that_nobody_retries():
    entry = told()
    with intruder():
        run("UPDATE audit_entry SET action = 'x' WHERE sequence = %s", entry.sequence)
        with (
            capture_logs() as logs,
            pytest.raises(AuditLogBroken, match=f"Entry {entry.sequence} was changed") as broken,
        ):
            housekeeping.verify_audit_log(TRADING)
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert (line["event"], line["database"], line["sound"]) == ("audit.broken", TRADING, entry.sequence - 1)
    assert retry.classify(broken.value).kind is retry.Class.PERMANENT


def test_a_database_that_is_away_does_not_keep_the_others_from_being_checked(monkeypatch):
    away = databases()[0]

    def ask(task, database, *, using):
        if database == away:
            raise OperationalError("gone")
        request(task, database, using=using)

    monkeypatch.setattr("apps.kernel.audit.verifying.request", ask)
    housekeeping.verify_audit_logs()
    asked = [alias for alias in databases() if outbox(alias, name="core.audit_verify_log")]
    assert asked == databases()[1:]


def test_the_command_names_the_first_broken_entry_and_fails():
    entry, err = told(), StringIO()
    with intruder():
        run("UPDATE audit_entry SET action = 'x' WHERE sequence = %s", entry.sequence)
        with pytest.raises(CommandError):
            call_command("audit", "verify", database=TRADING, stderr=err)
    assert err.getvalue().startswith(f"trading: Entry {entry.sequence} was changed")


def test_a_forgotten_person_leaves_entries_that_verify_and_say_nothing():
    person, other = uuid7(), uuid7()
    first = told(subject=person, personal={"name": "Ada"})
    told(subject=other, personal={"name": "Eve"})
    for _ in range(2):
        forget(person, using=TRADING)
    told(subject=person, personal={"name": "Ada again"})
    before, kept, after = entries(TRADING, sequence__gte=first.sequence)
    assert before.opened is None
    assert kept.opened == {"name": "Eve"}
    assert (after.personal, after.opened) == ("", {})
    assert verify(TRADING).fault is None


def test_somebody_who_is_forgotten_before_they_did_anything_stays_so():
    person = uuid7()
    forget(person, using=TRADING)
    assert told(subject=person, personal={"name": "Ada"}).personal == ""


def test_what_is_personal_without_a_subject_goes_with_the_actor():
    actor = uuid7()
    with tracing.bind(tracing.fresh(actor=f"user:{actor}")), origin.bind(WHERE):
        told()
    forget(actor, using=TRADING)
    assert entries(TRADING)[-1].opened is None


def test_the_place_in_the_chain_leaves_with_the_logs(caplog):
    with caplog.at_level("INFO", logger="apps.kernel.audit"):
        entry = told("test.logged")
    (line,) = [record.msg for record in caplog.records if record.name == "apps.kernel.audit.entries"]
    assert (line["event"], line["database"]) == ("audit.recorded", TRADING)
    assert (line["sequence"], line["hash"]) == (entry.sequence, entry.hash)
