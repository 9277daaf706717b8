"""Staff's view of education."""

from django.contrib import admin

from apps.education.models import Entitlement
from apps.kernel.audit.audited_admin import ReadOnlyAdmin


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """What education believes people may learn."""

    list_display = ("user_id", "tier", "valid_until", "standing_version")
    search_fields = ("=user_id",)
