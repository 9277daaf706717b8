"""After a rotation the old key can be thrown away, and nothing is lost."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from apps.kernel.audit import record_entry
from apps.kernel.clock import now
from apps.kernel.crypto import Unreadable, rotation, unseal
from apps.kernel.crypto.rotation import sealed_columns
from apps.kernel.ids import uuid7
from apps.payments.services import customer_of, seed_catalogue, start_subscription
from apps.payments.services.subscriptions.trials import trial_is_used
from apps.trading.models import VenueCredential
from apps.users.enums import MailKind
from apps.users.models import Export, Mail
from tests.support.audit import entries
from tests.support.billing import PRICE
from tests.support.people import a_person
from tests.support.repeats import TRADING, ask_once

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases="__all__")]

OLD, NEW = "an old secret of many characters", "a new secret of many characters!"


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.ENCRYPTION_KEYS = [OLD]


def rotate(settings, *keys):
    settings.ENCRYPTION_KEYS = list(keys or (NEW, OLD))
    out = StringIO()
    call_command("rotate_encryption_key", stdout=out)
    return out.getvalue()


def mails(*addresses):
    return [
        Mail.objects.create(kind=MailKind.CONFIRM_SIGN_UP, address=address, link="x", expires_at=now() + timedelta(1))
        for address in addresses
    ]


def one_of_everything(person):
    """Fill every sealed column there is."""
    mails("ada@example.com")
    VenueCredential.objects.create(
        user_id=person.pk,
        venue="kraken",
        label="main",
        key="k",
        secret="a venue's secret",
        passphrase="p",
        key_hint="k",
    )
    Export.objects.create(user=person, key="an archive's key")
    seed_catalogue()
    start_subscription(person.pk, lookup_key=PRICE, country="DE", trial=False, at=now())
    trial_is_used(customer_of(person.pk), person.email)
    with transaction.atomic(using=TRADING):
        record_entry(action="test.deed", using=TRADING, subject=person.pk, personal={"name": "Ada"})


def texts(column):
    """Return the texts of a column as they stand in the database."""
    table, name = column.model._meta.db_table, column.field.column
    with connections[column.database].cursor() as cursor:
        cursor.execute(f'SELECT "{name}" FROM "{table}" WHERE "{name}" IS NOT NULL')
        return [text for (text,) in cursor.fetchall()]


def test_everything_can_be_read_without_the_old_key(settings):
    person, caller = a_person(), f"user:{uuid7()}"
    secret = generate_totp_secret()
    totp = TOTP.activate(person, secret).instance
    codes = RecoveryCodes.activate(person).generate_codes()
    answer = ask_once(caller, "key")
    one_of_everything(person)
    rotate(settings)
    settings.ENCRYPTION_KEYS = [NEW]
    assert Mail.objects.get().address == "ada@example.com"
    assert VenueCredential.objects.get().secret == "a venue's secret"
    assert Export.objects.get().key == "an archive's key"
    assert ask_once(caller, "key").content == answer.content
    assert entries(TRADING, subject=person.pk)[0].opened["name"] == "Ada"
    assert unseal(Authenticator.objects.get(pk=totp.pk).data["secret"]) == secret
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes", user=person)).generate_codes() == codes


def test_no_sealed_column_is_left_out(settings):
    person = a_person()
    ask_once(f"user:{person.pk}", "key")
    one_of_everything(person)
    rotate(settings)
    settings.ENCRYPTION_KEYS = [NEW]
    filled = {column: [unseal(text) for text in texts(column)] for column in sealed_columns()}
    columns = {(column.model, column.field) for column in filled}
    assert columns == {(column.model, column.field) for column, opened in filled.items() if opened}


def test_kernel_tables_are_rotated_in_every_database(settings):
    for alias in connections:
        with transaction.atomic(using=alias):
            record_entry(action="test.deed", using=alias, personal={"name": "Ada"})
    told = rotate(settings)
    for alias in connections:
        assert f"audit.AuditSubjectKey.key in {alias}: 1 sealed anew, 0 were already." in told
        assert f"idempotency.KeptAnswer.body in {alias}: 0 sealed anew" in told


def test_a_rotation_that_was_broken_off_goes_on_where_it_was(settings, monkeypatch):
    monkeypatch.setattr(rotation, "ROWS", 2)
    made = mails(*(f"{number}@example.com" for number in range(5)))
    replace, pages = rotation._replace, []

    def dying(column, rows):
        pages.append(rows)
        if len(pages) == 2:
            raise KeyboardInterrupt
        replace(column, rows)

    monkeypatch.setattr(rotation, "_replace", dying)
    with pytest.raises(KeyboardInterrupt):
        rotate(settings)
    monkeypatch.setattr(rotation, "_replace", replace)
    assert "users.Mail.address in default: 3 sealed anew, 2 were already." in rotate(settings)
    assert "users.Mail.address in default: 0 sealed anew, 5 were already." in rotate(settings)
    settings.ENCRYPTION_KEYS = [NEW]
    assert {mail.address for mail in Mail.objects.all()} == {mail.address for mail in made}


def test_what_is_changed_meanwhile_is_left_as_it_is(settings, monkeypatch):
    (mail,) = mails("ada@example.com")
    replace = rotation._replace

    def overtaken(column, rows):
        Mail.objects.filter(pk=mail.pk).update(address="eve@example.com")
        replace(column, rows)

    monkeypatch.setattr(rotation, "_replace", overtaken)
    rotate(settings)
    settings.ENCRYPTION_KEYS = [NEW]
    assert Mail.objects.get(pk=mail.pk).address == "eve@example.com"


def test_what_no_key_opens_is_kept_and_stops_the_operator(settings):
    settings.ENCRYPTION_KEYS = ["a key that somebody threw away !!"]
    mails("lost@example.com")
    settings.ENCRYPTION_KEYS = [OLD]
    mails("ada@example.com")
    with pytest.raises(CommandError, match="2 secrets cannot be opened"):
        rotate(settings)
    settings.ENCRYPTION_KEYS = [NEW]
    assert [mail.address for mail in Mail.objects.order_by("created_at").only("pk")[1:]] == ["ada@example.com"]


def test_without_a_rotation_the_old_key_is_needed(settings):
    mails("ada@example.com")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Unreadable):
        Mail.objects.get()
