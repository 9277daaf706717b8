"""People are told of their money and their plan: on their screens and by mail, once of each thing."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext

from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.inbox.handling import handle
from apps.kernel.outbox.models import OutboxMessage
from apps.notifications import handlers, services
from apps.notifications.enums import DeliveryStatus
from apps.notifications.models import Delivery, ErasedPerson, LiveBatch, Notification, ToldPlan
from apps.users.services import erase_person
from tests.support.fates import die_in, points_of
from tests.support.mailbox import Mailbox
from tests.support.messaging import arrived, inbox
from tests.support.payments_events import (
    a_failure,
    a_payment,
    a_question,
    a_refund,
    a_standing,
    a_trial_end,
    on_free,
)
from tests.support.people import a_person, client_of, nobody
from tests.support.snapshots import Snapshot
from tests.support.trades import a_fill, sealed

pytestmark = [pytest.mark.integration]
in_one_transaction = pytest.mark.django_db(databases=["default", "notifications"])

HEARD = {
    "payment.completed": (handlers.tell_of_payments, a_payment),
    "payment.failed": (handlers.tell_of_failed_payments, a_failure),
    "payment.action_required": (handlers.ask_for_confirmation, a_question),
    "payment.refunded": (handlers.tell_of_refunds, a_refund),
    "subscription.trial_will_end": (handlers.tell_of_trial_ends, a_trial_end),
}


@pytest.fixture
def mailbox(settings):
    with Mailbox() as open_mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", open_mailbox.port
        yield open_mailbox


def titles(user_id):
    return list(Notification.objects.filter(user_id=user_id).order_by("pk").values_list("title", flat=True))


def deliveries():
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def asked_for():
    return list(OutboxMessage.objects.using("notifications").order_by("id").values_list("name", flat=True))


@in_one_transaction
@pytest.mark.parametrize("kind", HEARD)
def test_each_thing_is_told_on_the_screen_and_by_mail_and_once(kind, mailbox):
    deed, of = HEARD[kind]
    person = a_person(name="Ada")
    event = of(person.pk)
    deed(sealed(event, event))
    deed(sealed(event))
    told = Notification.objects.get(user_id=person.pk)
    assert told.kind == kind
    assert asked_for() == ["notifications.push", "notifications.send_mails"]
    assert LiveBatch.objects.count() == 1
    shown = client_of(person).get("/api/v1/notifications", {"kind": kind}).json()["results"]
    assert [one["data"]["link"] for one in shown] == ["http://127.0.0.1:3000/billing"]

    for _ in range(2):
        services.send_mails(deliveries())
    (mail,) = mailbox.to(person.email)
    assert "Hello Ada," in mail.text
    assert "http://127.0.0.1:3000/billing" in mail.text
    assert "49.00 EUR" in mail.text
    assert Delivery.objects.get().status == DeliveryStatus.SENT
    assert "mail.settled" not in asked_for()


@in_one_transaction
def test_any_number_of_receipts_takes_as_many_statements_as_one():
    with CaptureQueriesContext(connections["notifications"]) as few:
        handlers.tell_of_payments(sealed(a_payment(uuid7())))
    with CaptureQueriesContext(connections["notifications"]) as many:
        handlers.tell_of_payments(sealed(*(a_payment(uuid7()) for _ in range(40))))
    assert len(few) == len(many)
    assert Delivery.objects.count() == 41


@in_one_transaction
def test_a_trade_is_mailed_to_nobody():
    handlers.tell_traders(sealed(a_fill(uuid7())))
    assert not Delivery.objects.exists()


@in_one_transaction
def test_nothing_private_is_kept_or_travels_with_a_mail_about_money():
    person = a_person(name="Zerlina")
    handlers.tell_of_payments(sealed(a_payment(person.pk)))
    for table in ("outbox_message", "notifications_delivery", "notifications_notification"):
        with connections["notifications"].cursor() as cursor:
            cursor.execute(f"SELECT row_to_json(kept)::text FROM {table} AS kept")
            rows = " ".join(row for (row,) in cursor.fetchall())
        assert rows
        assert person.email not in rows
        assert "Zerlina" not in rows


@in_one_transaction
def test_the_address_is_the_one_of_the_moment_of_sending(mailbox):
    person = a_person()
    handlers.tell_of_payments(sealed(a_payment(person.pk)))
    before, person.email = person.email, f"new-{person.email}"
    EmailAddress.objects.filter(user=person).update(email=person.email)
    person.save()
    services.send_mails(deliveries())
    assert len(mailbox.to(person.email)) == 1
    assert mailbox.to(before) == []


@in_one_transaction
@pytest.mark.parametrize("missing", ["unknown", "erased", "unproved", "late"])
def test_no_mail_goes_to_those_who_are_not_there_or_long_after(missing, mailbox):
    person = a_person()
    handlers.tell_of_payments(sealed(a_payment(nobody() if missing == "unknown" else person.pk)))
    if missing == "erased":
        erase_person(person.pk)
    elif missing == "unproved":
        EmailAddress.objects.filter(user=person).update(verified=False)
    elif missing == "late":
        Notification.objects.update(created_at=now() - timedelta(days=3))
    services.send_mails(deliveries())
    assert mailbox.received == []
    assert Delivery.objects.get().status == DeliveryStatus.DROPPED


@in_one_transaction
def test_an_erased_persons_mails_and_plan_go_and_nothing_comes():
    person = uuid7()
    handlers.tell_of_payments(sealed(a_payment(person)))
    handlers.tell_of_plans(sealed(a_standing(person, 1)))
    services.erase_people([person])
    assert not Delivery.objects.exists()
    handlers.tell_of_payments(sealed(a_payment(person)))
    handlers.tell_of_plans(sealed(on_free(person, 2)))
    assert ErasedPerson.objects.filter(pk=person).exists()
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()
    assert not ToldPlan.objects.exists()


@in_one_transaction
def test_a_delivery_is_of_one_thing():
    with pytest.raises(IntegrityError), transaction.atomic(using="notifications"):
        Delivery.objects.create(kind="x", correlation_id="x")


@in_one_transaction
def test_a_plans_story_is_told_where_it_turns(mailbox):
    person = a_person()
    story = [
        on_free(person.pk, 1, "none"),
        on_free(person.pk, 2, "incomplete"),
        a_standing(person.pk, 3, status="trialing"),
        a_standing(person.pk, 4, status="trialing", cancel_at_period_end=True),
        a_standing(person.pk, 5),
        a_standing(person.pk, 6, status="past_due"),
        a_standing(person.pk, 7),
        on_free(person.pk, 8),
    ]
    for standing in story:
        handlers.tell_of_plans(sealed(standing))
    assert titles(person.pk) == [
        "Your trial of Pro has begun",
        "Your plan Pro has ended",
    ]
    services.send_mails(deliveries())
    assert [mail.message["Subject"] for mail in mailbox.to(person.email)] == ["Your plan has ended"]


@in_one_transaction
def test_a_standing_heard_twice_or_late_is_told_to_nobody():
    person = uuid7()
    begun, ended = a_standing(person, 3), on_free(person, 4)
    for heard in (begun, begun, ended, begun, ended, a_standing(person, 2)):
        handlers.tell_of_plans(sealed(heard))
    assert titles(person) == ["Your plan is now Pro", "Your plan Pro has ended"]


@in_one_transaction
def test_of_a_batch_the_newest_is_told_and_its_statements_do_not_grow():
    with CaptureQueriesContext(connections["notifications"]) as few:
        handlers.tell_of_plans(sealed(a_standing(uuid7(), 1)))
    people = [uuid7() for _ in range(40)]
    heard = [standing for person in people for standing in (on_free(person, 1), a_standing(person, 3))]
    random.Random(7).shuffle(heard)
    with CaptureQueriesContext(connections["notifications"]) as many:
        handlers.tell_of_plans(sealed(*heard))
    assert len(few) == len(many)
    assert {tuple(titles(person)) for person in people} == {("Your plan is now Pro",)}


@in_one_transaction
def test_people_who_were_given_a_plan_are_told_nothing():
    people = [uuid7() for _ in range(3)]
    handlers.tell_of_plans(sealed(*(a_standing(person, 1, current_period_end=None) for person in people)))
    assert ToldPlan.objects.filter(plan="pro", version=1).count() == 3
    assert asked_for() == []


@pytest.fixture
def somebody(messaging):
    person = uuid7()
    yield person
    Notification.objects.filter(user_id=person).delete()
    ToldPlan.objects.filter(pk=person).delete()
    LiveBatch.objects.all().delete()


def in_a_thread(deed):
    try:
        deed()
    finally:
        connections.close_all()


def test_of_many_tellers_at_once_each_turn_is_told_once(somebody):
    heard = [a_standing(somebody, 1)] * 8
    with ThreadPoolExecutor(8) as pool:
        tellers = [pool.submit(in_a_thread, lambda one=one: handlers.tell_of_plans(sealed(one))) for one in heard]
        for teller in tellers:
            teller.result()
    assert titles(somebody) == ["Your plan is now Pro"]


@pytest.mark.parametrize(
    ("deed", "of"),
    [(handlers.tell_of_failed_payments, a_failure), (handlers.tell_of_plans, lambda who: a_standing(who, 1))],
)
def test_dying_at_any_write_of_it_tells_once_with_one_mail_at_most(somebody, deed, of):
    (envelope,) = sealed(of(somebody))
    ids = arrived(envelope, handler=deed, queue="notifications.events", using="notifications")

    def work():
        handle(deed, ids, using="notifications")

    with Snapshot("notifications") as beginning:
        points = points_of(work, using="notifications")
        assert "after commit" in points
        calm = (titles(somebody), Delivery.objects.count(), asked_for())
        for number in range(1, len(points) + 1):
            beginning.restore()
            die_in(work, using="notifications", fatal=number)
            work()
            assert (titles(somebody), Delivery.objects.count(), asked_for()) == calm
            assert [row.status for row in inbox("notifications")] == ["done"]
