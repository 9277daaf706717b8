"""Mails that one recipient, one letter or our own configuration spoils: the others leave all the same, none is lost."""

from datetime import timedelta

import pytest
from django.db import connections

from apps.contracts.events.users import MailRequested
from apps.kernel.clock import now
from apps.kernel.crypto.sealing import Unreadable
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.notifications import services
from apps.notifications.enums import DeliveryStatus
from apps.notifications.errors import MailServerUnavailable, MailsLeft
from apps.notifications.handlers import send_mail
from apps.notifications.models import Delivery
from apps.notifications.services import mailing
from apps.users.enums import MailKind
from apps.users.models import Mail
from apps.users.services import order_mail
from tests.support.mailbox import Mailbox
from tests.support.people import a_person
from tests.support.trades import sealed
from treum_project.introductions.mailroom import UsersMailroom

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "notifications"])]

LINK = "https://app.treum.example/reset-password/one-time-key"


@pytest.fixture
def mailbox(settings):
    with Mailbox() as open_mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", open_mailbox.port
        yield open_mailbox


def _fresh():
    return f"{uuid7()}@example.com"


def _ordered(*addresses):
    """Order a mail to each address and return the deliveries in the same order."""
    person = a_person()
    ids = [order_mail(MailKind.SECURITY_NOTICE, address=one, user_id=person.pk, link=LINK) for one in addresses]
    send_mail(sealed(*(MailRequested(mail_id=mail_id, user_id=None, kind="security_notice") for mail_id in ids)))
    of_mail = dict(Delivery.objects.values_list("mail_id", "pk"))
    return [of_mail[mail_id] for mail_id in ids]


def _statuses(deliveries):
    found = dict(Delivery.objects.values_list("pk", "status"))
    return [found[delivery] for delivery in deliveries]


def test_a_recipient_who_is_put_off_does_not_hold_up_the_others(mailbox):
    full, other = _fresh(), _fresh()
    deliveries = _ordered(full, other)
    mailbox.answers[full] = "452 mailbox full"
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    assert [mail.to for mail in mailbox.received] == [[other]]
    assert _statuses(deliveries) == ["pending", "sent"]


def test_a_refused_sender_is_ours_to_mend_and_loses_no_mail(mailbox):
    deliveries = _ordered(_fresh())
    mailbox.sender_answer = "530 authentication required"
    with pytest.raises(MailServerUnavailable):
        services.send_mails(deliveries)
    assert _statuses(deliveries) == ["pending"]
    mailbox.sender_answer = ""
    services.send_mails(deliveries)
    assert _statuses(deliveries) == ["sent"]


@pytest.mark.parametrize("address", ["a@b@c.example", f"x@{'ä' * 80}.example", "a\nb@example.com", "a@exa mple.com"])
def test_an_address_that_smtp_cannot_express_is_given_up_alone(mailbox, address):
    deliveries = _ordered(address, _fresh())
    services.send_mails(deliveries)
    assert _statuses(deliveries) == ["failed", "sent"]
    assert Delivery.objects.get(pk=deliveries[0]).reason == "No mail can be sent to such an address."


def test_a_letter_that_cannot_be_read_is_told_after_the_others_left(mailbox):
    deliveries = _ordered(_fresh(), _fresh())
    with connections["default"].cursor() as cursor:
        mail_id = Delivery.objects.get(pk=deliveries[0]).mail_id
        cursor.execute("UPDATE users_mail SET address = 'sealed by nobody' WHERE id = %s", [str(mail_id)])
    with pytest.raises(Unreadable):
        services.send_mails(deliveries)
    assert _statuses(deliveries) == ["pending", "sent"]


def test_a_task_that_comes_again_while_its_dead_sender_holds_a_lease_is_not_taken_for_done(mailbox, monkeypatch):
    deliveries = _ordered(_fresh())

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mailing, "compose", die)
        with pytest.raises(KeyboardInterrupt):
            services.send_mails(deliveries)
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    assert mailbox.received == []
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    services.send_mails(deliveries)
    assert len(mailbox.received) == 1


def test_a_sender_who_lost_the_lease_ends_no_lease_of_another(mailbox):
    (delivery,) = _ordered(_fresh())
    ours = mailing._claim(delivery)
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    mailing._claim(delivery)
    mailing._let_go(ours)
    assert Delivery.objects.get().leased_until > now()


def test_a_mail_that_was_noted_by_two_senders_ends_once(mailbox):
    (delivery,) = _ordered(_fresh())
    claim = mailing._claim(delivery)
    for _ in range(2):
        mailing._settle(claim, mailing._Outcome(DeliveryStatus.SENT))
    assert OutboxMessage.objects.using("notifications").filter(name="mail.settled").count() == 1


def test_a_slow_server_does_not_keep_a_task_beyond_its_time(mailbox, monkeypatch):
    deliveries = _ordered(_fresh(), _fresh())
    monkeypatch.setattr(mailing, "SECONDS_PER_TASK", -1)
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}


def test_a_mail_that_is_being_retried_is_not_swept_as_well(mailbox):
    deliveries = _ordered(_fresh())
    Delivery.objects.update(asked_at=now() - timedelta(minutes=6))
    mailbox.answer = "451 try again later"
    with pytest.raises(MailsLeft):
        services.send_mails(deliveries)
    assert services.sweep_deliveries() == 0


def test_deliveries_are_forgotten_after_ninety_days():
    _ordered(_fresh(), _fresh())
    old, recent = Delivery.objects.order_by("pk")
    for delivery, days in ((old, 91), (recent, 89)):
        settled_at = now() - timedelta(days=days)
        Delivery.objects.filter(pk=delivery.pk).update(status=DeliveryStatus.SENT, settled_at=settled_at)
    services.sweep_deliveries()
    assert list(Delivery.objects.values_list("pk", flat=True)) == [recent.pk]


def test_what_goes_wrong_is_told_without_the_address(mailbox, caplog):
    odd, refused = f"a@b@{uuid7()}.example", _fresh()
    deliveries = _ordered(odd, refused)
    mailbox.answers[refused] = f"550 <{refused}> is unknown"
    caplog.clear()
    services.send_mails(deliveries)
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("apps."))
    kept = str(list(Delivery.objects.values()))
    assert odd not in ours + kept
    assert refused not in ours + kept
    assert Mail.objects.count() == 2


def _mail_of(kind, **fields):
    """Order one mail for a person called Ada and return its letter, as it would be sent."""
    mail_id = order_mail(kind, address=_fresh(), user_id=a_person(name="Ada").pk, **fields)
    return Mail.objects.get(pk=mail_id), UsersMailroom().letter(mail_id)


def test_a_reset_is_not_sent_when_its_link_no_longer_works(settings):
    mail, _ = _mail_of(MailKind.RESET_PASSWORD, link=LINK)
    assert mail.expires_at - mail.created_at <= timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (MailKind.CONFIRM_SIGN_UP, ""),
        (MailKind.CONFIRM_ADDRESS, ""),
        (MailKind.RESET_PASSWORD, "Ada"),
        (MailKind.SECURITY_NOTICE, "Ada"),
    ],
)
def test_nobody_has_words_of_their_own_sent_to_an_address_that_is_not_proved(kind, name):
    _, letter = _mail_of(kind, link=LINK)
    assert letter.name == name


def test_a_notice_leads_to_where_a_new_password_is_chosen():
    _, letter = _mail_of(MailKind.SECURITY_NOTICE, notice="password_changed")
    assert letter.link == "http://127.0.0.1:3000/reset-password"


def test_a_mail_to_an_address_without_an_account_is_written_in_english():
    letter = UsersMailroom().letter(order_mail(MailKind.UNKNOWN_ACCOUNT, address=_fresh(), user_id=None, link=LINK))
    assert (letter.locale, letter.time_zone, letter.name) == ("en", "UTC", "")
