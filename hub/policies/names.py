"""What a policy names: the ids of its parts, and their names in each language.

The rule of this file: how an id and a language's code are written is said here, once.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from channels.wording import written

Id = Annotated[
    str,
    written(
        r"[a-z][a-z0-9_-]{0,62}",
        "a name of small letters, digits, '-' and '_' that begins with a letter, of at most 63 characters",
    ),
]
LanguageTag = Annotated[
    str, written(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", "the code of a language, such as en or zh-CN")
]
Names = Annotated[Mapping[LanguageTag, Annotated[str, Field(min_length=1, max_length=80)]], Field(min_length=1)]
