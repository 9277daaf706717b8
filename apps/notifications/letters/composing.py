"""Set the words of a letter as a mail: text and HTML, with an id that a second sending shares."""

from email.utils import formatdate, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apps.notifications.letters.wording import words_for
from apps.notifications.ports import Letter

TEMPLATE = "notifications/mail"


def compose(letter: Letter, *, delivery_id: UUID) -> EmailMultiAlternatives:
    """Return the mail of a letter. Its Message-ID is the delivery's, so that a receiver can tell a repetition."""
    words = words_for(letter.kind, notice=letter.notice, locale=letter.locale)
    values = {"words": words, "name": letter.name, "link": letter.link, "home": settings.TREUM_FRONTEND_URL}
    domain = parseaddr(settings.TREUM_MAIL_FROM)[1].rpartition("@")[2]
    mail = EmailMultiAlternatives(
        subject=words.subject,
        body=render_to_string(f"{TEMPLATE}.txt", values),
        from_email=settings.TREUM_MAIL_FROM,
        to=[letter.address],
        headers={
            "Message-ID": f"<{delivery_id}@{domain}>",
            "Date": formatdate(),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string(f"{TEMPLATE}.html", values), "text/html")
    return mail
