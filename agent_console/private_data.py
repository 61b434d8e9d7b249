"""Marks for the fields of wire types that hold a customer's private data: what leaves the hub is masked by them.

The rule of this file: a mark says what a field holds, and `hub.policies.masking` alone decides who sees it. A field
whose mark is missing is shown to everybody who gets the model, so a test looks for private data in every answer.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated


class Private(StrEnum):
    """The kinds of private data that are not attributes, as a request to show one of them names them."""

    ADDRESSES = "addresses"  # numbers and mailboxes, also where one stands for a name
    ACCOUNTS = "accounts"  # numbers of accounts and products
    TEXTS = "texts"  # numbers and mailboxes within what people wrote
    FILES = "files"  # the way to what came as a file, which cannot be masked in part


@dataclass(frozen=True, slots=True)
class OfAttribute:
    """The field holds the value of this attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class NamedBy:
    """The field holds the value of the attribute that another field of the model names."""

    field: str


class ByAttribute:
    """The keys of the field are names of attributes."""


Address = Annotated[str, Private.ADDRESSES]
Account = Annotated[str, Private.ACCOUNTS]
Words = Annotated[str, Private.TEXTS]
FileUrl = Annotated[str, Private.FILES]
