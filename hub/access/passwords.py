"""Passwords: hashed with Argon2id, verified at one cost for everybody, and refused where they are easy to guess.

The rule of this file: hashing is bounded, and strangers have a seat of their own for it, so that a flood of guesses
takes neither the seat of those whom the hub knows nor the event loop.
"""

import asyncio
import re
import secrets
from collections.abc import Iterable

import argon2

SHORTEST_PASSWORD = 12  # NIST SP 800-63B asks for length, and that common and expected passwords are refused
WEIGHED = 72  # characters of a password that are weighed: what the library takes at most
SAFE_GUESSES = 10**10  # zxcvbn's score 4; its word lists are English, so score 3 lets other languages' seasons pass
# What people write at such a prompt, in languages that the library does not know
EXPECTED = """
    willkommen passwort kennwort geheim sommer winter herbst frühling qwertz hallo välkommen lösenord sommar vinter
    bienvenue motdepasse azerty bonjour été hiver automne bienvenido contraseña verano invierno otoño benvenuto
    woaini nihao mima zhongguo beijing shanghai woaizhongguo 你好 密码 中国 北京 上海 我爱你 欢迎 春天 夏天 秋天 冬天
""".split()

# OWASP's setting of Argon2id for servers: 19 MiB, two passes, one lane. RFC 9106's own (64 MiB, four lanes) took 0.4
# s of CPU a sign-in, and a shift of 200 begins within a minute.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class PoorPassword(Exception):
    """Too short, or the same again."""


class GuessablePassword(Exception):
    """Common, patterned, or made of what everybody knows of the person."""


def hash_password(password: str) -> str:
    return _hasher.hash(password)


class Hashing:
    """The seats: one for strangers, one for known devices and for new passwords."""

    def __init__(self) -> None:
        self._strangers, self._known = asyncio.Semaphore(1), asyncio.Semaphore(1)
        self._decoy: str | None = None

    async def verify(self, password_hash: str | None, password: str, *, is_known: bool) -> bool:
        """Without a hash (nobody has that name) the same work is done, in vain."""
        async with self._known if is_known else self._strangers:
            if password_hash is None:
                self._decoy = self._decoy or await asyncio.to_thread(hash_password, secrets.token_hex())
            is_right = await asyncio.to_thread(is_password, password_hash or self._decoy or "", password)
        return is_right and password_hash is not None

    async def hash_new(self, password: str, about: Iterable[str]) -> str:
        """`about`: the names of the person and of the organisation. Raises GuessablePassword."""
        async with self._known:
            if await asyncio.to_thread(is_guessable, password, list(about)):
                raise GuessablePassword
            return await asyncio.to_thread(hash_password, password)


def is_guessable(password: str, about: Iterable[str]) -> bool:
    """Whether so few guesses find it that a patient stranger makes them, also when its owner's words are taken away
    from it. Nothing leaves this machine."""
    from zxcvbn import zxcvbn  # here, because its word lists take long to load

    password = re.sub(r"^(.+?)\1+$", r"\1", password, flags=re.DOTALL)  # the same again and again is known at once
    words = {*EXPECTED} | {
        word.casefold() for text in about for word in (text, *re.split(r"\W+", text)) if len(word) > 2
    }
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = re.sub(re.escape(word), "", rest, flags=re.IGNORECASE)
    if rest != password:
        rest = re.sub(r"[\W_]+", "", rest)
    if not rest:
        return True
    guesses = [zxcvbn(text[:WEIGHED], user_inputs=sorted(words))["guesses"] for text in {password, rest}]
    return min(guesses) < SAFE_GUESSES


def is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
