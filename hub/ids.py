"""New ids: a prefix that says of what, then 80 random bits in a short alphabet.

The rule of this file: ids are unguessable names without meaning; order comes from instants and numbers.
"""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: read aloud without mistakes


def new_id(prefix: str) -> str:
    bits = secrets.randbits(80)
    return prefix + "".join(ALPHABET[(bits >> shift) & 31] for shift in range(0, 80, 5))
