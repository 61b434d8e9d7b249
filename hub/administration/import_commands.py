"""The command line's imports of customers: what a file would do, doing it, and taking the last one back.

The rule of this file: it says of every refused line what is wrong with it and where. The work itself is done in
`hub.exchange.importing`, which the screens use too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from channels.wording import say_count
from hub.exchange import importing
from hub.exchange.column_mapping import FACTS, SKIP, ColumnMapping, guess
from hub.exchange.importing import Wish
from hub.exchange.table_files import UnreadableFile, open_table
from hub.exchange.taking_back import BEHIND
from hub.policies.stored_versions import get_newest_book
from hub.storage import imports
from hub.storage.database import Database
from hub.storage.hub_time import read_now
from hub.storage.imports import ImportMoved, StoredImport

Say = Callable[[str], None]

SHOWN: Final = 50  # refused lines that are printed; all are in the database
PROBLEMS: Final = {
    "charset": "its letters are in another charset than the rest of the file",
    "quote": "a quotation mark is never closed, or stands in the middle of a cell",
    "cells": "it has more cells than the header has columns",
    "too_long": "it is too long",
    "json": "it is no JSON object",
    "key": "it has a key that the first line lacks",
    "characters": "it holds characters that cannot be printed, or what is no text",
    "country": "a telephone number needs its country: write +46..., or add --country SE",
    "phone": "this is no telephone number that can exist",
    "mailbox": "this is no mailbox",
    "language": "write a language as en or zh-CN",
    "number": "this is no number",
    "separator": "nobody knows whether 1,234 is a thousand or one: write 1234 or 1.234,0",
    "date": "write a date as 2026-11-29",
    "choice": "this is none of the attribute's choices",
    "yes_no": "write yes or no",
    "twice": "an earlier line of this file has the same number or mailbox",
    "nobody": "it has no number, no mailbox and no customer id",
    "two_customers": "its numbers and mailboxes belong to two customers",
    "unknown_customer": "there is no customer with this id: if the ids are not the hub's, skip it by --column 'Id='",
    "consent_missing": "it says when or how somebody agreed, but not to what",
    "consent_address": "a consent belongs to a number or a mailbox, and the line has none",
    "consent_text": "the policy has no such version of this text",
    "consent_in_future": "they cannot have said it on a day that is to come",
    "activity_missing": "an activity needs its kind and its day",
    "activity_kind": "the policy knows no such kind of activity",
    "activity_counted": "the hub counts contacts by itself: leave this line out",
    "activity_amount": "an activity of this kind has no amount",
    "activity_in_future": "it cannot have happened on a day that is to come",
    "activity_twice": "an earlier line of this file tells of an activity with this reference",
}


class ImportFailed(Exception):
    """The text says what to do."""


@dataclass(frozen=True, slots=True)
class FileWish:
    """`columns`: column -> what it is. `country`: of numbers written without one."""

    file: Path
    columns: dict[str, str]
    country: str
    is_dry: bool


async def import_customers(url: str, wish: FileWish, say: Say) -> None:
    """Raises ImportFailed and StorageError."""
    db = await Database.open(url, read_connections=2)
    try:
        one = await _stage(db, wish, say)
        await _say_staged(db, one, say)
        if wish.is_dry:
            await importing.cancel(db, one.id)
            say("Nothing was changed.\n")
            return
        await importing.begin_applying(db, one.id)
        await _finish(db, one.id, say)
        say(f"Imported. To take it back: python -m hub take-back-import {one.id}\n")
    except ImportMoved as error:
        raise ImportFailed("Another import is under way: wait until it has ended.") from error
    finally:
        await db.close()


async def take_back(url: str, import_id: str, say: Say) -> None:
    """Raises ImportFailed and StorageError."""
    db = await Database.open(url, read_connections=2)
    try:
        await importing.begin_taking_back(db, import_id)
        await _finish(db, import_id, say)
        say("Taken back. What was changed since stays as it is.\n")
    except ImportMoved as error:
        raise ImportFailed(f"{import_id} is not the last import that was applied.") from error
    finally:
        await db.close()


async def _stage(db: Database, wish: FileWish, say: Say) -> StoredImport:
    async with db.read() as conn:
        document = (await get_newest_book(conn)).document
    try:
        mapping = None
        if wish.columns or wish.country:
            columns = open_table(wish.file, wish.file.name).columns
            targets = dict(zip(columns, guess(columns, document.all_attributes), strict=True))
            unknown = [one for one in wish.columns if one not in columns]
            known = {*FACTS, *document.all_attributes, SKIP}
            wrong = [target for target in wish.columns.values() if target not in known]
            if unknown:
                raise ImportFailed(f'{wish.file.name} has no column "{unknown[0]}". It has: {", ".join(columns)}.')
            if wrong:
                raise ImportFailed(f'"{wrong[0]}" is nothing that a column can be. Known are: {_list(known)}.')
            mapping = ColumnMapping(tuple({**targets, **wish.columns}.values()), wish.country)
        now, staged = await read_now(db), Wish(wish.file, wish.file.name, "command line", mapping)
        return await importing.stage(db, staged, document, now, lambda line: _tell(say, "read", line))
    except (UnreadableFile, OSError) as error:
        raise ImportFailed(str(error)) from error


def _list(known: Sequence[str] | set[str]) -> str:
    return ", ".join(sorted(one for one in known if one))


async def _say_staged(db: Database, one: StoredImport, say: Say) -> None:
    mapping, counts = orjson.loads(one.mapping), orjson.loads(one.counts)
    say("\n")
    for column, target in zip(mapping["columns"], mapping["targets"], strict=True):
        say(f'  "{column}" is {target or "skipped"}\n')
    async with db.read(is_slow=True) as conn:
        refused = await imports.list_lines(conn, one.id, 0, SHOWN, ["refuse"])
    for line in refused:
        said = orjson.loads(line.body)
        where = f', "{said["column"]}"' if said["column"] else ""
        say(f"  line {line.line:,}{where}: {PROBLEMS[said['problem']]}\n")
    if counts.get("refuse", 0) > SHOWN:
        say(f"  and {counts['refuse'] - SHOWN:,} more lines\n")
    words = (("add", "to add"), ("change", "to change"), ("same", "as they are"), ("refuse", "refused"))
    say(", ".join(f"{say_count(counts.get(key, 0), 'line')} {said}" for key, said in words) + "\n")


async def _finish(db: Database, import_id: str, say: Say) -> None:
    async with db.read() as conn:
        document = (await get_newest_book(conn)).document
    at = await read_now(db)
    await importing.finish(db, import_id, document, lambda: at, lambda line: _tell(say, "done to", line))
    say("\n")


def _tell(say: Say, what: str, line: int) -> None:
    if line < BEHIND:
        say(f"\r{what} line {line:,} ")
