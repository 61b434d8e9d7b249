"""What people write where a password is asked for, and strangers try first."""

import pytest

from hub.access.passwords import is_guessable

ABOUT = ["Ada Holm", "ada", "Nordpost Bank"]
EXPECTED = [
    "Winter2026!!",
    "Sommer2026!!",
    "Willkommen123!",
    "Qwertz123456!",
    "woaini1314520",
    "Nordpost2026!",
    "password12345" * 70,
    "我爱你" * 9,
]


@pytest.mark.parametrize("password", EXPECTED, ids=lambda text: text[:14])
def test_what_people_write_is_refused_in_any_language(password: str) -> None:
    assert is_guessable(password, ABOUT)


@pytest.mark.parametrize("password", ["tangled moss under 7 bridges", "七座桥下纠结的青苔与灯火", "kR7#pQ9$vL2m"])
def test_what_nobody_expects_is_taken(password: str) -> None:
    assert not is_guessable(password, ABOUT)
