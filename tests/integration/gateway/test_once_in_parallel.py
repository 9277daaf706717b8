"""However many send the same request at the same moment, it has one effect and one answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from apps.kernel.ids import uuid7
from apps.notifications.models import Notification
from tests.support.people import a_person, an_address, tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "notifications"])]


def test_a_hundred_parallel_posts_to_the_api_have_one_effect():
    person, key = a_person(), {"Idempotency-Key": str(uuid7())}
    same = {"user_id": person.pk, "kind": "trade.executed", "batch_id": uuid7(), "data": {}}
    Notification.objects.bulk_create([Notification(subject_id=uuid7(), **same) for _ in range(5)])
    token = tokens_of(person).access

    def post(_):
        try:
            client = Client(REMOTE_ADDR=an_address(), headers={"Authorization": f"Bearer {token}", **key})
            answer = client.post("/api/v1/notifications/read-all")
            return answer.status_code, answer.json().get("marked")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        outcomes = Counter(threads.map(post, range(100)))
    assert outcomes.keys() <= {(200, 5), (409, None)}
    assert outcomes[200, 5] > 0
