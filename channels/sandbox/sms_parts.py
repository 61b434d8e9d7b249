"""Counts the SMS parts of a text.

The rule of this file: it follows 3GPP TS 23.038. In the GSM 7-bit alphabet one part holds 160 septets, and each of
several parts 153. Any other text is UTF-16, with 70 and 67 code units. No character is split over two parts.
"""

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")  # an escape and a character: two septets


def count_parts(text: str) -> int:
    """The number of parts, at least 1."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        return _pack([2 if character in _EXTENDED else 1 for character in text], 160, 153)
    return _pack([2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67)


def _pack(sizes: list[int], alone: int, each: int) -> int:
    if sum(sizes) <= alone:
        return 1
    parts, room = 1, each
    for size in sizes:
        if size > room:
            parts, room = parts + 1, each
        room -= size
    return parts
