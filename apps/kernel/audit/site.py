"""The admin in which every step of staff is theirs, whatever service it calls."""

from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.kernel.observability import trace as tracing


class StaffSite(admin.AdminSite):
    """Django's admin, where whoever is logged in is the actor of what follows."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Wrap a page so that it is shown to staff only, and acts in their name."""

        @wraps(view)
        def acting(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            tracing.act_as(f"user:{request.user.pk}")
            return view(request, *args, **kwargs)

        return super().admin_view(acting, cacheable)
