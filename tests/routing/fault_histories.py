"""Ten thousand random histories: the router decides as the plain router does, and gets the same rows as the plain
moves. It runs with the long tests."""

from hypothesis import given, settings

from tests.routing.histories import HISTORIES
from tests.routing.test_histories import MANY, decide_alike, move_alike


@settings(MANY, max_examples=10_000)
@given(HISTORIES)
def test_it_decides_as_the_plain_router_does_on_ten_thousand_histories(history: bytes) -> None:
    decide_alike(history)


@settings(MANY, max_examples=10_000)
@given(HISTORIES)
def test_its_rows_become_what_the_plain_moves_make_of_them_on_ten_thousand_histories(history: bytes) -> None:
    move_alike(history)
