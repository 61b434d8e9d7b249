"""A channel in four touches: its adapter (`telegram.py`), this test, one line in the registry, one block in
config.toml. Without any other change it passes the contract, is routed, is answered at a desk, and is simulated.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.channel import ChannelError, MessageReceived, TextOut
from channels.registry import REGISTRY
from channels.traits import SecretText
from hub.app import HubProcess
from hub.policies import stored_versions
from hub.settings.config import Config, parse
from hub.simulation.planning import build_scenario
from hub.simulation.scenario_file import read_policy, read_scenario
from hub.toml_files.problems import ConfigErrors
from routing.simulator import Simulation
from tests.channels.contract import ChannelContract, MemoryHub, serve
from tests.flows.desk import Desk
from tests.hub.conftest import ROOT, start
from tests.hub.connected_screens import PASSWORD
from tests.hub.telegram.telegram import INBOUND, TELEGRAM, TelegramChannel, TelegramSettings, parse_update
from tests.imports import ROOMS, sources
from tests.seeded import copy_database

BLOCK = """
[channels.telegram]
bot_token = { generated = "telegram_token" }
webhook_secret = { generated = "telegram_webhook" }
addresses = ["nordpost_bot"]
api_url = "%s"
"""
SETTINGS = TelegramSettings(SecretText("123:abc"), SecretText("prove it"), ("nordpost_bot",), "http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The one line of the registry, which in life is there before any policy is read."""
    monkeypatch.setitem(REGISTRY, TELEGRAM.name, TELEGRAM)
    stored_versions._read_book.cache_clear()
    yield
    stored_versions._read_book.cache_clear()


def update(number: int, text: str, chat: int = 4_711) -> dict[str, Any]:
    sender = {"id": chat, "is_bot": False, "first_name": "Søren 索伦", "language_code": "en"}
    message = {"message_id": number, "from": sender, "chat": {"id": chat, "type": "private"}, "date": 1, "text": text}
    return {"update_id": 900 + number, "message": message}


class BotApi:
    """Telegram, as far as an adapter meets it."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answer: tuple[int, dict[str, Any]] | None = None
        self.arrived = asyncio.Event()
        app = web.Application()
        app.router.add_post("/{bot}/sendMessage", self._on_send)
        self.server = TestServer(app)

    async def _on_send(self, request: web.Request) -> web.Response:
        if self.answer is not None:
            return web.json_response(self.answer[1], status=self.answer[0])
        self.sent.append(await request.json())
        self.arrived.set()
        return web.json_response({"ok": True, "result": {"message_id": len(self.sent)}})


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    api = BotApi()
    await api.server.start_server()
    yield api
    await api.server.close()


# ---- the contract, and what is Telegram's own


class TestTelegramIsAChannel(ChannelContract):
    requests: Sequence[type] = (TextOut,)

    @pytest.fixture
    def channel(self, hub: MemoryHub) -> TelegramChannel:
        return TelegramChannel(SETTINGS, hub, "http://hub.example")


async def test_a_text_is_stored_under_its_update_however_often_it_comes() -> None:
    hub = MemoryHub()
    channel = TelegramChannel(SETTINGS, hub, "")
    await channel.start()
    client = await serve(channel)
    headers = {"X-Telegram-Bot-Api-Secret-Token": "prove it"}
    hub.is_away = True
    assert (await client.post(INBOUND, json=update(1, "Hej 您好"), headers=headers)).status == 503
    hub.is_away = False
    for _ in range(3):
        assert (await client.post(INBOUND, json=update(1, "Hej 您好"), headers=headers)).status == 200
    assert (await client.post(INBOUND, json=[], headers=headers)).status == 400
    await client.close()
    await channel.stop()
    (notice,) = hub.notices.values()
    assert isinstance(notice, MessageReceived)
    assert (notice.from_address, notice.to_address, notice.text) == ("4711", "nordpost_bot", "Hej 您好")


@pytest.mark.parametrize(
    ("status", "retry", "known"), [(429, True, True), (403, False, True), (502, False, False)], ids=str
)
async def test_what_telegram_answers_says_whether_to_try_again(
    api: BotApi, status: int, retry: bool, known: bool
) -> None:
    api.answer = (status, {"ok": False, "description": "Forbidden: bot was blocked by the user"})
    settings = TelegramSettings(
        SecretText("1:a"), SecretText("x"), ("bot",), str(api.server.make_url("")).rstrip("/")
    )
    channel = TelegramChannel(settings, MemoryHub(), "")
    await channel.start()
    with pytest.raises(ChannelError) as raised:
        await channel.send(TextOut("out-1", "4711", "bot", "Hej"))
    await channel.stop()
    assert (raised.value.retry, raised.value.outcome_known) == (retry, known)


def test_what_is_no_text_is_no_notice() -> None:
    assert parse_update({"update_id": 1, "edited_message": {}}, "bot") is None


def test_no_other_file_knows_it() -> None:
    texts = sources(*ROOMS)
    web = (ROOT / "agent_console/web/src").rglob("*")
    texts |= {str(path): path.read_text("utf-8") for path in web if path.suffix in (".ts", ".svelte", ".css")}
    own = ("shared/channels.test.ts",)  # a name for the tests of the screens
    assert [path for path, text in texts.items() if "telegram" in text.lower() and not path.endswith(own)] == []


# ---- configuration


def configured(tmp_path: Path, block: str) -> Config:
    text = (ROOT / "config.toml").read_text(encoding="utf-8") + block
    return parse(text, tmp_path, {"HUB_PORT": "0", "HUB_MAIL_PORT": "0", "HUB_DATA": str(tmp_path / "data")})


def test_its_block_is_read_and_its_problems_have_their_lines(tmp_path: Path) -> None:
    table = configured(tmp_path, BLOCK % "http://127.0.0.1:9").own_tables["telegram"]
    assert table.addresses == ("nordpost_bot",)
    bad = BLOCK.replace('{ generated = "telegram_token" }', '"123:abc"') + 'colour = "blue"\n'
    with pytest.raises(ConfigErrors) as raised:
        configured(tmp_path, bad)
    said = [(problem.key, problem.what) for problem in raised.value.problems]
    assert [key for key, _ in said] == ["channels.telegram.bot_token", "channels.telegram.colour"]
    assert all(problem.line for problem in raised.value.problems)
    assert "secret" in said[0][1]


# ---- the router and a desk, in a whole hub whose stored policy has never heard of it


@pytest_asyncio.fixture
async def process(tmp_path: Path, seeded_file: Path, api: BotApi) -> AsyncIterator[tuple[HubProcess, Config]]:
    config = configured(tmp_path, BLOCK % str(api.server.make_url("")).rstrip("/"))
    config.data_folder.mkdir(parents=True)
    copy_database(seeded_file, config.data_folder / "hub.db")
    process = await start(config)
    yield process, config
    await process.stop()


async def test_it_is_offered_answered_and_sent(process: tuple[HubProcess, Config], api: BotApi) -> None:
    hub, config = process
    desk = await Desk.open(hub.url, "ada", PASSWORD)
    (told,) = [one for one in desk.screen["policy"]["channels"] if one["name"] == "telegram"]
    assert (told["icon"], told["names"]["en"], told["is_call"]) == ("send", "Telegram", False)
    await desk.go_available()
    secret = config.reveal(config.own_tables["telegram"].webhook_secret)
    async with aiohttp.ClientSession(headers={"X-Telegram-Bot-Api-Secret-Token": secret}) as telegram:
        async with telegram.post(f"{hub.url}{INBOUND}", json=update(1, "Where is my card? 我的卡呢？")) as answer:
            assert answer.status == 200
        offer = await desk.is_offered()
        assert (offer["channel"], offer["queue"]) == ("telegram", "service")
        held = await desk.accept()
        said = [message["text"] for message in held["messages"] if message["kind"] == "customer"]
        assert said == ["Where is my card? 我的卡呢？"]
        assert [one["channel"] for one in held["customer"]["addresses"]] == ["telegram"]
        await desk.reply(held["id"], "In the mail. 已寄出。")
        async with asyncio.timeout(60):
            await api.arrived.wait()
        assert api.sent == [{"chat_id": "4711", "text": "In the mail. 已寄出。"}]
        async with telegram.post(f"{hub.url}{INBOUND}", json=update(2, "Thanks!")) as answer:
            assert answer.status == 200
        await desk.sees(held["id"], "Thanks!")
    await desk.close()


# ---- the simulator

SCENARIO = """
name = "Telegram"

[run]
first_day = 2026-11-23
days = 2

[[arrivals]]
queue = "service"
channel = "telegram"
begins = "09:00"
per_half_hour = [10, 10]
tiers = { platinum = 0.5, standard = 0.5 }

[[work]]
queue = "service"
channel = "telegram"
handling_seconds = { fixed = 600 }
wrap_up_seconds = { fixed = 20 }

[[shifts]]
id = "morning"
begins = "08:30"
ends = "12:00"

[[agents]]
id = "ada"
shifts = ["morning"]
queues = ["service"]
"""


def test_it_is_simulated_at_its_own_points_and_head_start(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    scenario = build_scenario(read_scenario(path, read_policy(ROOT / "config.toml")))
    simulation = Simulation(scenario, lambda name: random.Random(name).random)
    while simulation.run_until(1 << 62):
        pass
    answered = [journey for journey in simulation.journeys if journey.answered_at is not None]
    assert answered and {journey.arrival.kind.channel for journey in answered} == {"telegram"}
    waits: dict[str, list[int]] = {}
    for journey in answered:
        assert journey.answered_at is not None
        waits.setdefault(journey.arrival.kind.tier, []).append(journey.answered_at - journey.arrival.at)
    mean = {tier: sum(some) / len(some) for tier, some in waits.items()}
    assert mean["platinum"] < mean["standard"]
