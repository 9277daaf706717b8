"""Whether whoever asks has proved enough for what they ask: a password alone does not take a second factor away."""

import time
from datetime import timedelta

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from apps.kernel.clock import now


def second_factor_needed(request: HttpRequest) -> bool:
    """Tell whether this needs a fresh proof by second factor, and there is none.

    It does for whoever has an authenticator app: to take it away, and to see or renew the recovery codes, which open
    the same door. Codes can be seen without it right after the app was added, for that took a code of the app.
    """
    apps = Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP)
    if request.method != "DELETE":
        apps = apps.filter(created_at__lt=now() - timedelta(seconds=app_settings.REAUTHENTICATION_TIMEOUT))
    return apps.exists() and not _proved(request)


def _proved(request: HttpRequest) -> bool:
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    fresh = [record for record in records if record.get("reauthenticated") and record["at"] > since]
    return any(record["method"] == "mfa" for record in fresh)
