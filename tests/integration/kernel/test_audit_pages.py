"""What staff do in the admin is told in the log, and every log is read there."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.kernel.audit import forget, record_entry
from apps.kernel.audit.audited_admin import HIDDEN, AuditedAdmin
from apps.kernel.audit.models import AuditEntry
from apps.kernel.bus import dead_letters
from apps.kernel.bus.models import DeadLetter
from apps.kernel.ids import uuid7
from apps.signals.models import Instrument
from apps.signals.services import ensure_instrument
from apps.trading.models import Account
from tests.support.audit import entries
from tests.support.market import open_account
from tests.support.people import a_person, client_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "signals", "trading"])]

LIST = reverse("admin:audit_auditentry_changelist")


def page_of(obj, action="change"):
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[obj.pk])


def send(desk, address, data):
    answer = desk.post(address, data)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors


def form_of(desk, obj):
    """Return what the form of an object would send if nobody typed anything."""
    form = desk.get(page_of(obj)).context_data["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in values.items() if value not in (None, False)}


def by(staff, using):
    return entries(using, actor=f"user:{staff.pk}", action__startswith="admin.")


def test_no_page_of_the_admin_can_change_anything_untold():
    untold = [model for model, page in admin.site._registry.items() if not isinstance(page, AuditedAdmin)]
    assert untold == [AuditEntry]


@pytest.mark.parametrize(
    "name", ["account_emailaddress", "mfa_authenticator", "usersessions_usersession", "auth_group"]
)
def test_the_lists_of_libraries_can_be_read_and_searched(name, desk):
    assert desk.get(reverse(f"admin:{name}_changelist") + "?q=x").status_code == 200


def test_a_second_factor_that_staff_take_away_leaves_no_secret_behind(desk, staff):
    person = a_person()
    factor = TOTP.activate(person, generate_totp_secret()).instance
    send(desk, page_of(factor, "delete"), {"post": "yes"})
    (entry,) = by(staff, "default")
    assert (entry.action, entry.subject, entry.before["data"]) == ("admin.delete", person.pk, HIDDEN)
    (removed,) = entries(action="auth.second_factor_removed")
    assert (removed.actor, removed.subject) == (f"user:{staff.pk}", person.pk)


def test_a_change_tells_what_was_and_what_is(desk, staff):
    instrument = ensure_instrument("TEST-USD")
    send(desk, page_of(instrument), {**form_of(desk, instrument), "min_notional": "10", "simulated": ""})
    (entry,) = by(staff, "signals")
    assert (entry.action, entry.object) == ("admin.change", f"signals.instrument/{instrument.pk}")
    assert entry.before == {"min_notional": "0.000000000000000000", "simulated": True}
    assert entry.after == {"min_notional": "10", "simulated": False}


def test_what_is_added_and_deleted_is_told_in_full(desk, staff):
    facts = {"symbol": "NEW-USD", "base_currency": "NEW", "quote_currency": "USD"}
    numbers = {"tick": "0.01", "lot": "0.1", "min_notional": "5"}
    send(desk, reverse("admin:signals_instrument_add"), {**facts, **numbers})
    instrument = Instrument.objects.get(symbol="NEW-USD")
    chosen = {"action": "delete_selected", "_selected_action": [instrument.pk], "post": "yes"}
    send(desk, reverse("admin:signals_instrument_changelist"), chosen)
    added, deleted = by(staff, "signals")
    assert (added.action, deleted.action) == ("admin.add", "admin.delete")
    assert added.after["symbol"] == deleted.before["symbol"] == "NEW-USD"
    assert added.object == deleted.object == f"signals.instrument/{instrument.pk}"
    assert not Instrument.objects.filter(symbol="NEW-USD").exists()


def test_names_and_addresses_are_sealed_and_kept_nowhere_else(desk, staff):
    person = a_person(name="Ada Lovelace")
    send(desk, page_of(person), {**form_of(desk, person), "name": "Ada King", "is_staff": "on"})
    (entry,) = by(staff, "default")
    assert (entry.subject, entry.before, entry.after) == (person.pk, {"is_staff": False}, {"is_staff": True})
    assert entry.opened["before"] == {"name": "Ada Lovelace"}
    assert entry.opened["after"] == {"name": "Ada King"}
    assert not LogEntry.objects.filter(object_id=person.pk).exists()
    forget(person.pk, using="default")
    assert by(staff, "default")[0].opened is None


def test_a_password_is_never_told(desk, staff):
    person = a_person()
    new = "a password that staff chose"
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    send(desk, address, {"password1": new, "password2": new, "usable_password": "true"})
    (entry,) = by(staff, "default")
    assert (entry.before, entry.after) == ({"password": HIDDEN}, {"password": HIDDEN})
    assert new not in str(entry.opened)


def test_a_kill_switch_says_who_set_it_and_what_it_was(desk, staff):
    account = Account.objects.get(pk=open_account())
    chosen = {"action": "set_reducing", "_selected_action": [account.pk]}
    send(desk, reverse("admin:trading_account_changelist"), chosen)
    (entry,) = entries("trading", action="kill_switch.changed")
    assert (entry.actor, entry.subject) == (f"user:{staff.pk}", account.user_id)
    assert (entry.object, entry.before) == (f"account/{account.pk}", {"state": "ACTIVE"})
    assert entry.after == {"state": "REDUCING", "cancelled_orders": 0}


def test_an_owner_who_sets_a_kill_switch_is_told_with_their_address():
    person = a_person()
    account = open_account()
    Account.objects.filter(pk=account).update(user_id=person.pk)
    address = f"/api/v1/accounts/{account}/kill-switch"
    assert client_of(person).put(address, {"state": "HALTED"}, format="json").status_code == 200
    (entry,) = entries("trading", action="kill_switch.changed")
    assert (entry.actor, entry.after["state"]) == (f"user:{person.pk}", "HALTED")
    assert entry.opened["address"]


def test_replays_and_archives_of_dead_letters_are_told(staff):
    letters = [
        DeadLetter.objects.create(
            queue="core.dlq", message_id=str(uuid7()), type="x", reason="rejected", payload=b"{}", deaths=1
        )
        for _ in range(3)
    ]
    ids = [letter.pk for letter in letters]
    dead_letters.replay(ids[:2], actor=f"user:{staff.pk}")
    dead_letters.replay(ids[:2], actor=f"user:{staff.pk}")
    dead_letters.archive(ids[2:], actor="operator:ada")
    replayed, archived = entries(action__startswith="dead_letter.")
    assert (replayed.action, replayed.actor, sorted(replayed.after["ids"])) == (
        "dead_letter.replayed",
        f"user:{staff.pk}",
        ids[:2],
    )
    assert (archived.action, archived.actor, archived.after) == (
        "dead_letter.archived",
        "operator:ada",
        {"ids": ids[2:]},
    )


def test_a_page_of_the_log_is_opened_with_as_many_queries_for_one_person_as_for_many(desk):
    counts = []
    for number in (1, 30):
        for _ in range(number):
            told("default", subject=uuid7(), personal={"name": "Ada Lovelace"})
        with CaptureQueriesContext(connections["default"]) as queries:
            page = desk.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.content.decode().count("Ada Lovelace") == 31


def test_the_log_of_another_database_can_be_chosen_and_searched(desk):
    person = uuid7()
    told("default", object="here")
    told("trading", object="there", subject=person, action="test.one")
    told("trading", object="elsewhere", action="test.two")
    assert shown(desk, "database=trading") == {"there", "elsewhere"}
    assert shown(desk, f"database=trading&q={person}") == {"there"}
    assert shown(desk, "database=trading&action=test.two") == {"elsewhere"}
    assert "here" in shown(desk, "")
    assert "there" not in shown(desk, "database=nonsense")


def test_an_entry_can_be_looked_at_and_not_changed(desk, client):
    told("trading", object="there", personal={"name": "Ada"})
    (entry,) = entries("trading", object="there")
    address = page_of(entry) + "?_changelist_filters=database%3Dtrading"
    page = desk.get(address)
    assert "Ada" in page.content.decode()
    assert entry.hash in page.content.decode()
    assert desk.post(address, {"object": "x"}).status_code == 405
    assert desk.post(page_of(entry, "delete") + "?_changelist_filters=database%3Dtrading").status_code == 405


def test_an_erased_person_is_shown_as_erased(desk):
    person = uuid7()
    told("default", subject=person, personal={"name": "Ada"})
    forget(person, using="default")
    page = desk.get(f"{LIST}?q={person}").content.decode()
    assert "Ada" not in page
    assert "erased" in page


def test_only_staff_with_the_right_may_read_the_log(client):
    clerk = a_person(is_staff=True)
    client.force_login(clerk)
    assert client.get(LIST).status_code == 403
    clerk.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    assert client.get(LIST).status_code == 200


def told(using, **fields):
    with transaction.atomic(using=using):
        record_entry(**{"action": "test.deed", "using": using, **fields})
    entries(using)


def shown(desk, query):
    page = desk.get(f"{LIST}?{query}", follow=True)
    return {entry.object for entry in page.context_data["cl"].result_list}
