"""An import that is taken back: what goes back and what stays is prepared, one switch hides it, the rest follows.

The rule of this file: as with an import, nothing that is prepared is seen, and `hide` takes all of it back at once.
What came since stays: a value that a person changed, an address at which somebody was in touch, whoever is known to
more than the import and the rules, and whoever was merged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from hub.exchange import told_activities, told_consents
from hub.exchange.column_mapping import LANGUAGE, NAME
from hub.exchange.import_lines import Known, Source, change_of, read_values
from hub.rules.moves_taken_back import take_moves_back
from hub.storage import activities, consents, customers, import_leaving, import_ready, imports, profiles
from hub.storage.bulk_customers import list_slots
from hub.storage.changed_customers import announce_changes
from hub.storage.connection import Connection
from hub.storage.customers import StoredCustomer
from hub.storage.database import Database
from hub.storage.import_ready import REMOVED, ReadyCustomer
from hub.storage.imports import ImportLine, StoredImport
from hub.storage.rule_due import ALL, mark_due
from hub.storage.search_index import OTHER_NAMES, forget_customers, index_customers

PREPARED_SLICE: Final = 50  # lines whose way back is one transaction (P11)
SLICE: Final = 25
STAYING_SHOWN: Final = 20
BEHIND: Final = 2**31 - 1  # a number that no line has
Undos = Mapping[int, Mapping[str, Any]]  # by line


async def step(db: Database, one: StoredImport, known: Known) -> StoredImport:
    """The next slice, or the switch. Raises ImportMoved if somebody else did it, or a customer changed meanwhile."""
    if one.state == "leaving":
        return await imports.write(db, lambda conn: _leave_slice(conn, one, known))
    async with db.read() as conn:
        lines = await imports.list_lines_before(conn, one.id, one.at_line, PREPARED_SLICE)
    if lines:
        return await imports.write(db, lambda conn: _prepare_slice(conn, one, lines))
    async with db.read(is_slow=True) as conn:
        stale = sorted(await import_leaving.list_stale(conn, one.id))
        number, staying = await imports.list_staying(conn, one.id, STAYING_SHOWN)
    if stale:
        await imports.write(db, lambda conn: _prepare_again(conn, one, stale[:PREPARED_SLICE]))
        return one
    stays = {"stayed": number, "stays": [{"customer": line.customer_id, **_read(line)["stays"]} for line in staying]}
    return await imports.write_long(db, lambda conn: _hide(conn, one, known, stays))


# ---- prepared ------------------------------------------------------------------------------------------


async def _prepare_slice(conn: Connection, one: StoredImport, lines: Sequence[ImportLine]) -> StoredImport:
    moved = await imports.move_on(conn, one, "taking_back", lines[-1].line)  # first: it holds the row
    await _prepare(conn, one.id, lines)
    return moved


async def _prepare_again(conn: Connection, one: StoredImport, ids: Sequence[str]) -> None:
    """Of these customers, who are not as they were when their rows were written."""
    await imports.move_on(conn, one, "taking_back", one.at_line)
    await import_ready.forget(conn, one.id, ids)
    lines = await imports.list_lines_of(conn, one.id, ids)
    await _prepare(conn, one.id, [line for line in reversed(lines) if line.undo is not None])


async def _prepare(conn: Connection, import_id: str, lines: Sequence[ImportLine]) -> None:
    """Write what their customers are without these lines, the last line first: an earlier one finds what a later one
    has put back."""
    undos = {line.line: orjson.loads(line.undo or "{}") for line in lines}
    ids = {line.customer_id for line in lines}
    # whoever was merged into another since is left out: their id stands for somebody else
    standing = await customers.find(conn, ids)
    stored = {asked: found for asked, found in standing.items() if asked == found.id}
    added = {line.customer_id for line in lines if undos[line.line]["added"] and line.customer_id in stored}
    gone = added - await imports.list_touched(conn, added, import_id)
    ready = await import_ready.find(conn, import_id, ids)
    used = await imports.list_used_addresses(conn, ids - gone)
    told = await activities.list_imported(conn, import_id, ids)
    before, done = dict(ready), []
    for line in lines:
        customer = stored.get(line.customer_id)
        if customer is None:
            is_merged = line.customer_id in standing  # else they were erased
            done.append(_note(line, {"stays": {"why": "merged", "names": []}} if is_merged else {}))
            continue
        said: dict[str, Any] = {}
        if customer.id not in gone:
            made, said = _put_back(line.undo or "{}", customer, ready.get(customer.id), used)
            if made is not None:
                ready[customer.id] = made
            if undos[line.line]["added"]:
                said["stays"] = {"names": [], **said.get("stays", {}), "why": "known"}
        if customer.id in told:
            said["kinds"] = sorted(told[customer.id])
        done.append(_note(line, said))
    for known in await _list_addresses(conn, gone):
        ready[known.customer_id] = known
    await import_ready.put(conn, import_id, [one for one in ready.values() if before.get(one.customer_id) != one])
    await imports.note_done(conn, import_id, done)


def _note(line: ImportLine, said: Mapping[str, Any]) -> ImportLine:
    return replace(line, body=orjson.dumps(said).decode())


async def _list_addresses(conn: Connection, gone: Collection[str]) -> list[ReadyCustomer]:
    """The rows of those who are to go, with what reaches them."""
    of: dict[str, list[list[str]]] = {each: [] for each in gone}
    for known in await customers.list_addresses(conn, gone):
        of[known.customer_id].append([known.kind, known.address])
    return [
        ReadyCustomer(each, "", "", "{}", REMOVED, orjson.dumps(addresses).decode()) for each, addresses in of.items()
    ]


def _put_back(
    undo: str, customer: StoredCustomer, ready: ReadyCustomer | None, used: Collection[tuple[str, str]]
) -> tuple[ReadyCustomer | None, dict[str, Any]]:
    """The customer without this line, on top of later ones, None if they are as they were; and what is said of the
    line: what goes `back`, as old and new, and what `stays`."""
    wanted = orjson.loads(undo)
    there = ready or ReadyCustomer(customer.id, customer.name, customer.language, customer.profile, customer.version)
    values = read_values(there)
    back, names = {}, []
    for name, (old, new) in wanted["changes"].items():
        if values.get(name) == new:
            back[name] = [new, old]
            values |= {name: old}
        elif values.get(name) != old:
            names.append(name)
    keys = [one for one in wanted["addresses"] if (customer.id, one[1]) not in used]
    said: dict[str, Any] = {"back": back} if back else {}
    if names or len(keys) < len(wanted["addresses"]):
        said["stays"] = {"why": "changed" if names else "address", "names": names}
    if not back and not keys:
        return None, said
    name, language = (str(values.pop(one, None) or "") for one in (NAME, LANGUAGE))
    made = replace(
        there,
        name=name,
        language=language,
        profile=orjson.dumps({key: value for key, value in values.items() if value is not None}).decode(),
        addresses=orjson.dumps([*orjson.loads(there.addresses), *keys]).decode(),
    )
    return made, {**said, "shrinks": True} if keys else said


# ---- the switch ----------------------------------------------------------------------------------------


async def _hide(conn: Connection, one: StoredImport, known: Known, stays: Mapping[str, Any]) -> StoredImport:
    """Before it everybody sees the whole import, after it nobody sees anything of it."""
    counts = orjson.dumps({**orjson.loads(one.counts), **stays}).decode()
    moved = await imports.move_on(conn, one, "leaving", BEHIND, counts=counts)
    await import_leaving.hide(conn, one.id, known.now)
    targets = orjson.loads(one.mapping)["targets"]
    if told_activities.KIND in targets:
        await activities.take_back(conn, one.id, known.now)
    if not told_consents.PURPOSES.keys().isdisjoint(targets):
        await consents.take_back_import(conn, one.id, known.now)
    return moved


# ---- what follows --------------------------------------------------------------------------------------


async def _leave_slice(conn: Connection, one: StoredImport, known: Known) -> StoredImport:
    lines = await imports.list_lines_before(conn, one.id, one.at_line, SLICE)
    if not lines:
        return await imports.move_on(conn, one, "taken_back", 0, ended_at=known.now)
    moved = await imports.move_on(conn, one, "leaving", lines[-1].line)
    ids = {line.customer_id for line in lines}
    await imports.lock_customers(conn, ids)
    await _remove(conn, one.id, await import_leaving.find_hidden(conn, ids), known.now)
    await _follow(conn, Source("import", one.id, one.file_name), lines, one.applied_at or 0, known)
    return moved


async def _remove(conn: Connection, import_id: str, hidden: set[str], now: int) -> None:
    """Delete what is left of those who went, but for whoever got in touch in the very instant of the switch."""
    kept = hidden & await imports.list_touched(conn, hidden, import_id)
    if kept:
        rows = (await import_ready.find(conn, import_id, kept)).values()
        addresses = {(row.customer_id, kind, key) for row in rows for kind, key in orjson.loads(row.addresses)}
        await import_leaving.show_again(conn, kept, addresses)
        await index_customers(conn, kept)
        await mark_due(conn, {each: [ALL] for each in kept}, now)
    await forget_customers(conn, hidden - kept)
    await imports.remove(conn, hidden - kept, now)


async def _follow(conn: Connection, one: Source, lines: Sequence[ImportLine], since: int, known: Known) -> None:
    """History, values as rules compare them, search, and what the rules made of it, of those who are still there."""
    ids = {line.customer_id for line in lines}
    standing = await customers.find(conn, ids)
    slots = await list_slots(conn)
    parked = {each: each.partition(":")[2] for each in slots if ":" in each}  # what other types have held
    history, values = [], dict[str, dict[str, Any]]()
    due, searched = await consents.list_taken_back(conn, one.id, ids), set[str]()
    moved: dict[str, set[str]] = {}
    for line in lines:
        if (customer := standing.get(line.customer_id)) is None:
            continue
        said = _read(line)
        back, kinds = said.get("back", {}), said.get("kinds", [])
        due.setdefault(line.customer_id, set()).update(back)
        if customer.id != line.customer_id:  # merged since: whoever merged them has seen to the rest
            continue
        moved.setdefault(customer.id, set()).update(back, kinds)
        history += [(change_of(customer.id, name, old, one, known), new) for name, (new, old) in back.items()]
        if said.get("shrinks") or back.keys() & {NAME, OTHER_NAMES, profiles.BIRTHDAY}:
            searched.add(customer.id)
        profile = read_values(customer)
        values.setdefault(customer.id, {}).update({slots[each]: None for each in parked if parked[each] in back})
        for name in back.keys() & slots.keys():
            change = change_of(customer.id, name, profile.get(name), one, known)
            values.setdefault(customer.id, {})[slots[name]] = change.known
    await profiles.note_history(conn, history)
    await profiles.write_slots(conn, values)
    await profiles.change_profiles(conn, await take_moves_back(conn, moved, since, known.now, known.document))
    marked = {each: names for each, names in due.items() if each in standing}
    await mark_due(conn, marked, known.now, are_many=True)
    await index_customers(conn, searched)
    await announce_changes(conn, await imports.find_with_open_work(conn, set(standing)), known.now)


def _read(line: ImportLine) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(line.body)
    return found
