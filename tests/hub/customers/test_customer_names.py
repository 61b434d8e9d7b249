"""A name is composed in the order of the script that it is written in."""

import pytest

from hub.customers.customer_names import compose_name


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [
        ("Zoë", "Ångström", "Zoë Ångström"),
        ("嘉怡", "林", "林嘉怡"),
        ("太郎", "山田", "山田太郎"),
        ("민준", "김", "김민준"),
        ("Cleo", "陈", "Cleo 陈"),  # of two scripts: nobody knows better
        ("", "Okoye", "Okoye"),
        ("嘉怡", "", "嘉怡"),
        (" Sam ", " Okoye ", "Sam Okoye"),
        ("", "", ""),
    ],
)
def test_the_parts_of_a_name_come_in_its_own_order(given: str, family: str, name: str) -> None:
    assert compose_name(given, family) == name
