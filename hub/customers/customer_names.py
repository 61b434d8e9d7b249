"""The name of a customer out of its parts, in the order of the script that it is written in.

The rule of this file: Chinese, Japanese and Korean names begin with the family's and have no space between. All
others begin with the given name.
"""

import unicodedata
from typing import Final

_FAMILY_FIRST: Final = ("CJK UNIFIED", "CJK COMPATIBILITY", "HIRAGANA", "KATAKANA", "HANGUL")


def compose_name(given: str, family: str) -> str:
    """ "Zoë" and "Ångström" are "Zoë Ångström"; "嘉怡" and "林" are "林嘉怡". Either part may be empty."""
    given, family = given.strip(), family.strip()
    if _is_family_first(given or family) and _is_family_first(family or given):
        return family + given
    return " ".join(part for part in (given, family) if part)


def _is_family_first(text: str) -> bool:
    letters = [one for one in text if one.isalpha()]
    return bool(letters) and all(unicodedata.name(one, "").startswith(_FAMILY_FIRST) for one in letters)
