"""The decorator `value`, which makes the router's plain data.

The rule of this file: a value never changes. mypy enforces that (`frozen_default`); the running program does not,
because a dataclass that is frozen at run time sets each field through `object.__setattr__`. That takes 5.4 us for a
row of 27 fields, instead of 0.7 us, and each input makes half a dozen values.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a slotted dataclass that is compared and hashed by its fields."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
