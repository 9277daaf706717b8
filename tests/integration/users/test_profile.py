"""The profile: what it shows, what can be changed in it, and what cannot."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.users.errors import UnknownPerson
from apps.users.models import User
from apps.users.services import change_profile, change_standing
from apps.users.services.people import ProfileChange
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

ME = "/api/v1/me"


def test_me_shows_what_the_account_rests_on():
    person = a_person(name="Ada")
    client = client_of(person)
    shown = client.get(ME).json()
    assert shown == {
        "id": str(person.pk), "email": person.email, "email_verified": True, "second_factor": False, "name": "Ada",
        "locale": "en", "time_zone": "UTC", "base_currency": "USD", "is_staff": False,
        "created_at": shown["created_at"], "standing": None,
    }  # fmt: skip
    EmailAddress.objects.filter(user=person).update(verified=False)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    change_standing([person.pk], plan="pro", features={"trading.auto_execute": True})
    later = client.get(ME).json()
    assert (later["email_verified"], later["second_factor"]) == (False, True)
    assert later["standing"]["features"] == {"trading.auto_execute": True}


def test_recovery_codes_alone_are_no_second_factor():
    person = a_person()
    Authenticator.objects.create(user=person, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert client_of(person).get(ME).json()["second_factor"] is False


@pytest.mark.parametrize(("seconds", "count"), [(0.0, 3), (30.0, 2)], ids=["nothing is kept", "the standing is kept"])
def test_me_is_one_query_beside_the_gate_once_the_standing_is_kept(settings, seconds, count):
    settings.TREUM_CACHE_SECONDS = seconds
    client = client_of(a_person())
    client.get(ME)
    with CaptureQueriesContext(connections["default"]) as queries:
        client.get(ME)
    assert len(queries) == count


def test_a_profile_changes_in_the_fields_that_are_sent():
    person = a_person(name="Ada")
    change = {"locale": "zh-hant-tw", "time_zone": "Asia/Taipei", "base_currency": "twd"}
    changed = client_of(person).patch(ME, change)
    assert changed.status_code == 200
    person.refresh_from_db()
    assert (person.name, person.locale, person.time_zone, person.base_currency) == (
        "Ada", "zh-Hant-TW", "Asia/Taipei", "TWD",
    )  # fmt: skip
    assert changed.json() == client_of(person).get(ME).json()
    assert client_of(person).patch(ME, {}).status_code == 200
    assert client_of(person).patch(ME, {"name": " "}).json()["name"] == ""


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        pytest.param("locale", "xx", "This is no language tag that we know; an example is de-CH.", id="no language"),
        pytest.param("locale", "de_CH", "This is no language tag that we know; an example is de-CH.", id="no tag"),
        pytest.param("locale", "en-QQ", "This is no language tag that we know; an example is de-CH.", id="no region"),
        pytest.param(
            "time_zone", "Mars/Base", "This is no time zone of the IANA database; an example is Europe/Zurich.",
            id="no zone",
        ),
        pytest.param(
            "time_zone", "localtime", "This is no time zone of the IANA database; an example is Europe/Zurich.",
            id="the machine's own zone",
        ),
        pytest.param(
            "base_currency", "DEM", "This is no currency of ISO 4217 that is in use; an example is CHF.",
            id="a currency of the past",
        ),
        pytest.param(
            "base_currency", "BTC", "This is no currency of ISO 4217 that is in use; an example is CHF.",
            id="no currency of a state",
        ),
        pytest.param("name", "n" * 151, "Ensure this field has no more than 150 characters.", id="a long name"),
        pytest.param("name", None, "This field may not be null.", id="nothing"),
        pytest.param("email", "other@example.com", "There is no such field here.", id="the address"),
        pytest.param("is_staff", True, "There is no such field here.", id="rights"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_with_a_sentence_and_nothing_changes(field, value, sentence):
    person = a_person(name="Ada")
    answer = client_of(person).patch(ME, {"time_zone": "Europe/Zurich", "name": "Eve", field: value})
    assert answer.status_code == 400
    assert [(error["field"], error["message"]) for error in answer.json()["errors"]] == [(field, sentence)]
    person.refresh_from_db()
    assert (person.name, person.time_zone, person.is_staff) == ("Ada", "UTC", False)


@pytest.mark.parametrize("fields", [{"name": "Eve"}, {}], ids=["a change", "no change"])
def test_whoever_is_inactive_changes_nothing(fields):
    person = a_person()
    User.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(UnknownPerson):
        change_profile(person.pk, change=ProfileChange(**fields))
    assert User.objects.get(pk=person.pk).name == ""
