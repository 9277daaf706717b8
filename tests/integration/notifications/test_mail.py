"""Mails: ordered once, sent over SMTP when the server is there, given up when it says no for good."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.contracts.events.notifications import MailSettled
from apps.contracts.events.users import MailRequested
from apps.kernel.clock import now
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.notifications import services
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MailServerUnavailable, MailsLeft
from apps.notifications.handlers import send_mail
from apps.notifications.models import Delivery
from apps.notifications.services.mailing import SEND_TASK
from apps.users.enums import MailKind
from apps.users.handlers import forget_mails
from apps.users.models import Mail
from apps.users.services import order_mail, prune_mails
from tests.support.mailbox import Mailbox
from tests.support.people import a_person
from tests.support.theatre import free_port
from tests.support.trades import sealed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "notifications"])]

LINK = "https://app.treum.example/reset-password/one-time-key"


@pytest.fixture
def mailbox(settings):
    with Mailbox() as open_mailbox:
        _send_to(settings, open_mailbox.port)
        yield open_mailbox


def _send_to(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


def _ordered(count=1):
    """Order mails to as many people, hear of them, and return people and deliveries."""
    people = [a_person(name="Ada") for _ in range(count)]
    ids = [order_mail(MailKind.RESET_PASSWORD, address=person.email, user_id=person.pk, link=LINK) for person in people]
    send_mail(sealed(*(MailRequested(mail_id=mail_id, user_id=None, kind="reset_password") for mail_id in ids)))
    return people, list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def _asked_for():
    return [message for message in OutboxMessage.objects.using("notifications") if message.name == SEND_TASK]


def test_a_mail_arrives_as_text_and_html_and_is_forgotten(mailbox):
    (person,), deliveries = _ordered()
    services.send_mails(deliveries)
    (mail,) = mailbox.to(person.email)
    assert mail.link == LINK
    assert f'href="{LINK}"' in mail.html
    assert "Hello Ada," in mail.text
    assert mail.message["Subject"] == "Choose a new password"
    assert mail.message["Message-ID"].startswith(f"<{deliveries[0]}@")
    assert person.email not in mail.message["Subject"]
    assert Delivery.objects.get().status == DeliveryStatus.SENT
    settled = OutboxMessage.objects.using("notifications").get(name="mail.settled")
    assert settled is not None
    forget_mails(sealed(_settled(Mail.objects.get().pk)))
    assert not Mail.objects.exists()


def _settled(mail_id):
    return MailSettled(mail_id=mail_id, sent=True, settled_at=now())


def test_a_request_heard_of_twice_is_sent_once(mailbox):
    (person,), deliveries = _ordered()
    again = MailRequested(mail_id=Mail.objects.get().pk, user_id=person.pk, kind="reset_password")
    send_mail(sealed(again, again))
    assert Delivery.objects.count() == 1
    assert len(_asked_for()) == 1
    services.send_mails(deliveries)
    services.send_mails(deliveries)
    assert len(mailbox.received) == 1


def test_a_batch_takes_one_connection_and_its_statements_do_not_grow(mailbox):
    with CaptureQueriesContext(connections["notifications"]) as few:
        send_mail(sealed(MailRequested(mail_id=uuid7(), user_id=None, kind="reset_password")))
    Delivery.objects.all().delete()
    people, deliveries = _ordered(40)
    with CaptureQueriesContext(connections["notifications"]) as many:
        send_mail(sealed(*(MailRequested(mail_id=uuid7(), user_id=None, kind="x") for _ in range(40))))
    assert len(many) == len(few)
    services.send_mails(deliveries)
    assert len(mailbox.received) == 40
    assert mailbox.connections == 1
    assert all(len(mailbox.to(person.email)) == 1 for person in people)


def test_nothing_private_travels_or_is_kept_by_notifications():
    (person,), _ = _ordered()
    for database in ("default", "notifications"):
        with connections[database].cursor() as cursor:
            cursor.execute("SELECT row_to_json(message)::text FROM outbox_message AS message")
            bodies = " ".join(row[0] for row in cursor.fetchall())
        assert person.email not in bodies
        assert "one-time-key" not in bodies
    with connections["notifications"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(delivery)::text FROM notifications_delivery AS delivery")
        ((row,),) = cursor.fetchall()
    assert person.email not in row
    assert str(person.pk) not in row


def test_a_server_that_is_away_is_waited_for(settings):
    port = free_port()
    _send_to(settings, port)
    (person,), deliveries = _ordered()
    with pytest.raises(MailServerUnavailable):
        services.send_mails(deliveries)
    assert Delivery.objects.get().status == DeliveryStatus.PENDING
    with Mailbox(port=port) as mailbox:
        services.send_mails(deliveries)
        services.send_mails(deliveries)
        assert len(mailbox.to(person.email)) == 1
    assert Delivery.objects.get().attempts == 2


def test_a_server_that_puts_off_is_asked_again(mailbox):
    _, deliveries = _ordered(3)
    mailbox.answer = "451 try again later"
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    mailbox.answer = ""
    services.send_mails(deliveries)
    assert len(mailbox.received) == 3
    assert set(Delivery.objects.values_list("status", flat=True)) == {DeliveryStatus.SENT}


def test_a_recipient_who_is_refused_for_good_is_given_up_and_said_so(mailbox):
    _, deliveries = _ordered()
    mailbox.answer = "550 no such user"
    services.send_mails(deliveries)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "The mail server refused it with 550.")
    mailbox.answer = ""
    services.send_mails(deliveries)
    assert mailbox.received == []


@pytest.mark.parametrize("change", ["expired", "gone"])
def test_a_mail_that_nobody_needs_any_more_is_dropped(mailbox, change):
    _, deliveries = _ordered()
    if change == "expired":
        Mail.objects.update(expires_at=now() - timedelta(seconds=1))
    else:
        Mail.objects.all().delete()
    services.send_mails(deliveries)
    assert mailbox.received == []
    assert Delivery.objects.get().status == DeliveryStatus.DROPPED


def test_a_mail_under_way_in_another_process_is_left_alone(mailbox):
    _, deliveries = _ordered()
    Delivery.objects.update(leased_until=now() + timedelta(minutes=1))
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    assert mailbox.received == []


def test_a_sender_that_dies_after_the_server_took_the_mail_sends_the_same_mail_again(mailbox, monkeypatch):
    _, deliveries = _ordered()

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("apps.notifications.services.mailing._settle", die)
        with pytest.raises(KeyboardInterrupt):
            services.send_mails(deliveries)
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    services.send_mails(deliveries)
    first, second = mailbox.received
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert Delivery.objects.get().status == DeliveryStatus.SENT


def test_mails_that_nobody_sent_are_asked_for_again():
    _ordered(3)
    before = len(_asked_for())
    assert services.sweep_deliveries() == 0
    Delivery.objects.update(asked_at=now() - timedelta(minutes=6))
    assert services.sweep_deliveries() == 3
    assert services.sweep_deliveries() == 0
    assert len(_asked_for()) == before + 1


def test_what_was_never_sent_is_forgotten_in_time():
    _ordered(2)
    assert prune_mails() == 0
    Mail.objects.update(expires_at=now() - timedelta(seconds=1))
    assert prune_mails() == 2
