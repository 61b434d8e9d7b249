"""Lists of the REST API: their pages, and filters by date.

The rule of this file: newest first. A page's token names the last item seen, so an item that arrives between two
pages moves nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from channels.sandbox.errors import ApiError

MOST: Final = 1000
_PAGING: Final = ("PageSize", "Page", "PageToken")


def build_page(
    path: str, query: Mapping[str, str], name: str, items: Sequence[tuple[str, Callable[[], Mapping[str, Any]]]]
) -> dict[str, Any]:
    """One page of `items`, (sid, how to show it), newest first. Raises ApiError."""
    size = min(_number(query, "PageSize", 50), MOST)
    page = _number(query, "Page", 0)
    if not size:
        raise ApiError(400, 20006, "Invalid PageSize")
    start = 0
    if after := query.get("PageToken", "").removeprefix("PA"):
        start = next((n for n, (sid, _) in enumerate(items, 1) if sid == after), len(items))
    shown = items[start : start + size]
    has_more = start + size < len(items)
    base = {key: value for key, value in query.items() if key not in _PAGING}

    def uri(number: int, token: str = "") -> str:
        more = {"PageToken": f"PA{token}"} if token else {}
        return f"{path}?{urlencode({**base, 'PageSize': size, 'Page': number, **more})}"

    return {
        name: [show() for _, show in shown],
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1, shown[-1][0]) if has_more else None,
        "previous_page_uri": uri(page - 1) if page > 0 else None,
    }


def read_dates(query: Mapping[str, str], name: str) -> Callable[[float | None], bool]:
    """Whether an instant meets `Name=`, `Name<=` and `Name>=` (parameters called "Name", "Name<" and "Name>").
    A bare date means the whole day in UTC. Raises ApiError."""
    tests: list[tuple[str, datetime, bool]] = []
    for sign in ("", "<", ">"):
        if (wanted := query.get(name + sign)) is not None:
            try:
                bound = datetime.fromisoformat(wanted)
            except ValueError:
                raise ApiError(400, 20001, f"Parameter '{name}' is not valid") from None
            bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
            tests.append((sign, bound, len(wanted) == len("2026-11-22")))

    def is_met(at: float | None) -> bool:
        return all(at is not None and _compare(datetime.fromtimestamp(at, UTC), *test) for test in tests)

    return is_met


def _compare(moment: datetime, sign: str, bound: datetime, whole_day: bool) -> bool:
    if whole_day:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment <= bound if sign == "<" else moment >= bound if sign == ">" else moment == bound


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdecimal()):
        raise ApiError(400, 20001, f"Parameter '{name}' is not valid")
    return int(value)
