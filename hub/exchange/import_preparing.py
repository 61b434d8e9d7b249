"""The lines of an import become customers as they are to be, before anybody may see them, and then what follows.

The rule of this file: what is prepared stands beside the customers, in rows of its own. What follows once it is seen
- history, values as rules compare them, search, consents, whom the rules are asked about - is written from what the
customers are by then, since people go on meanwhile.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from hub.exchange.column_mapping import LANGUAGE, NAME
from hub.exchange.consent_intake import take_consents
from hub.exchange.import_lines import SAME, Known, PlannedLine, Source, change_of, plan_lines
from hub.exchange.told_consents import find_standings, list_told
from hub.storage import activities, customers, import_ready, imports, profiles
from hub.storage.bulk_customers import list_slots
from hub.storage.connection import Connection
from hub.storage.import_ready import ReadyCustomer
from hub.storage.imports import ImportLine
from hub.storage.rule_due import ALL, mark_due
from hub.storage.search_index import OTHER_NAMES, Described, index_customers


async def prepare_lines(conn: Connection, import_id: str, lines: Sequence[ImportLine], known: Known) -> None:
    """Write what these lines make of their customers, and how each is undone."""
    planned = await plan_lines(conn, lines, known)
    ids = {_find_id(import_id, one) for one in planned if not one.problem}
    ready = await import_ready.find(conn, import_id, ids)
    before, done = dict(ready), []
    for one in planned:
        if one.problem:
            done.append(one.stage())
            continue
        made, undo = _make(one, _find_id(import_id, one), ready, known)
        if undo["changes"] or undo["addresses"] or undo["added"]:
            ready[made.customer_id] = made
        has_news = made.customer_id in ready and bool(undo["changes"] or undo["addresses"] or undo["added"])
        outcome = one.outcome if has_news or one.told or one.has_happened else SAME
        said = None if outcome == SAME else orjson.dumps(undo).decode()
        done.append(ImportLine(one.line.line, outcome, made.customer_id, one.line.body, said))
    await import_ready.put(conn, import_id, [one for one in ready.values() if before.get(one.customer_id) != one])
    await imports.note_done(conn, import_id, done)


def _make(
    one: PlannedLine, customer_id: str, ready: dict[str, ReadyCustomer], known: Known
) -> tuple[ReadyCustomer, dict[str, Any]]:
    """The customer as this line makes them, on top of earlier lines of the file; and how it is undone."""
    body = orjson.loads(one.line.body)
    wanted = {**body["values"], **{name: body["facts"][name] for name in (NAME, LANGUAGE) if name in body["facts"]}}
    if one.customer is None:
        profile = orjson.dumps({"currency": known.document.currency}).decode()
        there = ready.get(customer_id, ReadyCustomer(customer_id, "", "", profile, 0))
    else:
        stored = one.customer
        fresh = ReadyCustomer(stored.id, stored.name, stored.language, stored.profile, stored.version)
        there = ready.get(stored.id, fresh)
    values: dict[str, Any] = orjson.loads(there.profile)
    columns = {NAME: there.name, LANGUAGE: there.language}
    changes = {}
    for name, new in wanted.items():
        old = columns[name] or None if name in columns else values.get(name)
        if old == new:
            continue
        changes[name] = (old, new)
        if name in columns:
            columns[name] = new
        else:
            values[name] = new
    addresses = [*orjson.loads(there.addresses), *one.addresses]
    made = replace(
        there,
        name=columns[NAME],
        language=columns[LANGUAGE],
        profile=orjson.dumps(values).decode(),
        addresses=orjson.dumps(addresses).decode(),
    )
    is_added = one.customer is None and customer_id not in ready
    return made, {"added": is_added, "addresses": one.addresses, "changes": changes}


def _find_id(import_id: str, one: PlannedLine) -> str:
    """Whose line it is. Who is to be added has an id that follows from their first line, so it is the same for all
    of their lines, and if it is prepared anew. Ids of one import follow one another as its lines do, since rows that
    come together then lie together in each index. So one can be guessed from another: nothing may rest on that."""
    if one.customer is not None:
        return one.customer.id
    first = orjson.loads(one.line.body).get("first", one.line.line)
    return f"c{sha256(import_id.encode()).hexdigest()[:12]}{first:08}"


async def prepare_again(conn: Connection, import_id: str, ids: Sequence[str], known: Known) -> None:
    """Of these customers, who are not as they were when their rows were written."""
    await import_ready.forget(conn, import_id, ids)
    await prepare_lines(conn, import_id, await imports.list_lines_of(conn, import_id, ids), known)


async def follow_lines(
    conn: Connection, one: Source, lines: Sequence[ImportLine], known: Known, ahead: Described
) -> None:
    """What follows from lines that are seen. `ahead`: what is searched of their customers, if they are as they
    were."""
    ids = {line.customer_id for line in lines}
    await imports.lock_customers(conn, ids)
    standing = await customers.find(conn, ids)
    stored = {asked: found for asked, found in standing.items() if asked == found.id}
    slots = await list_slots(conn)
    parked = {each: each.partition(":")[2] for each in slots if ":" in each}  # what other types have held
    history, values, due, searched = [], dict[str, dict[str, Any]](), dict[str, set[str]](), set[str]()
    for line in lines:
        undo = orjson.loads(line.undo or "{}")
        for name, (old, new) in undo["changes"].items():
            history.append((change_of(line.customer_id, name, new, one, known), old))
        activity = orjson.loads(line.body).get("activity")
        if activity is not None and line.customer_id in standing:
            due.setdefault(standing[line.customer_id].id, set()).add(activities.NAME + activity["kind"])
        customer = stored.get(line.customer_id)
        if customer is None:  # merged since: whoever merged them has seen to the rest
            continue
        names = set(undo["changes"])
        due.setdefault(customer.id, set()).update({ALL} if undo["added"] else names)
        if undo["added"] or undo["addresses"] or names & {NAME, OTHER_NAMES, profiles.BIRTHDAY}:
            searched.add(customer.id)
        profile = orjson.loads(customer.profile)
        values.setdefault(customer.id, {}).update({slots[each]: None for each in parked if parked[each] in names})
        for name in names & slots.keys():
            change = change_of(customer.id, name, profile.get(name), one, known)
            values.setdefault(customer.id, {})[slots[name]] = change.known
    await profiles.note_history(conn, history)
    await profiles.write_slots(conn, values)
    await mark_due(conn, due, known.now, are_many=True)
    await index_customers(conn, searched, ahead)
    bodies = [orjson.loads(line.body) for line in lines]
    standings = await find_standings(conn, bodies)
    told = [each for body in bodies for each in list_told(body, standings, known.document, known.now)[0]]
    await take_consents(conn, known.document.all_consents, told, one.changed_by, one.id, known.now)
