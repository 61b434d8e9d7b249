"""Hubs, and scenes on them.

The rule of this file: every test has a hub, a database and ports of its own; only the imports and the first
migration are shared.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.flows.cable import Cable
from tests.flows.house import (
    House,
    build_house,
    free_port,
    seed,
    settings_with_sandbox_inside,
    settings_with_world_outside,
)
from tests.flows.nursery import Nursery
from tests.flows.scene import OpenScene, Scene


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="session")
def seeded(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with asyncio.Runner() as runner:
        return runner.run(seed(tmp_path_factory.mktemp("seeded"), nursery))


@pytest.fixture
async def open_scene(nursery: Nursery, seeded: Path, tmp_path: Path) -> AsyncIterator[OpenScene]:
    """`await open_scene(**changes)`: a running demo whose settings differ from config.toml in `changes`; its database
    is changed by `before_start`."""
    async with AsyncExitStack() as stack:

        async def open_scene(before_start: Callable[[House], None] | None = None, **changes: Any) -> Scene:
            house = build_house(tmp_path, nursery, seeded, settings_with_sandbox_inside(**changes))
            stack.callback(house.close)
            if before_start is not None:
                before_start(house)
            if "policy" in changes:
                await house.apply()
            await house.start()
            return await stack.enter_async_context(Scene(house))

        yield open_scene


@pytest.fixture
async def open_outdoor_scene(nursery: Nursery, seeded: Path, tmp_path: Path) -> AsyncIterator[OpenScene]:
    """The same, live (`hub run`) and with the providers in a process of their own, which outlives the hub."""
    async with AsyncExitStack() as stack:

        async def open_scene(**changes: Any) -> Scene:
            house = build_house(tmp_path, nursery, seeded, settings_with_world_outside(**changes), command="run")
            stack.callback(house.close)
            await house.start_world()
            if "policy" in changes:
                await house.apply()
            await house.start()
            return await stack.enter_async_context(Scene(house))

        yield open_scene


@pytest.fixture
async def bus(valkey_url: str) -> AsyncIterator[tuple[Cable, str]]:
    """The way to Valkey, and the address of its near end."""
    server, port = urlsplit(valkey_url), free_port()
    cable = Cable.to_port(server.hostname or "", server.port or 0, port)
    await cable.mend()
    yield cable, f"redis://127.0.0.1:{port}/0"
    await cable.cut()


@pytest.fixture
async def scene(open_scene: OpenScene) -> Scene:
    return await open_scene()


@pytest.fixture
def house(scene: Scene) -> House:
    return scene.house
