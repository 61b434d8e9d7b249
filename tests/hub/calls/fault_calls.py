"""Three thousand random calls at a provider with faults. It runs with the long tests."""

import pytest

from tests.hub.calls.test_call_faults import run_calls
from tests.hub.house import House


@pytest.mark.parametrize("seed", range(100, 140))
async def test_nothing_is_left_of_three_thousand_calls_at_a_provider_with_faults(house: House, seed: int) -> None:
    await run_calls(house, seed, 75)
