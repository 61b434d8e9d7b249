"""Ten thousand random histories, in which the router decides as the plain one does. Runs with the long tests."""

from hypothesis import given, settings

from tests.routing.histories import HISTORIES
from tests.routing.test_histories import MANY, decide_alike


@settings(MANY, max_examples=10_000)
@given(HISTORIES)
def test_it_decides_as_the_plain_router_does_on_ten_thousand_histories(history: bytes) -> None:
    decide_alike(history)
