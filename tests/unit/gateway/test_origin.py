"""Where a request comes from is what our own proxies say, never what the sender says."""

import pytest
from django.test import RequestFactory

from apps.kernel.gateway.origin import Origin, bind, current, origin_of


def seen(forwarded, *, proxies, peer="10.0.0.9"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    return origin_of(request, trusted_proxies=proxies).address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        pytest.param(0, "1.1.1.1", "10.0.0.9", id="without proxies the header is not believed"),
        pytest.param(1, "203.0.113.7", "203.0.113.7", id="one proxy, an honest sender"),
        pytest.param(1, "1.1.1.1, 203.0.113.7", "203.0.113.7", id="one proxy, a sender who made an entry up"),
        pytest.param(2, "1.1.1.1, 203.0.113.7, 10.0.0.8", "203.0.113.7", id="two proxies, an entry made up"),
        pytest.param(2, "203.0.113.7", "10.0.0.9", id="too few entries: a proxy was passed by"),
        pytest.param(1, None, "10.0.0.9", id="no header: the proxy itself asks"),
        pytest.param(1, "203.0.113.7, nonsense", "10.0.0.9", id="the entry is no address"),
        pytest.param(1, " 2001:DB8::1 ", "2001:db8::1", id="IPv6 in its usual spelling"),
        pytest.param(1, "::ffff:203.0.113.7", "203.0.113.7", id="IPv4 in IPv6's clothes"),
    ],
)
def test_the_client_is_the_entry_that_our_outermost_proxy_added(proxies, forwarded, address):
    assert seen(forwarded, proxies=proxies) == address


def test_a_peer_without_an_address_has_none():
    assert seen(None, proxies=0, peer="") == ""


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_an_ipv6_network_counts_as_one_client(address, neighbourhood):
    assert Origin(address=address).neighbourhood == neighbourhood


def test_a_long_name_is_cut():
    request = RequestFactory().get("/", headers={"User-Agent": "x" * 5000})
    assert len(origin_of(request, trusted_proxies=0).user_agent) == 256


def test_an_origin_ends_with_its_request():
    with bind(Origin(address="203.0.113.7")):
        assert current().address == "203.0.113.7"
    assert current() == Origin()
