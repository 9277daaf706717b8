"""A request that comes again has one effect and one answer, whoever dies in between."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import IntegrityError, connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.response import Response

from apps.kernel import retention
from apps.kernel.clock import now
from apps.kernel.errors import Refused
from apps.kernel.gateway.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from apps.kernel.idempotency.answers import AnswerNotKeepable, EffectLost
from apps.kernel.idempotency.models import KEPT_FOR, KeptAnswer
from apps.kernel.ids import uuid7
from apps.kernel.outbox.models import OutboxMessage
from tests.support.repeats import EFFECT, TRADING, ask_once, effective
from treum_project.env import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("messaging")]


@pytest.fixture
def caller():
    yield (name := f"user:{uuid7()}")
    KeptAnswer.objects.using(TRADING).filter(principal=name).delete()


@pytest.fixture
def key():
    return str(uuid7())


def effects():
    return OutboxMessage.objects.using(TRADING).filter(name=EFFECT).count()


def kept(caller):
    return KeptAnswer.objects.using(TRADING).filter(principal=caller).count()


def test_a_repetition_gets_the_same_answer_and_has_no_effect(caller, key):
    first, second = ask_once(caller, key), ask_once(caller, key)
    assert effects() == 1
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Content-Type"] == "application/json"
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert "X-Other" not in second.headers


def test_another_body_or_address_under_the_same_key_is_refused(caller, key):
    ask_once(caller, key, body='{"amount": "1"}')
    for other in ({"body": '{"amount": "2"}'}, {"body": '{"amount": "1"}', "address": "/api/v1/effects/2"}):
        with pytest.raises(IdempotencyKeyReused):
            ask_once(caller, key, **other)
    assert effects() == 1


def test_callers_and_routes_do_not_share_keys(caller, key):
    answers = [
        ask_once(caller, key),
        ask_once(f"{caller}x", key),
        ask_once(caller, key, route="other"),
        ask_once(caller, f"{key}x"),
    ]
    KeptAnswer.objects.using(TRADING).filter(principal=f"{caller}x").delete()
    assert len({answer.content for answer in answers}) == effects() == 4


def test_a_hundred_at_once_have_one_effect(caller, key):
    start = threading.Barrier(20)

    def ask(number):
        if number < 20:
            start.wait()
        try:
            return ask_once(caller, key).content
        except IdempotencyKeyInFlight:
            return HTTPStatus.CONFLICT
        finally:
            connections[TRADING].close()

    with ThreadPoolExecutor(20) as threads:
        outcomes = Counter(threads.map(ask, range(100)))
    assert effects() == 1
    assert len(outcomes.keys() - {HTTPStatus.CONFLICT}) == 1


def test_a_second_request_while_the_first_is_worked_on_is_told_so(caller, key):
    working, go_on = threading.Event(), threading.Event()

    def slow(request):
        working.set()
        assert go_on.wait(10)
        return effective(request)

    def first():
        try:
            return ask_once(caller, key, view=slow)
        finally:
            connections[TRADING].close()

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(first)
        assert working.wait(10)
        with pytest.raises(IdempotencyKeyInFlight):
            ask_once(caller, key)
        go_on.set()
        first_content = answer.result(10).content
        assert ask_once(caller, key).content == first_content
    assert effects() == 1


@pytest.mark.parametrize(("point", "left"), [("before_commit", 0), ("after_commit", 1)])
def test_a_process_killed_between_effect_and_answer_does_no_harm(caller, key, point, left):
    died = subprocess.run(
        [sys.executable, "-m", "tests.support.repeats", caller, key, point],
        env={**os.environ, "TRADING_DATABASE_URL": _url_of(TRADING)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (effects(), kept(caller)) == (left, left)
    answer = ask_once(caller, key)
    assert answer.headers.get("Idempotent-Replayed") == ("true" if left else None)
    assert effects() == 1
    assert ask_once(caller, key).content == answer.content


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_undone_and_not_kept(caller, key, status):
    def failing(request):
        effective(request)
        return HttpResponse(status=status)

    assert ask_once(caller, key, view=failing).status_code == status
    assert (effects(), kept(caller)) == (0, 0)
    assert ask_once(caller, key).status_code == 201


def test_an_exception_undoes_everything(caller, key):
    def broken(request):
        effective(request)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_once(caller, key, view=broken)
    assert (effects(), kept(caller)) == (0, 0)


class NotToday(Refused):
    """Not today."""


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
def refusing(request):
    with transaction.atomic(using=TRADING):
        effective(request)
        raise NotToday()


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
def telling(request):
    effective(request)
    return Response({"got": request.data}, status=202)


def test_a_refusal_is_kept_without_its_effect(caller, key):
    first = ask_once(caller, key, view=refusing)
    second = ask_once(caller, key)
    assert first.status_code == second.status_code == 422
    assert json.loads(second.content) == json.loads(first.content)
    assert second.headers["Content-Type"] == "application/problem+json"
    assert (effects(), kept(caller)) == (0, 1)


def test_an_answer_of_the_framework_is_rendered_and_kept(caller, key):
    first = ask_once(caller, key, view=telling, body='{"a": "ä"}')
    second = ask_once(caller, key, view=telling, body='{"a": "ä"}')
    assert json.loads(second.content) == json.loads(first.content) == {"got": {"a": "ä"}}
    assert effects() == 1


def test_an_answer_is_kept_byte_by_byte_and_sealed(caller, key):
    body = b"secret \xff\x00\xfe"
    for _ in range(2):
        assert ask_once(caller, key, view=lambda _: HttpResponse(body)).content == body
    with connections[TRADING].cursor() as cursor:
        cursor.execute("SELECT kept::text FROM idempotency_kept_answer AS kept WHERE principal = %s", [caller])
        assert "secret" not in cursor.fetchone()[0]


def test_a_stream_is_refused_and_undone(caller, key):
    def streaming(request):
        effective(request)
        return StreamingHttpResponse([b"a"])

    with pytest.raises(AnswerNotKeepable):
        ask_once(caller, key, view=streaming)
    assert (effects(), kept(caller)) == (0, 0)


def test_a_commit_that_fails_keeps_nothing_and_says_so(caller, key):
    with connections[TRADING].cursor() as cursor:
        cursor.execute("CREATE TABLE probe (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")

    def doubling(request):
        with connections[TRADING].cursor() as cursor:
            cursor.execute("INSERT INTO probe VALUES (1), (1)")
        return effective(request)

    try:
        with pytest.raises(IntegrityError):
            ask_once(caller, key, view=doubling)
    finally:
        with connections[TRADING].cursor() as cursor:
            cursor.execute("DROP TABLE probe")
    assert (effects(), kept(caller)) == (0, 0)


def _answering_after_a_lost_effect(status):
    def view(request):
        effective(request)
        try:
            with transaction.atomic(using=TRADING, savepoint=False):
                raise NotToday()
        except NotToday:
            return HttpResponse(status=status)

    return view


def test_an_answer_that_promises_a_lost_effect_is_not_given(caller, key):
    with pytest.raises(EffectLost):
        ask_once(caller, key, view=_answering_after_a_lost_effect(201))
    assert (effects(), kept(caller)) == (0, 0)


def test_a_refusal_that_undid_the_whole_transaction_is_given_and_not_kept(caller, key):
    assert ask_once(caller, key, view=_answering_after_a_lost_effect(422)).status_code == 422
    assert (effects(), kept(caller)) == (0, 0)


def test_what_waits_for_the_commit_happens_after_it_and_once(caller, key):
    told = []

    def telling(request):
        transaction.on_commit(lambda: told.append(effects()), using=TRADING)
        return effective(request)

    for _ in range(2):
        ask_once(caller, key, view=telling)
    assert told == [1]


def test_answers_are_kept_for_a_day(caller):
    for number, age in enumerate((KEPT_FOR - timedelta(minutes=5), KEPT_FOR + timedelta(minutes=5))):
        ask_once(caller, str(number))
        KeptAnswer.objects.using(TRADING).filter(principal=caller, key=number).update(created_at=now() - age)
    assert retention.prune(using=TRADING, days=7) == 1
    assert ask_once(caller, "0").headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in ask_once(caller, "1").headers


def _url_of(alias):
    at = connections[alias].settings_dict
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
