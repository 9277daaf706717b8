"""Dead letters for staff: grouped by what went wrong, replayed or archived by the handful."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.kernel.audit.audited_admin import AuditedAdmin
from apps.kernel.bus import dead_letters
from apps.kernel.bus.models import DeadLetter, DeadLetterAction
from apps.kernel.errors import Refused


class DeadLetterActionInline(admin.TabularInline[DeadLetterAction, DeadLetter]):
    model = DeadLetterAction
    extra = 0
    can_delete = False
    readonly_fields = ("action", "actor", "at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DeadLetter)
class DeadLetterAdmin(AuditedAdmin):
    """Read, replay, archive. Payloads are never edited."""

    list_display = ("id", "type", "queue", "reason", "error_class", "error", "deaths", "status", "last_died_at")
    list_filter = ("status", "queue", "type", "reason", "error_class")
    search_fields = ("message_id", "correlation_id", "error")
    ordering = ("-last_died_at",)
    actions = ("replay", "archive")
    inlines = (DeadLetterActionInline,)
    exclude = ("payload",)

    @admin.display(description="payload")
    def payload_text(self, letter: DeadLetter) -> SafeString:
        return format_html("<pre>{}</pre>", bytes(letter.payload or b"")[:20_000].decode(errors="replace"))

    def get_readonly_fields(self, request: HttpRequest, obj: DeadLetter | None = None) -> tuple[str, ...]:
        return (*(field.name for field in DeadLetter._meta.fields if field.name != "payload"), "payload_text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DeadLetter | None = None) -> bool:
        return False

    @admin.action(description="Replay: send back to the queue they died in")
    def replay(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        try:
            count = dead_letters.replay(list(letters.values_list("id", flat=True)), actor=_actor(request))
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return
        self.message_user(request, f"{count} dead letters are on their way again.")

    @admin.action(description="Archive: seen, not to be replayed")
    def archive(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        count = dead_letters.archive(list(letters.values_list("id", flat=True)), actor=_actor(request))
        self.message_user(request, f"{count} dead letters are archived.")


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"
