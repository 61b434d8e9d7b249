"""A change of the policy on a page, on the wire.

The rule of this file: as in `views.py`.
"""

from typing import Annotated

from pydantic import Field

from agent_console.wire_model import Wire

_Seconds = Annotated[int, Field(ge=0, le=31_536_000)]


class HeadStartsRequest(Wire):
    """POST /api/policy/head-starts. `policy`: the version that was seen. `head_starts`: seconds that change, by tier
    and channel. `boost_cap_seconds`: null: as it is. `why`: for the trail."""

    policy: int
    head_starts: dict[str, dict[str, _Seconds]] = {}
    boost_cap_seconds: _Seconds | None = None
    why: Annotated[str, Field(min_length=3, max_length=500)]


class PolicyAnswer(Wire):
    """`policy`: the version that holds from here on. `words`, with status 422: what is wrong, as
    `python -m hub apply` says it; then nothing has changed."""

    policy: int
    words: str = ""
