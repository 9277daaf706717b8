"""Set the words of a letter as a mail: text and HTML, with an id that a second sending shares."""

from datetime import datetime
from email.utils import formatdate, parseaddr
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apps.notifications.letters.wording import language_for
from apps.notifications.letters.words import Language
from apps.notifications.ports import Letter

TEMPLATE = "notifications/mail"


def compose(letter: Letter, *, delivery_id: UUID) -> EmailMultiAlternatives:
    """Return the mail of a letter. Its Message-ID is the delivery's, so that a receiver can tell a repetition."""
    language = language_for(letter.locale)
    words = language.words_for(letter.kind, notice=letter.notice)
    facts = {"moment": letter.ordered_at, **letter.facts}
    said = {name: _said(fact, letter, language) for name, fact in facts.items()}
    values = {
        "language": language.tag,
        "subject": words.subject,
        "greeting": language.greeting_by_name.format(name=letter.name) if letter.name else language.greeting,
        "paragraphs": [paragraph.format_map(said) for paragraph in words.paragraphs],
        "button": words.button,
        "link": letter.link,
        "below": words.below,
        "home": settings.TREUM_FRONTEND_URL,
    }
    mail = EmailMultiAlternatives(
        subject=words.subject,
        body=render_to_string(f"{TEMPLATE}.txt", values),
        from_email=settings.TREUM_MAIL_FROM,
        to=[letter.address],
        headers=_headers(delivery_id),
    )
    mail.attach_alternative(render_to_string(f"{TEMPLATE}.html", values), "text/html")
    return mail


def _headers(delivery_id: UUID) -> dict[str, str]:
    domain = parseaddr(settings.TREUM_MAIL_FROM)[1].rpartition("@")[2]
    return {"Message-ID": f"<{delivery_id}@{domain}>", "Date": formatdate(), "Auto-Submitted": "auto-generated"}


def _said(fact: str | datetime, letter: Letter, language: Language) -> str:
    """Return a fact as the reader reads it: moments in their own zone."""
    if isinstance(fact, str):
        return fact
    return format_datetime(fact, format=language.date, tzinfo=ZoneInfo(letter.time_zone), locale=language.tag)
