"""Staff read what is kept about people, publish documents and revoke keys; nothing else, and it is written down."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.contracts.events.users import UserLoggedIn
from apps.kernel.audit.models import AuditEntry
from apps.kernel.gateway.scopes import Scope
from apps.kernel.ids import uuid7
from apps.users import handlers, services
from apps.users.enums import ConsentKind
from apps.users.models import ApiKey, ConsentDocument
from tests.support.events import AT, sealed
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

LISTS = ("user", "standing", "activity", "consent", "consentdocument", "apikey")


def a_life():
    """Return a person with one of everything, and their key."""
    person = a_person()
    document = a_document()
    services.give_consent(person.pk, kind=ConsentKind.RISK, version=document.version)
    services.change_standing([person.pk], plan="pro", features={})
    handlers.remember_deeds([sealed(UserLoggedIn(user_id=person.pk, login_id=uuid7(), logged_in_at=AT))])
    return person, services.create_key(person.pk, name="Program", scopes=[Scope.SIGNALS_READ])


def a_document():
    documents = ConsentDocument.objects.filter(kind=ConsentKind.RISK)
    return documents.order_by("-published_at").first() or ConsentDocument.objects.create(
        kind=ConsentKind.RISK, version="1", title="Risk disclosure"
    )


def actions_of(actor):
    entries = AuditEntry.objects.using("default").filter(actor=f"user:{actor.pk}").exclude(action="auth.login")
    return [entry.action for entry in entries.order_by("id")]


@pytest.mark.parametrize("model", LISTS)
def test_every_list_takes_as_many_queries_for_one_as_for_many(model, desk):
    counts = []
    for _ in range(2):
        a_life(), a_life()
        with CaptureQueriesContext(connections["default"]) as queries:
            page = desk.get(reverse(f"admin:users_{model}_changelist"))
        counts.append(len(queries))
        assert page.status_code == 200
    assert counts[0] == counts[1]


def test_a_person_s_page_leads_to_what_is_kept_about_them(desk):
    (person, made), (other, _) = a_life(), a_life()
    page = desk.get(reverse("admin:users_user_change", args=[person.pk])).content.decode()
    for model in ("activity", "consent", "apikey"):
        address = f"{reverse(f'admin:users_{model}_changelist')}?user__id__exact={person.pk}"
        assert f'href="{address}"' in page
        told = desk.get(address).content.decode()
        assert person.email in told
        assert other.email not in told
    shown = desk.get(reverse("admin:users_apikey_change", args=[made.key.pk])).content.decode()
    assert made.key.prefix in shown
    assert made.key.digest not in shown


def test_staff_publish_a_document_and_can_change_no_published_one(desk, staff):
    new = {"kind": "terms", "version": "7", "title": "Terms of service", "url": "https://treum.example/terms/7"}
    assert desk.post(reverse("admin:users_consentdocument_add"), new).status_code == 302
    document = ConsentDocument.objects.get(kind="terms", version="7")
    shown = client_of(a_person()).get("/api/v1/me/consents").json()["results"][0]
    assert (shown["version"], shown["title"]) == ("7", "Terms of service")
    again = desk.post(reverse("admin:users_consentdocument_add"), new)
    assert (again.status_code, ConsentDocument.objects.filter(version="7").count()) == (200, 1)
    for deed in ("change", "delete"):
        address = reverse(f"admin:users_consentdocument_{deed}", args=[document.pk])
        assert desk.post(address, {**new, "title": "Other", "post": "yes"}).status_code == 403
    assert actions_of(staff) == ["admin.add"]


@pytest.mark.parametrize("model", ["standing", "activity", "consent", "apikey"])
def test_what_services_own_cannot_be_added(model, desk):
    assert desk.post(reverse(f"admin:users_{model}_add"), {}).status_code == 403


def _revoke(client, key):
    data = {"action": "revoke", "_selected_action": [str(key.pk)]}
    return client.post(reverse("admin:users_apikey_changelist"), data, follow=True)


def test_staff_revoke_a_key_under_their_own_name(desk, staff):
    _, made = a_life()
    _revoke(desk, made.key)
    _revoke(desk, made.key)
    assert ApiKey.objects.get(pk=made.key.pk).revoked_at is not None
    assert actions_of(staff) == ["api_key.revoked"]


def test_who_may_only_look_revokes_nothing(client):
    looker = a_person(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(looker)
    _, made = a_life()
    assert _revoke(client, made.key).status_code == 200
    assert ApiKey.objects.get(pk=made.key.pk).revoked_at is None
