"""Tokens of programs on the wire, and what a program sends and gets.

The rule of this file: a token itself travels once, in the answer to whoever made it. Instants are milliseconds of hub
time.
"""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from agent_console.wire_model import Wire


class TokenView(Wire):
    id: str
    name: str
    made_by: str
    made_at: int
    expires_at: int
    used_at: int | None
    revoked_at: int | None


class TokensView(Wire):
    """GET /api/tokens, the newest first."""

    tokens: list[TokenView]


class TokenRequest(Wire):
    """POST /api/tokens -> TokenMade. `name`: of the program."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    days: Annotated[int, Field(ge=1, le=730)]


class TokenMade(Wire):
    id: str
    token: str


class ToldActivity(Wire):
    """What happened to a customer, in a request of a program. `at`: ISO 8601, a day or an instant; without an offset,
    where the organisation is. `amount`: in the policy's currency, with at most four decimals. `reference`: what the
    program calls it. One with a kind and a reference that are known already is the same one, and is not counted
    again."""

    kind: Annotated[str, StringConstraints(max_length=32)]
    at: Annotated[str, StringConstraints(max_length=40)]
    label: Annotated[str, StringConstraints(max_length=32)] = ""
    amount: Annotated[Decimal, Field(allow_inf_nan=False)] | None = None
    reference: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None


class UpsertRequest(Wire):
    """POST /api/customer-upserts, with `Authorization: Bearer` and an `Idempotency-Key`. Each customer by field:
    `customer_id`, `name`, `language`, `phone`, `email` (one or a list) or an attribute; about consent
    `consent/marketing` and the like (true or false), `consent_at`, `consent_text` and `consent_said`; and
    `activities`, a list of ToldActivity, at most 100 in all."""

    customers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=25)]


class UpsertedCustomer(Wire):
    """`outcome`: add, change or same."""

    customer_id: str
    outcome: str


class UpsertedView(Wire):
    """`activities`: how many are new."""

    activities: int
    customers: list[UpsertedCustomer]


class FieldProblemView(Wire):
    index: int
    field: str
    code: str


class UpsertProblems(Wire):
    """The answer 422: nothing was stored."""

    problems: list[FieldProblemView]
