"""Reading what you were told: yours alone, page by page."""

import pytest

from apps.kernel.ids import uuid7
from apps.notifications.handlers import tell_of_cancellation, tell_traders
from apps.notifications.models import Notification
from tests.support.people import a_person, client_of
from tests.support.trades import a_cancellation, a_fill, sealed

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "notifications"])]

ADDRESS = "/api/v1/notifications"


@pytest.fixture
def person():
    return a_person()


@pytest.fixture
def mine(person):
    tell_traders(sealed(*(a_fill(person.pk) for _ in range(5))))
    return list(Notification.objects.filter(user_id=person.pk).order_by("-id"))


@pytest.fixture
def foreign():
    tell_traders(sealed(a_fill(uuid7())))
    return Notification.objects.latest("id")


def test_pages_are_followed_to_the_end_and_hold_each_row_once(person, mine, foreign):
    client, address, seen = client_of(person), f"{ADDRESS}?page_size=2", []
    while address:
        page = client.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == [str(row.pk) for row in mine]


def test_a_row_added_meanwhile_moves_no_page(person, mine):
    client = client_of(person)
    page = client.get(f"{ADDRESS}?page_size=2").json()
    tell_traders(sealed(a_fill(person.pk)))
    after = client.get(page["next"]).json()
    assert [row["id"] for row in after["results"]] == [str(row.pk) for row in mine[2:4]]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("cursor=nonsense", id="no base64"),
        pytest.param("cursor=cD1ub25zZW5zZQ==", id="a position that is no id"),
        pytest.param("cursor=bz0xMDAwMDAwMDAw", id="an offset of a billion"),
        pytest.param("page_size=0", id="an empty page"),
        pytest.param("page_size=-1", id="a negative page"),
        pytest.param("page_size=many", id="no number"),
        pytest.param("kind=nonsense", id="an unknown kind"),
        pytest.param("created_after=yesterday", id="no moment"),
    ],
)
def test_bad_queries_are_invalid_and_never_an_error_of_ours(person, mine, query):
    reply = client_of(person).get(f"{ADDRESS}?{query}")
    assert reply.status_code in (200, 400)
    if reply.status_code == 400:
        assert reply.json()["errors"]


def test_a_page_is_never_larger_than_the_cap(person, monkeypatch):
    tell_traders(sealed(*(a_fill(person.pk) for _ in range(210))))
    assert len(client_of(person).get(f"{ADDRESS}?page_size=100000").json()["results"]) == 200


def test_filters_narrow_down(person, mine):
    client = client_of(person)
    tell_of_cancellation(sealed(a_cancellation(person.pk)))
    assert len(client.get(f"{ADDRESS}?kind=trade.cancelled").json()["results"]) == 1
    client.post(f"{ADDRESS}/{mine[0].pk}/read")
    assert len(client.get(f"{ADDRESS}?unread=true").json()["results"]) == 5
    assert [row["id"] for row in client.get(f"{ADDRESS}?unread=false").json()["results"]] == [str(mine[0].pk)]
    boundary = mine[2].created_at.isoformat().replace("+00:00", "Z")
    assert len(client.get(f"{ADDRESS}?created_before={boundary}").json()["results"]) == 2


def test_what_others_were_told_does_not_exist(person, foreign):
    client = client_of(person)
    assert client.get(f"{ADDRESS}/{foreign.pk}").status_code == 404
    assert client.post(f"{ADDRESS}/{foreign.pk}/read").status_code == 404
    assert client.post(f"{ADDRESS}/read", {"ids": [str(foreign.pk)]}).json() == {"marked": 0}
    client.post(f"{ADDRESS}/read-all")
    foreign.refresh_from_db()
    assert foreign.read_at is None


@pytest.mark.parametrize("address", ["not-a-uuid", "1", "%00"])
def test_an_id_that_is_none_is_not_found(person, address):
    assert client_of(person).get(f"{ADDRESS}/{address}").status_code == 404


def test_one_many_and_all_can_be_marked_read(person, mine):
    client = client_of(person)
    assert client.get(f"{ADDRESS}/unread-count").json() == {"unread": 5}
    assert client.post(f"{ADDRESS}/{mine[0].pk}/read").json()["read_at"].endswith("Z")
    assert client.post(f"{ADDRESS}/read", {"ids": [str(row.pk) for row in mine[:3]]}).json() == {"marked": 2}
    assert client.get(f"{ADDRESS}/unread-count").json() == {"unread": 2}
    assert client.post(f"{ADDRESS}/read-all").json() == {"marked": 2}
    assert client.get(f"{ADDRESS}/unread-count").json() == {"unread": 0}


def test_reading_twice_keeps_the_first_moment(person, mine):
    client = client_of(person)
    first = client.post(f"{ADDRESS}/{mine[0].pk}/read").json()["read_at"]
    assert client.post(f"{ADDRESS}/{mine[0].pk}/read").json()["read_at"] == first


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [], "all": True}, [], "x"])
def test_a_malformed_list_of_ids_is_invalid(person, body):
    assert client_of(person).post(f"{ADDRESS}/read", body).status_code == 400


@pytest.mark.parametrize("word", ["yes", "1", "TRUE", "-1.3e308", "null"])
def test_a_word_that_is_neither_true_nor_false_is_refused(word):
    reply = client_of(a_person()).get("/api/v1/notifications", {"unread": word})
    assert reply.status_code == 400
    assert reply.json()["errors"] == [{"field": "unread", "code": "invalid", "message": "Give true or false."}]
