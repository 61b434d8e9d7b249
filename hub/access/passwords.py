"""Passwords: hashed with Argon2id, verified at the same cost for every name, and refused if they are easy to guess.

The rule of this file: hashing is bounded, and strangers have a seat of their own for it. So a flood of guesses takes
neither the seat of people whom the hub knows nor the event loop. Strangers get their seat in the order of
`hub.access.turns`, not of arrival: each name has tries of its own, and thousands of names would make a line of
minutes.
"""

import asyncio
import secrets
from collections.abc import Iterable
from enum import StrEnum

import argon2

from hub.access.guessable import is_guessable
from hub.access.turns import Path, Turnstile

NEW = "a new password"  # the path, in the order of turns, of everybody who chooses one
SHORTEST_PASSWORD = 12  # NIST SP 800-63B asks for length, and for refusing common and expected passwords

# OWASP's setting of Argon2id for servers: 19 MiB, two passes, one lane. RFC 9106's own (64 MiB, four lanes) took 0.4
# s of CPU for each sign-in: too long when a shift of 200 people signs in within a minute.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PoorPassword(Exception):
    """Too short, or equal to the old password."""


class GuessablePassword(Exception):
    """Common, a simple pattern, or made from the names of the person or of the organisation."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Familiarity(StrEnum):
    """How well the hub knows the sender of a try, before the password is checked."""

    KNOWN = "known"  # a device on which this person has signed in
    NEAR = "near"  # a network from where this person has signed in
    STRANGER = "stranger"


class Hashing:
    """One seat for each familiarity. New passwords use the seat of known devices."""

    def __init__(self) -> None:
        self._seats = {familiarity: Turnstile() for familiarity in Familiarity}
        self._decoy: str | None = None

    async def verify(self, password_hash: str | None, password: str, familiarity: Familiarity, path: Path) -> bool:
        """If `password_hash` is None (nobody has that name), the same work is done and the answer is False. Raises
        TooManyTries."""
        async with self._seats[familiarity].take(path):
            if password_hash is None:
                self._decoy = self._decoy or await asyncio.to_thread(hash_password, secrets.token_hex())
            is_right = await asyncio.to_thread(is_password, password_hash or self._decoy or "", password)
        return is_right and password_hash is not None

    async def hash_new(self, password: str, about: Iterable[str]) -> str:
        """`about`: the names of the person and of the organisation. Raises GuessablePassword."""
        async with self._seats[Familiarity.KNOWN].take((NEW,)):
            if await asyncio.to_thread(is_guessable, password, list(about)):
                raise GuessablePassword
            return await asyncio.to_thread(hash_password, password)


def is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
