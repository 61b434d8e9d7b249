"""A hub runs on uvloop, with which an interaction takes less of the processor than with asyncio's own loop; and it
sows its demo alone."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.processes import serving
from hub.settings.config import load
from hub.storage.database import Database, DatabaseInUse
from hub.storage.migrations import migrate
from tests.hub.conftest import ROOT


def test_a_hub_serves_on_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare(*_: object) -> None:
        pass

    async def say_loop(*_: object) -> str:
        return type(asyncio.get_running_loop()).__module__

    monkeypatch.setattr(serving, "_prepare", prepare)
    monkeypatch.setattr(serving, "_serve", say_loop)
    settings = SimpleNamespace(server=SimpleNamespace(edges=0))
    assert serving.serve(settings, is_demo=False) == "uvloop"


async def test_nobody_sows_into_a_file_that_a_hub_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the hub has begun after the file was migrated."""
    settings = replace(load(ROOT / "config.toml"), folder=tmp_path)
    settings.data_folder.mkdir(parents=True)
    hub = await Database.open(settings.database_url, read_connections=1)

    async def migrate_and_begin(url: str) -> None:
        await migrate(url)
        hub.lock_file()

    async def sow(*_: Any) -> None:
        raise AssertionError("nobody may write here")

    monkeypatch.setattr(serving, "migrate", migrate_and_begin)
    monkeypatch.setattr(serving, "seed_demo", sow)
    try:
        with pytest.raises(DatabaseInUse):
            await serving._prepare(settings, is_demo=True)
    finally:
        await hub.close()
