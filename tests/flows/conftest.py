"""Running hubs, each with its cast.

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
from tests.flows.cast import Cast, OpenCast
from tests.flows.house import (
    SeededServer,
    WholeHouse,
    build_house,
    free_port,
    seed,
    settings_with_sandbox_inside,
    settings_with_sandbox_outside,
)
from tests.flows.process_starter import ProcessStarter
from tests.postgres_server import PostgresServer


@pytest.fixture(scope="session")
def seeded(process_starter: ProcessStarter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with asyncio.Runner() as runner:
        return runner.run(seed(tmp_path_factory.mktemp("seeded"), process_starter))


@pytest.fixture(scope="session")
def _seeded_server(
    _postgres: PostgresServer, process_starter: ProcessStarter, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """The name of a database to copy, and its data folder: to migrate and to seed takes a hub two seconds."""
    _postgres("CREATE DATABASE flows_seeded;")
    url = f"postgresql://postgres@/flows_seeded?host={_postgres.socket_folder}"
    with asyncio.Runner() as runner:
        data = runner.run(seed(tmp_path_factory.mktemp("seeded-server"), process_starter, database={"url": url}))
    return "flows_seeded", data


@pytest.fixture
def seeded_server(_postgres: PostgresServer, _seeded_server: tuple[str, Path]) -> Iterator[SeededServer]:
    """A copy of it, of the test's own."""
    template, data = _seeded_server
    url = _postgres.create_database(template)
    yield SeededServer(url, data)
    _postgres.drop_database(url)


@pytest.fixture
async def open_cast(process_starter: ProcessStarter, seeded: Path, tmp_path: Path) -> AsyncIterator[OpenCast]:
    """`await open_cast(**changes)`: a running demo whose settings differ from config.toml in `changes`; its database
    is changed by `before_start`."""
    async with AsyncExitStack() as stack:

        async def open_cast(before_start: Callable[[WholeHouse], None] | None = None, **changes: Any) -> Cast:
            house = build_house(tmp_path, process_starter, seeded, settings_with_sandbox_inside(**changes))
            stack.callback(house.close)
            if before_start is not None:
                before_start(house)
            if "policy" in changes:
                await house.apply()
            await house.start()
            return await stack.enter_async_context(Cast(house))

        yield open_cast


@pytest.fixture
async def open_live_cast(process_starter: ProcessStarter, seeded: Path, tmp_path: Path) -> AsyncIterator[OpenCast]:
    """The same, live (`hub run`) and with the providers in a process of their own, which outlives the hub."""
    async with AsyncExitStack() as stack:

        async def open_cast(**changes: Any) -> Cast:
            house = build_house(
                tmp_path, process_starter, seeded, settings_with_sandbox_outside(**changes), command="run"
            )
            stack.callback(house.close)
            await house.start_sandbox()
            if "policy" in changes:
                await house.apply()
            await house.start()
            return await stack.enter_async_context(Cast(house))

        yield open_cast


@pytest.fixture
async def bus(valkey_url: str) -> AsyncIterator[tuple[Cable, str]]:
    """The way to Valkey, and the address of its near end."""
    server, port = urlsplit(valkey_url), free_port()
    cable = Cable.to_port(server.hostname or "", server.port or 0, port)
    await cable.mend()
    yield cable, f"redis://127.0.0.1:{port}/0"
    await cable.cut()


@pytest.fixture
async def cast(open_cast: OpenCast) -> Cast:
    return await open_cast()


@pytest.fixture
def house(cast: Cast) -> WholeHouse:
    return cast.house
