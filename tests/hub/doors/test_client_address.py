"""Who stands behind a proxy, and that nobody can say so of themselves."""

from types import SimpleNamespace
from typing import Any

import pytest
from multidict import CIMultiDict

from hub.doors.client_address import ClientAddresses

PROXIES = ClientAddresses(["127.0.0.0/8", "::1/128", "10.0.0.0/8"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.7"], "203.0.113.5"),  # no proxy of ours: not believed
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.2.3.4, 198.51.100.7"], "198.51.100.7"),  # the first was claimed by the client itself
        ("127.0.0.1", ["1.2.3.4", "198.51.100.7, 10.1.1.1"], "198.51.100.7"),  # two proxies of ours, two headers
        ("127.0.0.1", ["10.1.1.1"], "10.1.1.1"),
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["1.2.3.4, nonsense, 10.1.1.1"], "10.1.1.1"),
        ("127.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("::1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("::ffff:127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("fe80::1%eth0", [], "fe80::1"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_the_client_is_the_first_who_is_no_proxy_of_ours(peer: str, forwarded: list[str], client: str) -> None:
    assert PROXIES.find_behind(peer, forwarded) == client


@pytest.mark.parametrize(
    ("peer", "forwarded", "share"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("127.0.0.1", ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64"),
        ("127.0.0.1", [], None),  # this machine, or a proxy that names nobody: everyone would share one cap
    ],
)
def test_caps_are_shared_by_a_network_of_one_customer(peer: str, forwarded: list[str], share: str | None) -> None:
    request: Any = SimpleNamespace(remote=peer, headers=CIMultiDict([("X-Forwarded-For", one) for one in forwarded]))
    assert PROXIES.find_share(request) == share
