"""An owner among strangers, shown by who waits for whom and not by a clock: every guess of theirs is held in the
middle of its hash, and whoever comes in meanwhile has waited for none of them.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from hub.access import passwords
from hub.access.passwords import Familiarity
from hub.access.sessions import Client
from hub.access.signing_in import SignedIn, SigningIn
from hub.access.turns import path_of
from hub.app import HubProcess
from tests.attacks.doors import BOTH
from tests.attacks.visitors import beside
from tests.hub.connected_screens import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("whole_budgets"), BOTH]

HOME = "198.51.100.7"


@pytest_asyncio.fixture(loop_scope="module")
async def signing_in(hub: HubProcess) -> SigningIn:
    return beside(hub)


@pytest_asyncio.fixture(loop_scope="module")
async def storm(signing_in: SigningIn, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """120 guesses of three names from 40 networks, none of which comes to an end before the test does."""
    go_on, is_right = threading.Event(), passwords.is_password

    def verify(password_hash: str, password: str) -> bool:
        if password == "a guess":
            go_on.wait(60)
        return is_right(password_hash, password)

    monkeypatch.setattr(passwords, "is_password", verify)
    tasks = [
        asyncio.create_task(
            signing_in.sign_in(("ada", "ben", "nobody")[n % 3], "a guess", _client(f"10.{n % 40}.0.{n}"))
        )
        for n in range(120)
    ]
    async with asyncio.timeout(60):
        while not signing_in._hashing._seats[Familiarity.STRANGER]._waiting:
            await asyncio.sleep(0.01)
    yield
    assert signing_in._hashing._seats[Familiarity.STRANGER]._is_taken  # none has come through meanwhile
    go_on.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="module")
async def at_home(signing_in: SigningIn) -> SignedIn:
    """Ada has signed in at home, before the storm."""
    signed_in = await signing_in.sign_in("ada", PASSWORD, _client(HOME))
    assert signed_in is not None
    return signed_in


def _client(address: str, **more: Any) -> Client:
    return Client(address=address, share=address, browser="a browser", **more)


async def test_a_known_device_waits_behind_no_guess_wherever_it_is(
    signing_in: SigningIn, at_home: SignedIn, storm: None
) -> None:
    name, value = at_home.device
    for address in ("192.0.2.1", "10.1.7.1"):  # also from a network that the storm comes from
        again = await signing_in.sign_in("ada", PASSWORD, _client(address, cookies=f"{name}={value}"))
        assert again is not None


async def test_a_device_that_nobody_knows_waits_behind_no_guess_from_elsewhere_where_its_owner_has_been(
    signing_in: SigningIn, at_home: SignedIn, storm: None
) -> None:
    assert await signing_in.sign_in("ada", PASSWORD, _client("198.51.100.200")) is not None


async def test_where_one_person_has_been_another_is_a_stranger(signing_in: SigningIn, at_home: SignedIn) -> None:
    assert await signing_in._find_familiarity("ada", path_of("198.51.100.9")) == Familiarity.NEAR
    assert await signing_in._find_familiarity("ada", path_of("198.51.101.9")) == Familiarity.STRANGER
    assert await signing_in._find_familiarity("gil", path_of("198.51.100.9")) == Familiarity.STRANGER
    assert await signing_in._find_familiarity("", path_of("198.51.100.9")) == Familiarity.STRANGER
