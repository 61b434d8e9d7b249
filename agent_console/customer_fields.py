"""What a desk shows of a customer's profile, one line each.

The rule of this file: a line is all that a field costs. Its values are in the profile under its name (a text, a
number, or a list of them); the desk shows them in this order, and leaves out what a customer has not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CustomerField:
    name: str
    names: Mapping[str, str]  # on the screens, by language; English is there


CUSTOMER_FIELDS: list[CustomerField] = [
    CustomerField("city", {"en": "Lives in", "zh-CN": "所在地"}),
    CustomerField("products", {"en": "Holds", "zh-CN": "持有"}),
    CustomerField("segments", {"en": "Segments", "zh-CN": "客群"}),
    CustomerField("note", {"en": "Known", "zh-CN": "备忘"}),
]


def read_fields(profile: Mapping[str, Any]) -> dict[str, list[str]]:
    """By name, those that the profile has. A value of another type is left out: what an import brought must not break
    a desk."""
    found = {field.name: _read(profile.get(field.name)) for field in CUSTOMER_FIELDS}
    return {name: texts for name, texts in found.items() if texts}


def _read(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if type(one) in (str, int, float) and one != ""]
