"""New ids: a prefix that says of what, then 80 random bits in hexadecimal.

The rule of this file: ids are unguessable names without meaning; order comes from instants and numbers.
"""

import secrets


def new_id(prefix: str) -> str:
    return prefix + secrets.token_hex(10)
