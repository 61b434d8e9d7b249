"""The fields of a customer's profile that a desk shows, one line for each.

The rule of this file: a new field takes only a line here. Its value is in the profile under its name: a text, a
number, or a list of them. The desk shows the fields in this order and leaves out those that a customer does not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CustomerField:
    name: str
    names: Mapping[str, str]  # language -> name on the screens; there is always one in English


CUSTOMER_FIELDS: list[CustomerField] = [
    CustomerField("city", {"en": "Lives in", "zh-CN": "所在地"}),
    CustomerField("products", {"en": "Holds", "zh-CN": "持有"}),
    CustomerField("segments", {"en": "Segments", "zh-CN": "客群"}),
    CustomerField("note", {"en": "Known", "zh-CN": "备忘"}),
]


def read_fields(profile: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the fields that the profile has, by name. A value of another type is left out, so that imported data
    cannot break a desk."""
    found = {field.name: _read(profile.get(field.name)) for field in CUSTOMER_FIELDS}
    return {name: texts for name, texts in found.items() if texts}


def _read(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if type(one) in (str, int, float) and one != ""]
