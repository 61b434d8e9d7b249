"""A hub that is killed while it takes in a recording keeps its sound once, and has it deleted at the provider."""

import hashlib
import signal
from copy import deepcopy
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.flows.accounts import Rows, read_file
from tests.flows.cast import Cast
from tests.flows.customers import eventually
from tests.flows.house import TOKEN, build_house, repository_settings, settings_with_sandbox_outside
from tests.flows.hub_killed_at import FILE, STEPS
from tests.flows.process_starter import ProcessStarter
from tests.flows.test_recording_flow import is_shown


def with_recording() -> dict[str, Any]:
    """The sample policy, which records all calls after a word."""
    policy = repository_settings()["policy"]
    queues: list[dict[str, Any]] = deepcopy(policy["queues"])
    for queue in queues:
        queue["recording"] = {"arriving": {"announcement": "brief", "keep_days": 30}}
    brief = {"id": "brief", "texts": {"en": "Recorded.", "zh-CN": "录音中。"}}
    return {"queues": queues, "messages": [*policy["messages"], brief]}


@pytest.mark.promise("P13")
async def test_wherever_the_hub_is_killed_the_sound_is_here_once_and_gone_at_the_provider(
    process_starter: ProcessStarter, seeded: Path, tmp_path: Path
) -> None:
    settings = settings_with_sandbox_outside(policy=with_recording())
    house = build_house(
        tmp_path, process_starter, seeded, settings, command="run", module="tests.flows.hub_killed_at"
    )
    read, calls = read_file(house.data / "hub.db"), []
    try:
        await house.start_sandbox()
        await house.apply()
        await house.start()
        async with Cast(house) as cast:
            ada, sam = await cast.desk("ada"), cast.customer("sam")
            for step in STEPS:
                calls.append((await sam.call())["sid"])
                held = (await ada.accept())["id"]
                await ada.talks(held)
                await is_shown(ada, held, "recording")
                (house.folder / FILE).write_text(step)
                await sam.hang_up()
                assert house.hub is not None
                assert await house.hub.ended() == -signal.SIGKILL, step
                await house.start()
                await ada.reconnect()
                await ada.wrap_up(held)

            async def is_settled() -> Rows:
                found = read("SELECT media, sha256, state FROM recording WHERE settled_at IS NOT NULL")
                return found if len(found) == len(STEPS) else []

            rows = await eventually(is_settled)
            assert [state for *_, state in rows] == ["stored"] * len(STEPS)
            media = house.data / "media"
            assert sorted(one.name for one in media.rglob("*") if len(one.name) == 32) == sorted(r[0] for r in rows)
            assert sorted(read("SELECT ref, sha256 FROM media")) == sorted((ref, sha256) for ref, sha256, _ in rows)
            for ref, sha256, _ in rows:
                assert hashlib.sha256((media / ref).read_bytes()).hexdigest() == sha256
            account = cast.provider.account
            credentials = {"Authorization": aiohttp.encode_basic_auth(account, TOKEN)}
            for call in calls:
                url = f"{house.sandbox_url}/2010-04-01/Accounts/{account}/Calls/{call}/Recordings.json"
                async with cast.session.get(url, headers=credentials) as answer:
                    assert (await answer.json())["recordings"] == []
    finally:
        house.close()
