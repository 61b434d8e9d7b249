"""The wire types of the search for customers.

The rule of this file: as in `views.py`. It shows no address as a whole, and nothing of a profile but its owner.
"""

from typing import Annotated, Literal

from agent_console.private_data import OfAttribute
from agent_console.views import TierView
from agent_console.wire_model import Wire


class FoundCustomerView(Wire):
    """`match`: what fits the query, the best first. `address`: the address that fits, masked but for what fits;
    empty if the name fits. `owner_name`: the agent who looks after them; empty for nobody. The rest tells people of
    one name apart, and is empty for all others: the ends of a number and of an account, and for whoever may read the
    customer's data the town and the birthday."""

    id: str
    name: str
    tier: str
    owner_name: Annotated[str, OfAttribute("owner")]
    match: Literal["address", "name", "begins", "part"]
    kind: str  # of the address: phone, email, or empty
    address: str
    number: str = ""
    account: str = ""
    city: Annotated[str, OfAttribute("city")] = ""
    birthday: Annotated[str, OfAttribute("birthday")] = ""


class FoundCustomersView(Wire):
    """GET /api/customers?q=: at most 20. 429 {"code": "too_many_searches"}: this person has looked for so many in so
    short a time that somebody must be asked."""

    customers: list[FoundCustomerView]
    tiers: list[TierView]
    has_more: bool
    may_export: bool
