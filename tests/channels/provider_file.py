"""The provider's own OpenAPI file: which requests there are, and what each is answered.

The rule of this file: it knows the file and nothing of ours. The file is the one of HUB_CORPORA, or there is none.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

FORM = "application/x-www-form-urlencoded"
Values = Mapping[str, Sequence[str]]


class NotInTheFile(AssertionError):
    """The provider knows no such request, or would refuse it."""


class OpenApi:
    """The provider's file, as JSON Schema understands it."""

    def __init__(self, file: Path) -> None:
        self._file = json.loads(file.read_text())
        self._formats = FormatChecker(formats=())
        self._formats.checks("date-time-rfc-2822")(_is_rfc_2822)
        self._validators: dict[tuple[str, str, int], Draft202012Validator] = {}

    def form(self, path: str, method: str = "post") -> Any:
        return self._resolve(self._file["paths"][path][method]["requestBody"]["content"][FORM]["schema"])

    def query(self, path: str) -> set[str]:
        """What a list may be asked."""
        return {parameter["name"] for parameter in self._file["paths"][path]["get"]["parameters"]}

    def find_template(self, path: str, method: str) -> str:
        """The path of the file that this path is one of. Raises NotInTheFile."""
        for pattern, template in self._templates:
            if pattern.fullmatch(path) and method in self._file["paths"][template]:
                return template
        raise NotInTheFile(f"{method} {path}")

    def check_request(self, method: str, path: str, query: Values, form: Values) -> str:
        """Hold a request to the file: its path, each parameter with its values, and that none is missing. Return the
        path as the file has it. Raises NotInTheFile."""
        template = self.find_template(path, method)
        operation = self._file["paths"][template][method]
        schemas = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        self._check_values(f"{method} {template}", query, schemas, ())
        if method == "post":
            known = self.form(template)
            self._check_values(f"{method} {template}", form, known["properties"], known.get("required", ()))
        elif form:
            raise NotInTheFile(f"{method} {template} has a form")
        return template

    def check_answer(self, path: str, method: str, status: int, answer: Any) -> None:
        key = (path, method, status)
        if key not in self._validators:
            content = self._file["paths"][path][method]["responses"][str(status)]["content"]
            schema = _close(self._resolve(content["application/json"]["schema"]))
            self._validators[key] = Draft202012Validator(schema, format_checker=self._formats)
        self._validators[key].validate(answer)

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern[str], str]]:
        """Those with the fewest places for values first."""
        paths = sorted(self._file["paths"], key=lambda path: (path.count("{"), path))
        return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path) for path in paths]

    def _check_values(self, where: str, given: Values, known: Mapping[str, Any], required: Sequence[str]) -> None:
        if missing := set(required) - set(given):
            raise NotInTheFile(f"{where}: {sorted(missing)} missing")
        for name, values in given.items():
            if name not in known:
                raise NotInTheFile(f"{where}: no {name}")
            schema = self._resolve(known[name])
            for value in values:
                if not _is_one_of(schema, value):
                    raise NotInTheFile(f"{where}: {name} is {value!r}")

    def _resolve(self, schema: Any) -> Any:
        """References replaced by what they mean, `nullable` by a type that JSON Schema has."""
        match schema:
            case {"$ref": str(ref)}:
                return self._resolve(self._file["components"]["schemas"][ref.rpartition("/")[2]])
            case dict():
                resolved = {key: self._resolve(value) for key, value in schema.items()}
                if resolved.pop("nullable", False) is True or resolved.get("enum"):
                    return {"anyOf": [resolved, {"type": "null"}]}
                return resolved
            case list():
                return [self._resolve(item) for item in schema]
        return schema


@cache
def read_openapi(folder: Path) -> OpenApi:
    return OpenApi(folder / "twilio" / "twilio_api_v2010.json")


def find_openapi() -> OpenApi | None:
    """None if this machine has no HUB_CORPORA."""
    folder = os.environ.get("HUB_CORPORA", "")
    return read_openapi(Path(folder)) if folder else None


def _is_one_of(schema: Any, value: str) -> bool:
    """Whether a value of a form is what the file says of the parameter."""
    if any(option.get("type") != "null" and _is_one_of(option, value) for option in schema.get("anyOf", ())):
        return True
    if "anyOf" in schema:
        return False
    match schema.get("type"):
        case "array":
            return _is_one_of(schema["items"], value)
        case "boolean":
            return value.lower() in ("true", "false")
        case "integer":
            return re.fullmatch("-?[0-9]+", value, re.ASCII) is not None
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    if schema.get("format") == "uri":
        url = urlsplit(value)
        return url.scheme in ("http", "https") and bool(url.hostname)
    return len(value) <= schema.get("maxLength", len(value))


def _close(schema: Any) -> Any:
    """Forbid what the file does not name, and ask for all that it names."""
    if isinstance(schema, dict):
        closed = {key: _close(value) for key, value in schema.items()}
        if isinstance(schema.get("properties"), dict) and schema["properties"]:
            closed |= {"additionalProperties": False, "required": sorted(schema["properties"])}
        return closed
    return [_close(item) for item in schema] if isinstance(schema, list) else schema


def _is_rfc_2822(value: object) -> bool:
    return value is None or parsedate_to_datetime(str(value)).tzinfo is not None


def wrong_values(schema: Any) -> Iterator[Any]:
    """Values that the file refuses for one parameter."""
    if any("enum" in option for option in [schema, *schema.get("anyOf", ())]):
        yield "no such value"
    if schema.get("pattern"):
        yield "XX123"
        yield "CA" + "g" * 32
    if schema.get("type") == "integer":
        yield from ("many", "1.5", "1_000", "")
    if schema.get("type") == "boolean":
        yield from ("maybe", "1", "")
    if schema.get("type") == "number":
        yield "much"
    if schema.get("format") == "uri":
        yield from ("no address", "/relative", "ftp://files.example/x")
    if schema.get("type") == "array" and schema["items"].get("format") == "uri":
        yield ["https://files.example/x", "no address"]
