"""The values of customers who were merged, computed from what each has and from what was chosen.

The rule of this file: pure. A value is never patched: it is the fold of a customer's own history and of the merges in
force, each at its place in that history. So merges can be undone in any order, and what a person changed after a
merge stays where they changed it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hub.storage.merges import LoggedValue, Merge, MergedCustomer

MERGE: Final = "merge"  # who wrote a row of history: a merge or its undo


@dataclass(frozen=True, slots=True)
class Family:
    """Customers, the merges in force among them, and the history of their values by (customer id, name)."""

    customers: Mapping[str, MergedCustomer]
    merges: Sequence[Merge]
    log: Mapping[tuple[str, str], Sequence[LoggedValue]]

    def add(self, merge: Merge) -> "Family":
        return replace(self, merges=[*self.merges, merge])

    def remove(self, merge_id: str) -> "Family":
        return replace(self, merges=[one for one in self.merges if one.id != merge_id])

    def list_standing(self, customer_id: str) -> list[str]:
        """Those for whom this customer stands, the merges that came first before the others."""
        found: list[str] = []
        for one in self.merges:
            if one.winner_id == customer_id:
                found += [one.loser_id, *self.list_standing(one.loser_id)]
        return found

    def list_above(self, customer_id: str) -> list[str]:
        """This customer, the one into whom they were merged, and so on, up to the one who stands for all."""
        above = next((one.winner_id for one in self.merges if one.loser_id == customer_id), None)
        return [customer_id, *(self.list_above(above) if above is not None else ())]

    def find_value(self, customer_id: str, name: str) -> Any:
        """None: not known."""
        rows = self.log.get((customer_id, name), ())
        value = rows[0].old if rows else self.customers[customer_id].values.get(name)
        for step in self._list_steps(customer_id, rows):
            if isinstance(step, Merge):
                value = choose(step.choices.get(name, "winner"), value, self.find_value(step.loser_id, name))
            else:
                value = step.new
        return value

    def _list_steps(self, customer_id: str, rows: Sequence[LoggedValue]) -> Iterator[LoggedValue | Merge]:
        steps: list[tuple[tuple[int, int, int], LoggedValue | Merge]] = [
            ((row.seq, 0, 0), row) for row in rows if row.changed_by != MERGE
        ]
        steps += [((one.after_change, 1, one.seq), one) for one in self.merges if one.winner_id == customer_id]
        return (step for _, step in sorted(steps, key=lambda pair: pair[0]))

    def find_newest(self, customer_id: str, name: str) -> int:
        """The place in the history of what people, scripts or imports last said of this value; 0 if nobody has."""
        ids = [customer_id, *self.list_standing(customer_id)]
        rows = (row for each in ids for row in self.log.get((each, name), ()))
        return max((row.seq for row in rows if row.changed_by != MERGE), default=0)

    def list_changed_since(self, merge: Merge) -> dict[str, LoggedValue]:
        """By name: what was changed on the winner, and on whoever stands for them, after the merge: the last row."""
        above = self.list_above(merge.winner_id)
        rows = [(row, name) for (of, name), log in self.log.items() if of in above for row in log]
        later = [(row, name) for row, name in rows if row.changed_by != MERGE and row.seq > merge.after_change]
        return {name: row for row, name in sorted(later, key=lambda pair: pair[0].seq)}


def choose(choice: str, winners: Any, losers: Any) -> Any:
    """The value after a merge. A value that only one side has is taken, whatever was chosen."""
    if winners is None or losers is None:
        return losers if winners is None else winners
    if choice == "both" and isinstance(winners, list) and isinstance(losers, list):
        return [*winners, *(one for one in losers if one not in winners)]
    return losers if choice == "loser" else winners
