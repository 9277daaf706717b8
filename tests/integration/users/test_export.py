"""An archive holds all that is kept about a person, and only of them; making it survives whoever makes it."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.db import OperationalError
from django.db.models import Model

from apps.kernel.clock import now
from apps.kernel.crypto import Unreadable
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from apps.kernel.personal import ROWS_PER_PAGE
from apps.notifications.models import Notification
from apps.notifications.selectors import PERSONAL_TABLES
from apps.payments.selectors.personal_data import TABLES as PAYMENTS_TABLES
from apps.trading.selectors.personal_data import TABLES as TRADING_TABLES
from apps.users.errors import UnknownPerson
from apps.users.models import Export, ExportChunk
from apps.users.selectors import archive_of
from apps.users.selectors.personal_data import TABLES as USERS_TABLES
from apps.users.services import build_export, erase_person, expire_exports, request_export, resume_exports
from apps.users.services.exports import LEASE, MOST_A_DAY, MOST_ATTEMPTS
from tests.support.lives import CONTEXTS_THAT_KNOW_PEOPLE, TOTP_SECRET, a_life
from tests.support.people import a_person, client_of
from treum_project.introductions import personal_data

DATABASES = ["default", "signals", "trading", "notifications", "payments", "education"]

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=DATABASES)]

TABLES = (*USERS_TABLES, *PAYMENTS_TABLES, *TRADING_TABLES, *PERSONAL_TABLES)

THE_PROVIDERS = "kept by the pretended provider, as a real one would keep it"
NOBODYS = {
    "account.EmailConfirmation": "keys to addresses; confirmations are signed and stored nowhere",
    "audit.AuditEntry": "told by apps.kernel.persons in each context's folder",
    "audit.AuditHead": "the end of a chain",
    "audit.AuditSubjectKey": "a secret",
    "audit.AuditWitness": "the end of a chain",
    "auth.Group": "rights of staff",
    "auth.Permission": "rights of staff",
    "bus.DeadLetter": "messages carry ids only, and are told where they were handled",
    "bus.DeadLetterAction": "what staff did, and told in the audit log",
    "contenttypes.ContentType": "names of tables",
    "idempotency.KeptAnswer": "answers that the person was given, kept for a day",
    "inbox.InboxMessage": "messages carry ids only, and are told where they were handled",
    "ledger.LedgerAccount": "names of books",
    "ledger.LedgerHold": "cash set aside, told by the order and the balance",
    "ledger.LedgerTransaction": "told by the fill or the deposit",
    "notifications.Delivery": "whether a mail has left; the mail itself is told",
    "notifications.ErasedPerson": "people who ask for nothing any more",
    "notifications.LiveBatch": "which notifications our processes made together",
    "outbox.OutboxMessage": "messages carry ids only, and are told where they were handled",
    "payments.BillingClock": "the clock of the sandbox",
    "payments.BookEntry": "what a posting is about; the postings are told",
    "payments.Difference": "what our books and the provider's differed in, told by the payment",
    "payments.Feature": "what is on sale",
    "payments.NumberSequence": "the next number of a series",
    "payments.Payout": "what the provider has transferred to us",
    "payments.Plan": "what is on sale",
    "payments.PlanFeature": "what is on sale",
    "payments.Price": "what is on sale",
    "payments.ProviderNotice": "that the provider told us something; what follows from it is told",
    "payments.Reconciliation": "when our books were compared with the provider's",
    "payments.SubscriptionTransition": "rules",
    "payments.TaxRate": "the taxes of countries",
    "payments.TrialSecret": "a secret",
    "payments.TrialUse": "digests that lead to nobody, kept so that a trial is given once",
    "periodic.PeriodicRun": "which tasks ran",
    "sandbox.Card": THE_PROVIDERS,
    "sandbox.Customer": THE_PROVIDERS,
    "sandbox.Delivery": THE_PROVIDERS,
    "sandbox.Event": THE_PROVIDERS,
    "sandbox.Intent": THE_PROVIDERS,
    "sandbox.Movement": THE_PROVIDERS,
    "sandbox.Payout": THE_PROVIDERS,
    "sandbox.Refund": THE_PROVIDERS,
    "sandbox.UsedKey": THE_PROVIDERS,
    "sandbox.Weather": THE_PROVIDERS,
    "sessions.Session": "told by users.UserSession; the rest is a secret",
    "education.Entitlement": "a copy of the standing, told by education in its own folder",
    "signals.Candle": "markets",
    "signals.Entitlement": "a copy of the standing, told by signals in its own folder",
    "signals.Instrument": "markets",
    "signals.Replay": "markets",
    "signals.Schedule": "markets",
    "signals.Series": "markets",
    "signals.Signal": "advice that everybody gets",
    "signals.SignalCounter": "markets",
    "signals.Strategy": "markets",
    "trading.Execution": "advice that everybody gets",
    "trading.MarketBar": "markets",
    "trading.OrderTransition": "rules",
    "trading.PlatformSwitch": "what staff did, and told in the audit log",
    "trading.Quote": "markets",
    "trading.Series": "markets",
    "trading.SettlementBatch": "which fills our processes made together",
    "trading.ShardCursor": "how far our processes are",
    "trading.StrategyRoster": "markets",
    "users.ConsentDocument": "what everybody is asked to agree to",
    "users.ExportChunk": "the archives themselves",
}
"""Every table that is in no archive, and why nobody misses it there."""

UNTOLD = {
    "id",
    "pk",
    "user",
    "user_id",
    "customer",
    "execution",
    "roster_id",
    "order_id",
    "follow",
    "account",
    "transaction",
}
"""Columns that say only whose the row is, or what it hangs on, which the file says in other words."""


def _archive(export):
    return zipfile.ZipFile(io.BytesIO(b"".join(archive_of(export))))


def _built(person):
    export = request_export(person.pk)
    build_export(export.pk)
    export.refresh_from_db()
    return export


def _lines(archive, name):
    return [json.loads(line) for line in archive.read(name).splitlines()]


def test_everything_that_is_kept_about_a_person_is_in_the_archive():
    life = a_life()
    export = Export.objects.get(user=life.person)
    build_export(export.pk)
    export.refresh_from_db()
    archive = _archive(export)
    (profile,) = _lines(archive, "users/profile.jsonl")
    assert (profile["email"], profile["name"]) == (life.email, life.name)
    assert {row["email"] for row in _lines(archive, "users/email_addresses.jsonl")} == {
        life.email, f"second-{life.email}",
    }  # fmt: skip
    assert [row["ip"] for row in _lines(archive, "users/sessions.jsonl")] == [life.address]
    assert [row["plan"] for row in _lines(archive, "users/standing.jsonl")] == ["pro"]
    assert [row["document_kind"] for row in _lines(archive, "users/consents.jsonl")] == ["terms"]
    assert [row["name"] for row in _lines(archive, "users/api_keys.jsonl")] == [f"Laptop of {life.name}"]
    (account,) = _lines(archive, "trading/accounts.jsonl")
    assert (account["id"], account["name"]) == (life.account_id, f"{life.name}'s paper")
    assert [row["amount"] for row in _lines(archive, "trading/deposits.jsonl")] == ["10000"]
    assert [(row["side"], row["status"]) for row in _lines(archive, "trading/orders.jsonl")] == [("buy", "filled")]
    assert [row["qty"] for row in _lines(archive, "trading/fills.jsonl")] == ["10"]
    assert [row["qty"] for row in _lines(archive, "trading/positions.jsonl")] == ["10"]
    assert [row["code"] for row in _lines(archive, "trading/decisions.jsonl")] == ["executed"]
    assert [row["key_hint"] for row in _lines(archive, "trading/venue_credentials.jsonl")] == ["1234"]
    assert len(_lines(archive, "notifications/notifications.jsonl")) == 1
    for context in ("users", *CONTEXTS_THAT_KNOW_PEOPLE[1:]):
        deeds = [row for row in _lines(archive, f"{context}/audit.jsonl") if row["action"] == "test.deed"]
        assert [row["personal"]["name"] for row in deeds] == [life.name]


def test_no_secret_and_nobody_else_is_in_the_archive():
    other, life = a_life(), a_life()
    export = Export.objects.get(user=life.person)
    build_export(export.pk)
    export.refresh_from_db()
    archive = _archive(export)
    content = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    life.person.refresh_from_db()
    key, family = life.person.api_keys.get(), life.person.token_families.latest("pk")
    secrets = [life.person.password, key.digest, family.session_key, str(family.refresh_id), "secret-link"]
    secrets += [life.api_key, TOTP_SECRET, "key-1234", "hush", export.key]
    assert [secret for secret in secrets if secret in content] == []
    assert other.person.email not in content
    assert str(other.person.pk) not in content


def test_the_manifest_is_true_of_every_file():
    archive = _archive(_built(a_person()))
    manifest = json.loads(archive.read("manifest.json"))
    assert archive.testzip() is None
    assert {file["name"] for file in manifest["files"]} == {*archive.namelist()} - {"manifest.json", "README.txt"}
    for file in manifest["files"]:
        content = archive.read(file["name"])
        assert file["sha256"] == sha256(content).hexdigest()
        assert (file["bytes"], file["lines"]) == (len(content), content.count(b"\n"))
    assert manifest["generated_at"] in archive.read("README.txt").decode()


def _ours(model: type[Model]) -> bool:
    return model._meta.app_config.name.startswith(("apps.", "allauth.", "django.")) and not model._meta.proxy


def _label(model: type[Model]) -> str:
    return model._meta.label


def test_every_table_is_told_or_left_out_for_a_reason():
    told = {_label(table.model) for table in TABLES}
    models = {_label(model) for model in apps.get_models() if _ours(model)}
    assert models - told - set(NOBODYS) == set()
    assert set(NOBODYS) - models == set()
    assert set(NOBODYS) & told == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.file)
def test_every_column_is_told_or_withheld_for_a_reason(table):
    said = {name.split("__")[0] for name in (*table.columns, *table.withheld)} | UNTOLD
    columns = {field.name for field in table.model._meta.concrete_fields}
    assert {name for name in columns if name not in said and f"{name}_id" not in said} == set()


def test_asking_again_while_one_is_made_answers_that_one():
    person = a_person()
    first, second = request_export(person.pk), request_export(person.pk)
    assert first.pk == second.pk
    assert OutboxMessage.objects.using("default").filter(name="users.build_export").count() == 1
    build_export(first.pk)
    assert request_export(person.pk).pk != first.pk


def test_ten_archives_a_day_are_enough():
    person = a_person()
    for _ in range(MOST_A_DAY):
        _built(person)
    answer = client_of(person).post("/api/v1/me/exports")
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:treum:problem:too_many_exports")
    assert 86_000 < int(answer["Retry-After"]) <= 86_400
    oldest = Export.objects.filter(user=person).earliest("requested_at")
    Export.objects.filter(pk=oldest.pk).update(requested_at=now() - timedelta(days=1))
    assert client_of(person).post("/api/v1/me/exports").status_code == 202


def test_nobody_asks_for_an_archive_of_someone_erased():
    person = a_person()
    erase_person(person.pk)
    with pytest.raises(UnknownPerson):
        request_export(person.pk)


def test_a_new_archive_replaces_the_one_before():
    person = a_person()
    first, second = _built(person), _built(person)
    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "ready")
    assert set(ExportChunk.objects.values_list("export_id", flat=True)) == {second.pk}


def test_building_twice_builds_once():
    export = _built(a_person())
    key = export.key
    build_export(export.pk)
    export.refresh_from_db()
    assert (export.attempts, export.key) == (1, key)


class _Told:
    """A context that can be told to fail, and to let somebody else in."""

    name = "told"

    def __init__(self, does):
        self.does = does

    def records(self, user_id):
        yield "before", [{"user": user_id}]
        self.does()


@pytest.fixture
def between(monkeypatch):
    """Have something done in the middle of an archive."""

    users, *others = personal_data.CONTEXTS

    def put(does):
        monkeypatch.setattr(personal_data, "CONTEXTS", (users, _Told(does), *others))

    return put


def test_progress_is_seen_part_by_part(between):
    seen = []
    export = request_export(a_person().pk)
    between(lambda: seen.append(Export.objects.get(pk=export.pk).parts_done))
    build_export(export.pk)
    assert seen == [1]
    export.refresh_from_db()
    assert export.parts_done == export.parts_total + 1  # the context that was put in between


def test_a_failure_passes_and_the_archive_is_begun_anew(between):
    export = request_export(a_person().pk)
    weather = [OperationalError("gone")]
    between(lambda: (_ for _ in ()).throw(weather.pop()) if weather else None)
    with pytest.raises(OperationalError):
        build_export(export.pk)
    build_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.attempts) == ("ready", 2)
    assert _archive(export).testzip() is None


def test_after_the_last_attempt_it_has_failed(between):
    export = request_export(a_person().pk)

    def fail():
        raise OperationalError("gone")

    between(fail)
    for _ in range(MOST_ATTEMPTS):
        assert Export.objects.get(pk=export.pk).status == "pending"
        with pytest.raises(OperationalError):
            build_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.key) == ("failed", None)
    assert not ExportChunk.objects.filter(export=export).exists()


def test_a_killed_maker_is_replaced_when_its_lease_is_over(between):
    export = request_export(a_person().pk)
    killed = [True]

    def die():
        if killed:
            killed.pop()
            raise SystemExit

    between(die)
    with pytest.raises(SystemExit):
        build_export(export.pk)
    build_export(export.pk)
    assert Export.objects.get(pk=export.pk).status == "pending", "the lease still held"
    OutboxMessage.objects.using("default").all().delete()
    assert resume_exports() == 0
    Export.objects.filter(pk=export.pk).update(leased_until=now())
    assert resume_exports() == 1
    assert OutboxMessage.objects.using("default").get().name == "users.build_export"
    build_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.attempts) == ("ready", 2)
    assert _archive(export).testzip() is None


def test_what_kills_every_maker_is_given_up():
    export = request_export(a_person().pk)
    Export.objects.filter(pk=export.pk).update(attempts=MOST_ATTEMPTS, leased_until=now())
    resume_exports()
    export.refresh_from_db()
    assert export.status == "failed"


def test_a_maker_who_was_given_up_keeps_nothing_more(between):
    export = request_export(a_person().pk)

    def overtake():
        between(lambda: None)
        Export.objects.filter(pk=export.pk).update(leased_until=now() - LEASE)
        build_export(export.pk)

    between(overtake)
    build_export(export.pk)
    export.refresh_from_db()
    assert (export.status, export.attempts) == ("ready", 2)
    assert len(b"".join(archive_of(export))) == export.size


def test_an_archive_is_nothing_without_its_key():
    export = _built(a_person())
    raw = b"".join(bytes(sealed) for sealed in ExportChunk.objects.values_list("sealed", flat=True))
    assert b"profile.jsonl" not in raw
    other = _built(a_person())
    with pytest.raises(Unreadable):
        list(archive_of(Export(pk=export.pk, key=other.key)))


def test_over_http_it_is_asked_for_watched_and_fetched():
    person = a_person()
    client = client_of(person)
    asked = client.post("/api/v1/me/exports")
    assert asked.status_code == 202
    path = f"/api/v1/me/exports/{asked.json()['id']}"
    early = client.get(f"{path}/archive")
    assert early.status_code == 409
    assert early.json()["type"] == "urn:treum:problem:export_not_ready"
    build_export(asked.json()["id"])
    shown = client.get(path).json()
    assert (shown["status"], shown["parts_done"]) == ("ready", shown["parts_total"])
    answer = client.get(f"{path}/archive", headers={"Accept": "application/zip"})
    content = b"".join(answer.streaming_content)
    assert (answer["Content-Type"], int(answer["Content-Length"])) == ("application/zip", len(content))
    assert person.email.encode() in zipfile.ZipFile(io.BytesIO(content)).read("users/profile.jsonl")
    assert [row["id"] for row in client.get("/api/v1/me/exports").json()["results"]] == [shown["id"]]


def test_others_find_nothing_and_nobody_finds_it_afterwards():
    person = a_person()
    export = _built(person)
    path = f"/api/v1/me/exports/{export.pk}/archive"
    stranger = client_of(a_person())
    assert stranger.get(path, headers={"Accept": "application/zip"}).status_code == 404
    assert stranger.get(path.removesuffix("/archive")).status_code == 404
    assert client_of(person).get(path).status_code == 200
    Export.objects.filter(pk=export.pk).update(expires_at=now())
    assert client_of(person).get(path).status_code == 404
    assert client_of(person).get(path.removesuffix("/archive")).json()["status"] == "expired"
    assert expire_exports() == 1
    assert not ExportChunk.objects.exists()
    assert expire_exports() == 0


def test_an_archive_is_kept_for_a_week():
    export = _built(a_person())
    assert export.expires_at - export.ready_at == timedelta(days=7)
    expire_exports()
    assert Export.objects.get(pk=export.pk).status == "ready"


def test_rows_of_many_pages_come_once_each_and_in_order():
    person = a_person()
    ids = sorted(uuid7() for _ in range(2 * ROWS_PER_PAGE + 1))
    Notification.objects.bulk_create(
        Notification(id=key, user_id=person.pk, kind="trade.executed", subject_id=key, data={}, batch_id=uuid7())
        for key in ids
    )
    lines = _lines(_archive(_built(person)), "notifications/notifications.jsonl")
    assert [line["id"] for line in lines] == [str(key) for key in ids]


def test_the_named_contexts_stand_in_the_settings():
    assert {context.name for context in personal_data.CONTEXTS} <= set(configured.TREUM_DATABASE_OF)
