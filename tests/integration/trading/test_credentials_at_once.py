"""Two requests at once keep one credential, because the database does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.trading import services
from apps.trading.errors import CredentialExists
from apps.trading.models import Entitlement, VenueCredential
from tests.support.entitlements import may_trade
from tests.support.people import nobody

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


def test_of_many_with_one_label_one_is_kept():
    user_id = nobody()
    may_trade(user_id)

    def keep(number):
        secrets = services.Secrets(key=f"the-key-number-{number}", secret="the-secret-of-it", passphrase="phrase")
        try:
            services.keep_credential(user_id, venue="okx", label="Main", secrets=secrets)
        except CredentialExists:
            return "refused"
        finally:
            connections.close_all()
        return "kept"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(keep, range(8))) == ["kept"] + ["refused"] * 7
    kept = VenueCredential.objects.get(user_id=user_id)
    assert kept.key_hint == kept.key[-4:]
    services.delete_credential(kept.pk)
    Entitlement.objects.filter(pk=user_id).delete()
