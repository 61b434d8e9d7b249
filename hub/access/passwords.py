"""Passwords: hashed with Argon2id, verified at one cost for everybody, and refused where they are easy to guess.

The rule of this file: hashing is bounded, and strangers have a seat of their own for it, so that a flood of guesses
takes neither the seat of those whom the hub knows nor the event loop. Strangers have it in the order of
`hub.access.turns`, not as they come: their names each have tries, and thousands of them would fill a line of minutes.
"""

import asyncio
import secrets
from collections.abc import Iterable
from enum import StrEnum

import argon2

from hub.access.guessable import is_guessable
from hub.access.turns import Path, Seat

NEW = "a new password"  # who chooses one, in the order of turns
SHORTEST_PASSWORD = 12  # NIST SP 800-63B asks for length, and that common and expected passwords are refused

# OWASP's setting of Argon2id for servers: 19 MiB, two passes, one lane. RFC 9106's own (64 MiB, four lanes) took 0.4
# s of CPU a sign-in, and a shift of 200 begins within a minute.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PoorPassword(Exception):
    """Too short, or the same again."""


class GuessablePassword(Exception):
    """Common, patterned, or made of what everybody knows of the person."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Standing(StrEnum):
    """What speaks for somebody who tries, before their password is looked at."""

    KNOWN = "known"  # a device on which this person has signed in
    NEAR = "near"  # a network from where this person has signed in
    STRANGER = "stranger"


class Hashing:
    """A seat for each standing; new passwords have that of known devices."""

    def __init__(self) -> None:
        self._seats = {standing: Seat() for standing in Standing}
        self._decoy: str | None = None

    async def verify(self, password_hash: str | None, password: str, standing: Standing, path: Path) -> bool:
        """Without a hash (nobody has that name) the same work is done, in vain. Raises TooManyTries."""
        async with self._seats[standing].take(path):
            if password_hash is None:
                self._decoy = self._decoy or await asyncio.to_thread(hash_password, secrets.token_hex())
            is_right = await asyncio.to_thread(is_password, password_hash or self._decoy or "", password)
        return is_right and password_hash is not None

    async def hash_new(self, password: str, about: Iterable[str]) -> str:
        """`about`: the names of the person and of the organisation. Raises GuessablePassword."""
        async with self._seats[Standing.KNOWN].take((NEW,)):
            if await asyncio.to_thread(is_guessable, password, list(about)):
                raise GuessablePassword
            return await asyncio.to_thread(hash_password, password)


def is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
