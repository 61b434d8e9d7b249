"""Many more and longer histories of calls. It runs with the long tests."""

import pytest

from tests.hub.calls.call_machine import Opening
from tests.hub.calls.test_call_machine import opening, run_histories

__all__ = ["opening"]


@pytest.mark.parametrize("seed", range(6))
def test_calls_keep_to_the_table_in_long_histories(opening: Opening, seed: int) -> None:
    run_histories(opening, histories=50, steps=80, seed=seed)
