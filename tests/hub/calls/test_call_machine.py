"""Events of the provider in any order, twice and never, among the commands of agents and supervisors: each step is a
row of the table of calls, and in the end nothing is left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import seed as use_seed
from hypothesis.stateful import run_state_machine_as_test

from hub.storage.database import Database
from hub.storage.sqlite import SqliteDriver
from hub.storage.writer import Writer
from scripts_library.loader import Library
from tests.hub.calls.call_machine import Opening
from tests.hub.calls.recorded_machine import RecordedCallMachine
from tests.hub.house import House, open_house
from tests.seeded import copy_database

SHORT = {"histories": 16, "steps": 30}


@pytest.fixture
def opening(_sqlite: SqliteDriver, seeded_file: Path, tmp_path: Path, library: Library) -> Opening:
    """Opens a house of its own for each history."""

    @asynccontextmanager
    async def open_fresh() -> AsyncIterator[House]:
        _sqlite.path.unlink(missing_ok=True)
        copy_database(seeded_file, _sqlite.path)
        writer = Writer(_sqlite)
        await writer.connect()
        async with open_house(Database(_sqlite, writer), tmp_path / "media", library.scripts) as house:
            yield house

    return open_fresh


def run_histories(opening: Opening, histories: int, steps: int, seed: int) -> None:
    """The first history that fails is reported as it is: to find the shortest takes minutes."""

    @use_seed(seed)
    @settings(max_examples=histories, stateful_step_count=steps, phases=(Phase.generate,), database=None)
    class Histories(RecordedCallMachine):
        def __init__(self) -> None:
            super().__init__(opening)

    run_state_machine_as_test(Histories)


def test_calls_keep_to_the_table_whatever_comes_when(opening: Opening) -> None:
    """`fault_planted_in_calls.py` says what this finds."""
    run_histories(opening, **SHORT, seed=1)
