"""Imports and exports of customers on the wire: the imports, what the lines of one would do, and what people ask.

The rule of this file: instants are milliseconds of hub time. A file travels as bytes, in parts, beside these models.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from agent_console.private_data import Address, ByAttribute
from agent_console.token_views import TokenMade, TokenRequest, TokensView
from agent_console.wire_model import Wire

ImportState = Literal[
    "uploading",
    "waiting",
    "staging",
    "unreadable",
    "staged",
    "applying",
    "following",
    "applied",
    "taking_back",
    "leaving",
    "taken_back",
    "cancelled",
]
Target = Annotated[str, StringConstraints(max_length=64)]


class ImportLineView(Wire):
    """What a line would do. `problem`, `column`: of one that is refused. `changes`: by attribute what is there and
    what comes; of somebody who is added what comes. `activity`: that it tells of."""

    line: int
    problem: str
    column: str
    name: str
    customer_id: str
    addresses: list[Address]
    changes: Annotated[dict[str, list[Any]], ByAttribute()]
    activity: "ImportActivityView | None"


class ImportStayView(Wire):
    """A customer of whom something stays though the import is taken back. `names`: the values that were changed
    since."""

    customer_id: str
    name: str
    why: Literal["changed", "address", "known", "merged"]
    names: list[str]


class ImportView(Wire):
    """GET /api/imports/{id}. `at_line` of `last_line` lines are done, from the last one on if it is taken back;
    `last_line` is 0 until it is known. `problem`, `said`: why the whole file cannot be read, and what the sentence
    names. `form`: how it was read. `stayed`: of how many customers something stays; `stays`: the first of them."""

    id: str
    file_name: str
    state: ImportState
    by_name: str
    started_at: int
    ended_at: int | None
    at_line: int
    last_line: int
    added: int
    changed: int
    same: int
    refused: int
    problem: str
    said: str
    form: str
    columns: list[str]
    targets: list[str]
    country: str
    parts: int
    may_take_back: bool
    refused_lines: list[ImportLineView]
    other_lines: list[ImportLineView]
    stayed: int
    stays: list[ImportStayView]


class ImportActivityView(Wire):
    """What a line tells of. `at`: as the line says it, a day or an instant. `reference`, `label`: empty if it has
    none."""

    kind: str
    at: str
    amount: float | None
    label: str
    reference: str


class TargetView(Wire):
    """What a column may be; or a kind of activity."""

    id: str
    names: dict[str, str]


class ImportsView(Wire):
    """GET /api/imports, the newest first. `targets`: what a column may be. The lists of lines are empty."""

    imports: list[ImportView]
    targets: list[TargetView]
    kinds: list[TargetView]
    largest_part: int
    largest_file: int


class UploadRequest(Wire):
    """POST /api/imports -> UploadBegun. `size` in bytes."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    size: Annotated[int, Field(ge=0)]


class UploadBegun(Wire):
    id: str


class ReadRequest(Wire):
    """POST /api/imports/{id}/read: all `parts` are there. `targets`: what each column is; null: as the hub guesses.
    `country`: of telephone numbers without one, as a code of ISO 3166."""

    parts: Annotated[int, Field(ge=1)]
    targets: Annotated[list[Target], Field(max_length=500)] | None = None
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = ""


class ExportRequest(Wire):
    """POST /api/customer-exports -> a file. `segment_id`: its members; `ids`: these alone; neither: everybody. 422:
    a sheet of xlsx cannot hold it, too_many_customers or too_long; CSV can."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
    segment_id: Annotated[str, StringConstraints(max_length=64)] = ""
    ids: Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=1000)] = []
    form: Literal["csv", "xlsx"] = "csv"


class InAndOut(Wire):
    """All of these for the types of the screens."""

    imports: ImportsView
    customer_import: ImportView
    begin_upload: UploadRequest
    upload_begun: UploadBegun
    read_import: ReadRequest
    export_customers: ExportRequest
    tokens: TokensView
    make_token: TokenRequest
    token_made: TokenMade
