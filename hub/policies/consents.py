"""What the hub asks customers for, purpose by purpose: the texts, what silence means, and how long a yes holds.

The rule of this file: a purpose that the policy does not mention keeps its standard meaning, so nobody is written to
for marketing because a section is missing. A text keeps its version for ever; a changed text is another version.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field

from hub.policies.names import LanguageTag
from hub.toml_files.problems import Section
from hub.toml_files.toml_lines import Key
from scripts_library.script_parts import Purpose as Purpose  # the keys of the policy's consents

Silence = Literal["allowed", "needs_yes", "as_announced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText(Section):
    """What a customer is asked, in each language."""

    version: Annotated[int, Field(ge=1, le=1_000_000)]
    texts: Annotated[Mapping[LanguageTag, Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPolicy(Section):
    """`silence`: what holds where a customer has said nothing: `allowed` until they take it back, `needs_yes`, or, of
    recordings, `as_announced`: allowed once they have heard of it."""

    silence: Silence
    runs_out_days: Annotated[int, Field(ge=0, le=36_600)] = 0  # after a yes; 0: it holds until it is taken back
    ask_in_chat: bool = False  # the widget asks its visitors
    texts: tuple[ConsentText, ...] = ()  # the last one is asked

    def check(self, purpose: str) -> Iterator[tuple[Key, str]]:
        if self.silence == "as_announced" and purpose != "recording":
            yield ("silence",), 'is "as_announced" only for recording: write "allowed" or "needs_yes"'
        if self.runs_out_days and self.silence != "needs_yes":
            yield ("runs_out_days",), 'belongs to silence = "needs_yes": otherwise silence allows it as well'
        if self.ask_in_chat and not self.texts:
            yield ("ask_in_chat",), "needs a text that the widget can ask: add one to texts"
        versions = [text.version for text in self.texts]
        for n, version in enumerate(versions[1:], 1):
            if version <= versions[n - 1]:
                yield ("texts", n, "version"), "must be larger than the one before: the last text is asked"

    @property
    def newest_text(self) -> ConsentText | None:
        return self.texts[-1] if self.texts else None

    def find_text(self, language: str, fallback: str) -> tuple[int, str, str]:
        """The version, the language and the words that a customer is asked in; 0 and empty if there is no text."""
        text = self.newest_text
        if text is None:
            return 0, "", ""
        said = next((one for one in (language, fallback) if one in text.texts), next(iter(text.texts)))
        return text.version, said, text.texts[said]


STANDARD_CONSENTS: Final[Mapping[str, ConsentPolicy]] = {
    "service": ConsentPolicy(silence="allowed"),
    "marketing": ConsentPolicy(silence="needs_yes"),
    "recording": ConsentPolicy(silence="as_announced"),
    "page_trail": ConsentPolicy(silence="needs_yes"),
}
