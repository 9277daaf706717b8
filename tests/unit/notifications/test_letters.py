"""What mails say, in which language, and what they never say."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from string import Formatter
from uuid import UUID

import pytest
from django.core.mail import get_connection

from apps.notifications.enums import MAILED
from apps.notifications.letters.composing import compose
from apps.notifications.letters.notices import letter_of
from apps.notifications.letters.wording import LANGUAGES, language_for
from apps.notifications.models import Notification
from apps.notifications.money_wording import (
    of_failed_payment,
    of_payment,
    of_refund,
    of_required_action,
    of_standing,
    of_trial_end,
)
from apps.notifications.ports import Letter, Reader
from apps.users.enums import MailKind
from tests.support.payments_events import a_failure, a_payment, a_question, a_refund, a_trial_end, on_free

DELIVERY = UUID("018f3a5e-0000-7000-8000-000000000001")
FACTS = {"money", "invoice_number", "attempt", "reason", "next_attempt_at", "plan", "ended", "trial_end"}
NOTICES = (
    "password_changed",
    "password_set",
    "password_reset",
    "email_changed",
    "email_deleted",
    "totp_activated",
    "totp_deactivated",
    "recovery_codes_generated",
)
LETTER = Letter(
    kind="reset_password",
    notice="",
    locale="en",
    time_zone="UTC",
    ordered_at=datetime(2026, 1, 1, 23, 30, tzinfo=UTC),
    expires_at=datetime(2026, 1, 2, 0, 30, tzinfo=UTC),
    address="ada@example.com",
    name="Ada",
    link="https://app.treum.example/reset-password/key",
)


def _html(mail):
    return mail.alternatives[0].content


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("kind", MailKind.values)
def test_every_kind_of_mail_has_words_in_every_language(kind, language):
    words = language.words_for(kind, notice="")
    assert words.subject
    assert words.paragraphs
    assert words.button


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_has_words_of_its_own_and_says_when(notice, language):
    words = language.words_for("security_notice", notice=notice)
    assert words != language.words_for("security_notice", notice="")
    assert "{moment}" in " ".join(words.paragraphs)


@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_says_what_to_do_if_it_was_not_you(notice):
    mail = compose(replace(LETTER, kind="security_notice", notice=notice), delivery_id=DELIVERY)
    assert "If it was not" in " ".join(mail.body.split())


def test_a_notice_without_words_of_its_own_gets_the_general_ones():
    mail = compose(replace(LETTER, kind="security_notice", notice="new_to_us"), delivery_id=DELIVERY)
    assert mail.subject == "A change of your account"


@pytest.mark.parametrize("locale", ["en", "en-GB", "EN", "de-AT", ""])
def test_a_locale_without_a_language_of_its_own_reads_english(locale):
    assert language_for(locale).tag == "en"


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_nothing_but_known_facts_is_filled_in_and_subjects_stay_as_they_are(language):
    for kind, words in language.letters.items():
        names = {name for text in words.paragraphs for _, name, _, _ in Formatter().parse(text) if name is not None}
        assert names <= (FACTS if kind.partition(".last")[0] in MAILED else {"moment"})
        assert "{" not in words.subject


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("kind", MAILED)
def test_every_notification_that_is_mailed_has_words_in_every_language(kind, language):
    words = language.words_for(kind, notice="")
    assert words.subject
    assert words.paragraphs
    assert words.button
    assert language.reason("something_new") == language.reasons[""]


def told(notice):
    return Notification(
        kind=notice.kind, data=notice.data, created_at=datetime(2026, 5, 1, 12, tzinfo=UTC), user_id=notice.user_id
    )


USER = UUID("018f3a5e-0000-7000-8000-000000000002")
READER = Reader(locale="en", time_zone="Europe/Berlin", address="ada@example.com", name="Ada")


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (of_payment(a_payment(USER)), "We received 49.00 EUR for invoice INV-000042."),
        (of_failed_payment(a_failure(USER)), "Attempt 2 to collect 49.00 EUR for invoice INV-000042 failed: there was"),
        (of_failed_payment(a_failure(USER)), "try again on 4 May 2026, 14:00 (Central European Summer Time)"),
        (of_failed_payment(a_failure(USER, next_attempt_at=None)), "We do not try again by ourselves."),
        (of_required_action(a_question(USER)), "49.00 EUR for invoice INV-000042 cannot be collected without you."),
        (of_refund(a_refund(USER)), "We sent 49.00 EUR back"),
        (of_trial_end(a_trial_end(USER)), "Your trial of Pro ends on 1 May 2026, 14:00"),
        (of_standing(on_free(USER, 2), before="pro"), "Your plan Pro has ended, and you are on Free now."),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_a_mail_about_money_says_what_the_screen_says_and_leads_there(notice, said):
    mail = compose(letter_of(told(notice), READER), delivery_id=DELIVERY)
    assert said in " ".join(mail.body.split())
    assert mail.body.count("http://127.0.0.1:3000/billing") == 1
    assert 'href="http://127.0.0.1:3000/billing"' in _html(mail)
    assert "Hello Ada," in mail.body
    assert mail.to == ["ada@example.com"]


def test_a_notice_says_when_it_happened_in_the_readers_zone():
    notice = replace(LETTER, kind="security_notice", notice="password_changed", time_zone="Europe/Berlin")
    mail = compose(notice, delivery_id=DELIVERY)
    assert "2 January 2026, 00:30 (Central European Standard Time)" in " ".join(mail.body.split())
    assert "2 January 2026, 00:30 (Central European Standard Time)" in _html(mail)


def test_text_and_html_carry_the_same_link():
    mail = compose(LETTER, delivery_id=DELIVERY)
    assert mail.body.count(LETTER.link) == 1
    assert f'href="{LETTER.link}"' in _html(mail)
    assert mail.extra_headers["Message-ID"].startswith(f"<{DELIVERY}@")


def test_a_link_with_an_ampersand_is_whole_in_text_and_escaped_in_html():
    mail = compose(replace(LETTER, link="https://app.treum.example/?a=1&b=2"), delivery_id=DELIVERY)
    assert "https://app.treum.example/?a=1&b=2" in mail.body
    assert 'href="https://app.treum.example/?a=1&amp;b=2"' in _html(mail)


def test_a_name_is_text_and_never_markup_or_a_field():
    mail = compose(replace(LETTER, name="<b>{moment}</b>"), delivery_id=DELIVERY)
    assert "Hello <b>{moment}</b>," in mail.body
    assert "Hello &lt;b&gt;{moment}&lt;/b&gt;," in _html(mail)


def test_a_changed_address_is_not_offered_a_reset_that_would_go_elsewhere():
    mail = compose(replace(LETTER, kind="security_notice", notice="email_changed"), delivery_id=DELIVERY)
    assert LETTER.link not in mail.body
    assert LETTER.link not in _html(mail)


def test_a_mail_loads_nothing_from_anywhere():
    html = _html(compose(LETTER, delivery_id=DELIVERY))
    for loading in ("<img", "<script", "<link", "src=", "url(", "@import"):
        assert loading not in html


def test_a_checkout_without_a_mail_server_gets_files_that_mail_programs_open(settings, tmp_path):
    settings.EMAIL_BACKEND = "apps.notifications.mail_files.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    for _ in range(2):
        get_connection(timeout=1).send_messages([compose(LETTER, delivery_id=DELIVERY)])
    (file,) = (tmp_path / "mail").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == LETTER.address
    assert LETTER.link in mail.get_body(("plain",)).get_content()
