"""An agent's own number: chosen at the desk or on the command line, checked, kept, and known to the router."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
import tomli_w
from sqlalchemy import select

from hub.administration.number_checks import (
    HOUR,
    LASTS,
    MOST_PER_HOUR,
    MOST_TRIES,
    CheckRefused,
    begin_check,
    finish_check,
)
from hub.administration.phone_commands import check_phone, set_phone
from hub.administration.staff_commands import StaffUnchanged
from hub.administration.staff_phones import NumberRefused, check_number
from hub.app import HubProcess
from hub.policies.in_force import PolicyBook
from hub.reports.wallboard_figures import read_board
from hub.sending.may_send import SendRules
from hub.sending.spending import Limits
from hub.settings.config import load
from hub.storage import tables
from tests.channel_names import PHONE
from tests.flows.house import name_secrets, repository_settings
from tests.flows.process_starter import HUB, ProcessStarter
from tests.hub.connected_screens import ScreenConnection, sign_in
from tests.hub.house import House
from tests.hub.sending.test_agent_phones import ADAS, go_live
from tests.seeded import copy_database

in_one_hub = pytest.mark.asyncio(loop_scope="module")
SWEDISH = SendRules(limits={PHONE: Limits(countries=frozenset({"SE"}), ours=frozenset({"+46850005000"}))})


@pytest.mark.parametrize(("text", "number"), [(" +46 70-174 90 01 ", ADAS), (ADAS, ADAS), ("", "")])
def test_a_number_is_kept_in_e164(text: str, number: str) -> None:
    assert check_number(SWEDISH, text) == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("+4791234567", "region_not_allowed"),
        ("+46939123456", "costly_number"),
        ("+46112", "emergency_number"),
        ("112", "no_number"),
        ("0701749001", "no_number"),
        ("client:ada", "no_number"),
        ("sip:ada@nordpost.example", "no_number"),
        ("whatsapp:+46701749001", "no_number"),
        ("+46850005000", "own_number"),
        ("+46701749001\x00", "no_number"),
    ],
)
def test_what_may_not_be_called_is_no_number_of_an_agent(text: str, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        check_number(SWEDISH, text)
    assert refused.value.refusal == code


class Phone:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def ask(self, name: str, number: Any = None) -> tuple[int, Any]:
        return await self._ask(name, "/api/me/phone", None if number is None else {"number": number})

    async def type(self, name: str, code: Any) -> tuple[int, Any]:
        """Type the code that was said."""
        return await self._ask(name, "/api/me/phone/code", {"code": code})

    async def listen(self, number: str) -> str:
        """Answer the telephone that rings; the code that it says."""
        base = f"{self._url}/sandbox/api/customers/{number.removeprefix('+')}"
        async with self._session.post(f"{base}/call/answer", json={}) as answer:
            assert answer.status == 200, await answer.text()
        async with asyncio.timeout(60):
            while True:
                async with self._session.get(base) as answer:
                    said = [
                        one["text"] for one in (await answer.json())["call"]["transcript"] if one["kind"] == "say"
                    ]
                if said:
                    break
        async with self._session.post(f"{base}/call/hangup", json={}):
            return "".join(character for character in said[-1] if character.isdigit())

    async def _ask(self, name: str, path: str, body: Any) -> tuple[int, Any]:
        headers = {"Cookie": await sign_in(self._url, name)}
        method = "GET" if body is None else "POST"
        async with self._session.request(method, f"{self._url}{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture(loop_scope="module")
async def phone(hub: HubProcess) -> AsyncIterator[Phone]:
    async with aiohttp.ClientSession() as session:
        yield Phone(session, hub.url)


@in_one_hub
async def test_a_number_is_an_agents_once_they_typed_the_code_that_was_said_there(
    hub: HubProcess, phone: Phone
) -> None:
    _, before = await phone.ask("ada")
    assert before == {"number": "", "checking": "", "has_softphone": True, "countries": ["DK", "FI", "NO", "SE"]}
    _, called = await phone.ask("ada", "+46 70 174 90 01")
    assert (called["number"], called["checking"]) == ("", ADAS), "no call reaches a number that nobody has answered"
    code = await phone.listen(ADAS)
    assert len(code) == 6
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert await phone.type("ada", wrong) == (400, {"code": "code_wrong", "field": "code"})
    assert await phone.type("ben", code) == (400, {"code": "code_over", "field": "code"}), "it is nobody else's"
    assert (await phone.type("ada", code))[1]["number"] == ADAS
    assert await phone.type("ada", code) == (400, {"code": "code_over", "field": "code"}), "once"
    assert (await phone.ask("ada"))[1]["number"] == ADAS
    assert (await phone.ask("ada", ADAS))[1] == {**before, "number": ADAS}, "the same number needs no second call"
    assert (await phone.ask("ada", ""))[1]["number"] == ""
    async with hub.db.read() as conn:
        a = tables.audit
        rows = (await conn.execute(select(a).where(a.c.action == "staff.phone").order_by(a.c.id))).mappings().all()
    told = [(row["staff_id"], row["subject"], orjson.loads(row["detail"])["number"]) for row in rows]
    assert told == [("ada", "ada", ADAS), ("ada", "ada", ADAS), ("ada", "ada", "")]


async def test_a_code_is_good_for_ten_minutes_and_five_tries(house: House) -> None:
    now = house.clock.now()
    code = await begin_check(house.db, "ada", ADAS, now)
    with pytest.raises(CheckRefused, match="code_over"):
        await finish_check(house.db, "ada", code, now + LASTS)
    for _ in range(MOST_TRIES):
        with pytest.raises(CheckRefused, match="code_wrong"):
            await finish_check(house.db, "ada", "not it", now)
    with pytest.raises(CheckRefused, match="code_over"):
        await finish_check(house.db, "ada", code, now)
    again = await begin_check(house.db, "ada", ADAS, now)
    assert await finish_check(house.db, "ada", again, now) == ADAS
    house.inbox.stored += 1
    await house.until_handled()


async def test_an_agent_has_only_a_few_calls_an_hour_made(house: House) -> None:
    now = house.clock.now()
    for _ in range(MOST_PER_HOUR):
        await begin_check(house.db, "ada", ADAS, now)
    with pytest.raises(CheckRefused, match="checks_capped"):
        await begin_check(house.db, "ada", ADAS, now + HOUR - 1)
    await begin_check(house.db, "ben", ADAS, now)
    await begin_check(house.db, "ada", ADAS, now + HOUR)
    for nobody in ("ines", "who"):
        with pytest.raises(CheckRefused, match="not_found"):
            await begin_check(house.db, nobody, ADAS, now)
        with pytest.raises(CheckRefused, match="not_found"):
            await finish_check(house.db, nobody, "1", now)


@in_one_hub
async def test_a_call_that_cannot_be_made_is_said(hub: HubProcess, phone: Phone) -> None:
    headers = {"where": "rest", "kind": "500", "count": 1}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{hub.url}/sandbox/api/faults", json=headers) as answer,
    ):
        assert answer.status in (200, 201), await answer.text()
    assert await phone.ask("cleo", ADAS) == (502, {"code": "no_call", "field": "number"})
    assert (await phone.ask("cleo"))[1]["number"] == ""


@in_one_hub
async def test_what_may_not_be_called_is_refused_at_the_desk(phone: Phone) -> None:
    assert await phone.ask("ada", "+46939123456") == (400, {"code": "costly_number", "field": "number"})
    assert await phone.ask("ada", "+" + "1" * 50) == (400, {"code": "invalid", "field": "number"})
    assert await phone.ask("ada", 46) == (400, {"code": "invalid", "field": "number"})
    assert (await phone.ask("ines", ADAS))[0] == 403, "who is no agent has none"


@in_one_hub
async def test_the_desk_hears_of_it(hub: HubProcess, phone: Phone) -> None:
    desk = await ScreenConnection.open(hub.url, await sign_in(hub.url, "cleo"), "/desk")
    snapshot = (await desk.ask("resume", {"number": None}))["snapshot"]
    assert snapshot["agent"]["has_phone"] is True
    await desk.close()


async def test_the_wallboard_says_where_nobody_can_answer(house: House) -> None:
    async def unanswered() -> list[str]:
        async with house.db.read() as conn:
            book: PolicyBook = house.state.book
            return list((await read_board(conn, book, house.clock.now())).unanswered)

    assert await unanswered() == []
    await go_live(house)
    assert await unanswered() == ["service", "cards", "deposits"]
    await go_live(house, ben=ADAS)
    assert await unanswered() == ["deposits"]


# ---- the command line


@pytest.fixture
def hub_command(process_starter: ProcessStarter, tmp_path: Path) -> Callable[..., str]:
    """What a command of the hub says that does what it is told."""
    numbers = count(1)

    def run(*arguments: str) -> str:
        output = tmp_path / f"said-{next(numbers)}"
        environ = {"HUB_PORT": "", "HUB_MAIL_PORT": "", "HUB_DATA": ""}
        pid = process_starter.start(HUB, *arguments, output=output, environ=environ)
        code, said = process_starter.wait(pid, 60), output.read_text(encoding="utf-8")
        assert code == 0, said
        return said

    return run


@pytest.fixture
def live_file(tmp_path: Path, seeded_file: Path) -> Path:
    """The settings of somebody who has gone live, with the demo's people in the database."""
    settings = repository_settings()
    for name in ("phone", "sms"):
        del settings["channels"][name]["api_base_url"]
    for name in ("api_key_sid", "api_key_secret", "echo_application_sid"):
        del settings["channels"]["phone"][name]
    settings["channels"]["email"]["smtp_host"] = "mail.nordpost.example"
    settings["server"]["public_url"] = "https://hub.nordpost.example"
    settings["security"]["cookie_secure"] = True
    settings["sandbox"]["enabled"] = False
    del settings["demo"]
    name_secrets(settings, "token")
    (tmp_path / "token").write_text("a secret of the tests")
    (tmp_path / ".data").mkdir()
    copy_database(seeded_file, tmp_path / ".data" / "hub.db")
    file = tmp_path / "config.toml"
    file.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return file


def test_an_administrator_gives_numbers_on_the_command_line_and_check_config_says_who_cannot_answer(
    live_file: Path, hub_command: Callable[..., str]
) -> None:
    at = ("--config", str(live_file))
    checked = hub_command("check-config", *at)
    assert "phone: nobody can answer calls in service, cards, deposits" in checked
    assert "staff-phone" in checked
    assert checked.endswith("config.toml can be used; 1 thing to look at.\n")
    assert hub_command("staff-phone", "emre", ADAS, *at) == f"Calls reach emre at {ADAS}.\n"
    hub_command("add-staff", "gil", "Gil", "agent", "--queue", "cards", "--phone", "+46 70 174 90 02", *at)
    assert "nobody can answer" not in hub_command("check-config", *at)


async def test_what_the_command_line_cannot_do_it_says(live_file: Path) -> None:
    settings = load(live_file, {})
    assert await set_phone(settings, "emre", "") == "emre has no number."
    with pytest.raises(StaffUnchanged, match="There is no agent nobody"):
        await set_phone(settings, "nobody", ADAS)
    for number, why in (("+4612345", "not a telephone number"), ("+14158675310", "allows only SE, NO, DK, FI")):
        with pytest.raises(SystemExit, match=why):
            check_phone(settings, number)


def test_check_config_without_a_database_says_that_it_did_not_look(
    live_file: Path, hub_command: Callable[..., str]
) -> None:
    (live_file.parent / ".data" / "hub.db").unlink()
    assert "nobody can answer" not in hub_command("check-config", "--config", str(live_file))
    assert not (live_file.parent / ".data" / "hub.db").exists()
