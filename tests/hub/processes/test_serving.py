"""A hub runs on uvloop, with which an interaction takes less of the processor than with asyncio's own loop."""

import asyncio
from types import SimpleNamespace

import pytest

from hub.processes import serving


def test_a_hub_serves_on_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare(*_: object) -> None:
        pass

    async def say_loop(*_: object) -> str:
        return type(asyncio.get_running_loop()).__module__

    monkeypatch.setattr(serving, "_prepare", prepare)
    monkeypatch.setattr(serving, "_serve", say_loop)
    settings = SimpleNamespace(server=SimpleNamespace(edges=0))
    assert serving.serve(settings, is_demo=False) == "uvloop"
