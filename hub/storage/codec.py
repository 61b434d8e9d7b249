"""Frozen dataclasses to JSON and back: routing rows, inputs and effects, notices and requests.

The rule of this file: a decoded document equals the encoded one, or CodecError is raised. Nothing is guessed: a
document names its class, its types are checked, and an unknown key is an error. A missing key takes the field's
default, so a class may gain an optional field while documents of the older form are stored.

A document is {"class": name, field: value, ...}. Dataclasses inside it carry no name: their place gives their type.
Decoders are built once per class from its type hints.
"""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from hub.storage.connection import StorageError

Decoder = Callable[[Any], Any]
T = TypeVar("T")
CLASS = "class"


class CodecError(StorageError):
    """The text is not a document of these classes."""


class Codec:
    """Encodes and decodes the given dataclasses, each known by its name."""

    def __init__(self, classes: Iterable[type]) -> None:
        self._classes = {cls.__name__: cls for cls in classes}

    def encode(self, document: Any) -> str:
        name = type(document).__name__
        if self._classes.get(name) is not type(document):
            raise CodecError(f"{name} is not one of the classes of this codec")
        # the name is put in front by hand: that is cheaper than building a dict of the fields
        fields = encode_plain(document)
        return f'{{"{CLASS}":"{name}"{"," if len(fields) > 2 else ""}{fields[1:]}'

    def decode(self, text: str | bytes) -> Any:
        try:
            document = orjson.loads(text)
            cls = self._classes[document.pop(CLASS)]
            return decoder_of(cls)(document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CodecError(f"cannot be decoded: {type(error).__name__}: {error}") from error


def classes_of(*unions: Any) -> list[type]:
    """The members of `A | B | C`, or the class itself."""
    return [member for union in unions for member in (get_args(union) or (union,))]


def decode_as(cls: type[T], text: str | bytes) -> T:
    """Decode a document whose place gives its class, such as a row's `routing` column."""
    hint: Any = cls
    try:
        result: T = decoder_of(hint)(orjson.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CodecError(f"not a {cls.__name__}: {type(error).__name__}: {error}") from error
    return result


def encode_plain(document: Any) -> str:
    """The counterpart of `decode_as`: JSON without the class's name. Raises CodecError if a text is no Unicode (a
    lone surrogate)."""
    try:
        return orjson.dumps(document, default=_dict, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise CodecError(f"cannot be encoded: {error}") from error


def _dict(value: Any) -> dict[Any, Any]:
    """orjson calls this for a type that it does not know: a read-only mapping."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a document may not hold the type {type(value).__name__}")


@cache
def decoder_of(hint: Any) -> Decoder:
    if isinstance(hint, NewType):
        return decoder_of(hint.__supertype__)
    if hint in (str, int, bool, float, type(None)):
        return _scalar(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional(hint, arguments)
    if origin is tuple:
        return _tuple(arguments)
    if origin is not None and issubclass(origin, Mapping):
        key, value = decoder_of(arguments[0]), decoder_of(arguments[1])
        return lambda pairs: {key(k): value(v) for k, v in pairs.items()}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"a document may not hold the type {hint!r}")


def _scalar(kind: type) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} instead of {kind.__name__}")
        return value

    return decode


def _optional(hint: Any, members: tuple[Any, ...]) -> Decoder:
    rest = [member for member in members if member is not type(None)]
    if len(rest) != 1 or len(members) != 2:
        raise TypeError(f"{hint!r}: a document cannot say which of these it holds")
    decode = decoder_of(rest[0])
    return lambda value: None if value is None else decode(value)


def _tuple(arguments: tuple[Any, ...]) -> Decoder:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        member = decoder_of(arguments[0])
        return lambda values: tuple([member(value) for value in _list(values)])
    members = [decoder_of(argument) for argument in arguments]
    return lambda values: tuple([member(value) for member, value in zip(members, _list(values), strict=True)])


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{value!r} instead of a list")
    return value


def _dataclass(cls: Any) -> Decoder:
    # filled at the first use: a class may contain itself
    fields: dict[str, Decoder] = {}

    def decode(document: Any) -> Any:
        if not fields:
            hints = get_type_hints(cls)
            fields.update({field.name: decoder_of(hints[field.name]) for field in dataclasses.fields(cls)})
        return cls(**{name: fields[name](value) for name, value in document.items()})

    return decode
