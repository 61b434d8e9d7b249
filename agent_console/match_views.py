"""Who may be the same person as a customer, and who shares an address with them, as the screens get it over HTTP.

The rule of this file: of others it tells what a search tells: the name and the tier.
"""

from typing import Literal

from agent_console.merge_views import MergeList, MergePreview, MergeRequest
from agent_console.private_data import Address
from agent_console.views import Id, Wire


class MatchView(Wire):
    """`reasons`: the weightiest first."""

    customer_id: str
    name: str
    tier: str
    reasons: list[Literal["same_account", "same_number", "same_mailbox", "same_name", "same_sound", "same_birthday"]]


class SharerView(Wire):
    customer_id: str
    name: str


class SharedAddressView(Wire):
    """An address that several use; the first is its owner."""

    address: Address
    customers: list[SharerView]


class MatchesView(Wire):
    """GET /api/customers/{id}/matches, the likeliest first."""

    customer_id: str  # who stands for them
    matches: list[MatchView]
    shared: list[SharedAddressView]


class RefuseMatch(Wire):
    """POST /api/customers/{id}/matches/refuse -> MatchesView: these two are two. 404: nobody says they are one."""

    other_id: Id


class SamePerson(Wire):
    """Only for the schema, as `Everything` of `wire.py`."""

    matches: MatchesView
    refuse: RefuseMatch
    preview: MergePreview
    merge: MergeRequest
    merges: MergeList
