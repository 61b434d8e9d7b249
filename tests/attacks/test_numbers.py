"""Numbers that cost any sum, that call for help, or that are no numbers: nothing leaves to them on any path."""

from collections.abc import AsyncIterator

import pytest

from channels.channel import IdentityLevel
from hub.open_work.recent_counts import LastHour
from hub.sending.may_call import CallCounts, Callee, PlannedCall, may_call
from hub.sending.may_send import SendRules
from hub.sending.spending import Limits
from hub.sending.telephone_numbers import find_ban, normal_number
from hub.storage import tables
from tests.channel_names import PHONE, SMS
from tests.hub.house import House
from tests.hub.notices import call, text
from tests.hub.sending.test_agent_phones import give_phone

EVERYWHERE = Limits(ours=frozenset({"+46850005000"}))  # no country is kept out: the kind of number alone decides
PREMIUM = ["+46939123456", "+469001234567", "+19005551234", "+33892123456", "+358600123456"]
SPECIAL = ["+447012345678", "+46771234567", "+15005550006"]  # personal numbers, UAN: charged as their owner likes
EMERGENCY = ["+46112", "+1911", "+44999", "+86110", "+86120"]
NONE = ["112", "911", "116117", "72555", "0900123456", "+99912345678", "", "+", "NORDPOST"]
SCHEMES = [f"{scheme}{number}" for scheme in ("whatsapp:", "client:", "sip:", "tel:", "messenger:") for number in
           ("+46701740301", "+46939123456")] + ["sip:+46701740301@evil.example", "client:ada"]  # fmt: skip
OURS = ["+46850005000", "+46 8 500 050 00"]
BAD = [*PREMIUM, *SPECIAL, *EMERGENCY, *NONE, *SCHEMES]


@pytest.mark.parametrize("number", BAD)
def test_the_gate_knows_them(number: str) -> None:
    assert find_ban(number) is not None


@pytest.mark.parametrize("number", ["+46701740301", "+46 70 174 03 01", "+18005551234", "+8613800138000"])
def test_the_gate_knows_ordinary_ones(number: str) -> None:
    assert find_ban(number) is None


@pytest.mark.parametrize("address", SCHEMES)
def test_an_address_of_another_kind_is_nobodys_telephone(address: str) -> None:
    """Or whoever writes from whatsapp:+46... is taken for the customer with that number."""
    assert normal_number(address) == address


@pytest.fixture
async def house_open_to_every_country(house: House) -> AsyncIterator[House]:
    house.dispatcher._rules = SendRules(limits={SMS: EVERYWHERE, PHONE: EVERYWHERE}, has_softphones=False)
    yield house


@pytest.mark.parametrize("number", [*PREMIUM, *SPECIAL, *EMERGENCY, *NONE[:5], *SCHEMES[:4], *OURS])
async def test_no_text_leaves_to_them(house_open_to_every_country: House, number: str) -> None:
    """A text may claim to come from any of them, and an agent answer it in good faith."""
    house = house_open_to_every_country
    await house.seat("ada")
    await house.take(text("Ring mig", number))
    held = await house.accept("ada")
    answer = await house.about("ada", held["id"], "send_message", text="Hej")
    assert answer.code in ("no_number", "costly_number", "emergency_number", "own_number", "no_address")
    assert await house.requests("TextOut") == []


@pytest.mark.parametrize("number", [*BAD, *OURS])
@pytest.mark.parametrize("callee", [Callee.CUSTOMER, Callee.THIRD_PARTY])
def test_no_one_outside_is_called_there(number: str, callee: Callee) -> None:
    rules = SendRules(limits={PHONE: EVERYWHERE})
    call = PlannedCall(callee, PHONE, number, "sam")
    assert may_call(rules, call, {}, CallCounts(LastHour()), 0, 0) is not None


@pytest.mark.parametrize("number", [*PREMIUM[:2], *EMERGENCY[:2], *SCHEMES[:3], "sip:ada@evil.example", OURS[0]])
async def test_no_agent_is_called_there(house_open_to_every_country: House, number: str) -> None:
    house = house_open_to_every_country
    for agent in ("ada", "ben", "cleo", "emre", "fay", "dot"):
        await give_phone(house, agent, number)
    ada = await house.seat("ada")
    await house.take(call("CA1"))
    assert ada.offers == []
    assert await house.requests("CallAgent") == await house.requests("ConnectAgent") == []


async def test_what_claims_to_be_a_customer_by_another_kind_of_address_is_not_taken_for_them(house: House) -> None:
    sam = await house.rows(tables.address, tables.address.c.address == "+46701740301")
    await house.take(call("CA1", "sip:+46701740301@evil.example"), call("CA2", "client:+46701740301"))
    callers = {row["customer_id"] for row in await house.interactions(channel="phone")}
    assert len(callers) == 2
    assert not callers & {row["customer_id"] for row in sam}
    assert all(row["identity_level"] == IdentityLevel.CLAIMED for row in await house.interactions(channel="phone"))
