"""The whole way of a mail: sign-up, event, delivery, task, SMTP, a link that works; then nothing of it is left."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.db import connections

from apps.kernel.ids import uuid7
from apps.notifications import services
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MailsLeft
from apps.notifications.models import Delivery
from apps.users.models import Mail, User
from tests.support.accounts import AccountClient
from tests.support.mailbox import Mailbox
from tests.support.messaging import Dispatched, intake_of, outbox, relay_all, take_in_all
from tests.support.people import PASSWORD
from tests.support.traces import traces_of
from workers import notifications, subscriptions

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


@pytest.fixture
def mailbox(settings):
    with Mailbox() as open_mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", open_mailbox.port
        yield open_mailbox


@pytest.fixture
def email(messaging):
    address = f"{uuid7()}@example.com"
    yield address
    User.objects.filter(email=address).delete()
    Delivery.objects.all().delete()


def _let_hear(context, broker, *, of):
    """Bring what was recorded to a context, as relay, intake and worker would."""
    relay_all(broker, "default" if of == "users" else of)
    dispatched = Dispatched()
    listening = subscriptions.of(context)
    intake = intake_of(broker, *listening, dispatch=dispatched, context=context)
    take_in_all(intake, broker, *{one.queue for one in listening})
    dispatched.run(*(one.handler for one in listening))


def test_from_sign_up_to_a_verified_address_and_nothing_private_on_the_way(broker, mailbox, email):
    AccountClient().call("POST", "/auth/signup", {"email": email, "password": PASSWORD})
    _let_hear("notifications", broker, of="users")
    relay_all(broker, "notifications")
    (task,) = broker.take("notifications")
    ((deliveries,), _, _) = json.loads(task.body)
    assert deliveries == [str(Delivery.objects.get().pk)]

    notifications.send_mails(deliveries)
    mail = mailbox.wait_for(email)
    assert mail.link.startswith("http://127.0.0.1:3000/verify-email/")
    assert mail.html.count(f'href="{mail.link}"') == 1
    key = unquote(mail.link.rpartition("/")[2])
    private = (email, key, mail.link)
    assert not any(secret in str(task) for secret in private)
    assert set(traces_of(*private)) <= {"default: users_user", "default: account_emailaddress"}

    assert AccountClient().log_in(email).status_code == 401
    AccountClient().call("POST", "/auth/email/verify", {"key": key})
    assert EmailAddress.objects.get(email=email).verified
    assert AccountClient().log_in(email).status_code == 200


def test_what_users_kept_of_a_mail_is_gone_when_it_was_sent(broker, mailbox, email):
    AccountClient().call("POST", "/auth/signup", {"email": email, "password": PASSWORD})
    _let_hear("notifications", broker, of="users")
    notifications.send_mails([str(Delivery.objects.get().pk)])
    assert Mail.objects.filter(user__email=email).count() == 1
    _let_hear("users", broker, of="notifications")
    assert not Mail.objects.filter(user__email=email).exists()
    assert Delivery.objects.get().status == DeliveryStatus.SENT


def test_an_event_that_comes_twice_is_one_mail(broker, mailbox, email):
    AccountClient().call("POST", "/auth/signup", {"email": email, "password": PASSWORD})
    (event,) = outbox("default", name="user.mail.requested")
    for _ in range(2):
        broker.publish(event.body.encode(), key=event.name, message_id=str(uuid7()))
    _let_hear("notifications", broker, of="users")
    (delivery,) = Delivery.objects.all()
    for _ in range(2):
        notifications.send_mails([str(delivery.pk)])
    assert len(mailbox.to(email)) == 1


def test_of_eight_senders_at_once_one_sends(broker, mailbox, email):
    AccountClient().call("POST", "/auth/signup", {"email": email, "password": PASSWORD})
    _let_hear("notifications", broker, of="users")
    delivery = Delivery.objects.get()

    def send():
        try:
            with suppress(MailsLeft):
                services.send_mails([delivery.pk])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for sending in [pool.submit(send) for _ in range(8)]:
            sending.result()
    assert len(mailbox.to(email)) == 1
    assert Delivery.objects.get().attempts == 1
