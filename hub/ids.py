"""New ids: a prefix that names the kind of thing, then 80 random bits in hexadecimal.

The rule of this file: ids cannot be guessed and mean nothing. Order comes from instants and numbers.
"""

import secrets


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(10)
