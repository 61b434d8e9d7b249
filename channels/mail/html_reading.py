"""Makes a mail's HTML safe to show, and turns it into text.

The rule of this file: an allow-list decides, and showing the mail fetches nothing. Whatever is not on the list is
removed. A remote picture keeps its address only as `data-remote-src`. A picture inside the mail becomes `cid:N`,
where N is its place among the attachments. Text is made from the safe HTML, never from the stranger's.

Size and depth are limited before the sanitiser runs, since it takes seconds over 20,000 nested elements (`depth.py`).
"""

import html
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

import nh3

from channels.mail.depth import is_reasonable

MAX_HTML: Final = 1_000_000  # characters


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS: Final = _words(
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption "
    "figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q rp rt ruby s samp "
    "section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_ANY: Final = {"align", "dir", "lang", "style", "title", "valign"}
_ATTRIBUTES: Final = {
    **dict.fromkeys(_TAGS, _ANY),
    "a": _ANY | {"href"},
    "font": _ANY | {"color", "face", "size"},
    "img": _ANY | {"src", "alt", "width", "height"},
    "ol": _ANY | {"start", "type"},
    "table": _ANY | {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": _ANY | {"bgcolor", "colspan", "rowspan", "width", "height"},
    "th": _ANY | {"bgcolor", "colspan", "rowspan", "width", "height"},
    "tr": _ANY | {"bgcolor"},
}
_STYLES: Final = _words(  # none can hold an address or leave its box
    "background-color color direction font-family font-size font-style font-weight line-height padding "
    "padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent "
    "vertical-align white-space"
)


def _drop_addresses_in_styles(_tag: str, attribute: str, value: str) -> str | None:
    return None if attribute == "style" and ("url" in value.lower() or "\\" in value) else value


_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_words("script style title head template noscript textarea select"),
    attributes=_ATTRIBUTES,
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
    url_relative="deny",
    attribute_filter=_drop_addresses_in_styles,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)

# A whole tag of the sanitiser's output, so that a value that looks like a tag never counts as one.
_SAFE_TAG: Final = re.compile(r'<([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
_SOURCE: Final = re.compile(r' src="([^"]*)"')


def clean_html(source: str, inline: Mapping[str, int]) -> str:
    """HTML that is safe to show. "" if it is too large or too deep. `inline`: Content-ID -> attachment number."""
    if len(source) > MAX_HTML or not is_reasonable(source):
        return ""

    def place(match: re.Match[str]) -> str:
        if match[1] != "img":
            return match[0]
        return f"<img{_SOURCE.sub(place_source, match[2])}>"

    def place_source(match: re.Match[str]) -> str:
        address = html.unescape(match[1])
        if address[:4].lower() != "cid:":
            return f' data-remote-src="{match[1]}"'
        number = inline.get(address[4:], inline.get(unquote(address[4:])))
        return "" if number is None else f' src="cid:{number}"'

    return _SAFE_TAG.sub(place, _CLEANER.clean(source.replace("\0", ""))).strip()


_BLOCKS: Final = _words(
    "blockquote center dd div dl dt figure figcaption footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section "
    "table tr ul"
)
_SPACED: Final = _words("blockquote h1 h2 h3 h4 h5 h6 p pre table ul ol")
_TOKEN: Final = re.compile(r'<(/?)([a-z][a-z0-9]*)(?: [a-z-]+="[^"]*")*>|([^<]+)')
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_QUOTE_OPENS, _QUOTE_CLOSES = "\x01", "\x02"  # first removed from the text, so that only this file writes them


def read_text_roughly(source: str) -> str:
    """The text between the tags, for HTML that is too large or too deep for the sanitiser."""
    lines = (line.strip() for line in html.unescape(_ANY_TAG.sub(" ", source)).split("\n"))
    return "\n".join(line for line in lines if line)


def read_text(safe_html: str) -> str:
    """The text of sanitised HTML. Each block has lines of its own, and quotes begin with "> "."""
    pieces: list[str] = []
    in_pre = gap = 0  # gap: so many line ends come before the next word

    def write(text: str) -> None:
        nonlocal gap
        if text.isspace() and not in_pre and (gap or not pieces):
            return
        pieces.append("\n" * gap + (text.lstrip(" ") if gap and not in_pre else text))
        gap = 0

    for closing, tag, text in _TOKEN.findall(safe_html.translate({1: None, 2: None})):
        if text:
            text = html.unescape(text) if "&" in text else text
            write(text if in_pre else _BLANKS.sub(" ", text))
            continue
        if tag == "blockquote" and closing:
            pieces.append(_QUOTE_CLOSES)
        if tag in _BLOCKS:
            gap = max(gap, 2 if tag in _SPACED else 1)
        match tag:
            case "blockquote" if not closing:
                write(_QUOTE_OPENS)
            case "pre":
                in_pre += -1 if closing else 1
            case "br":
                gap += 1
            case "li" if not closing:
                write("- ")
            case "td" | "th" if closing:
                write(" ")
    return _mark_quotes("".join(pieces).replace("\xa0", " "))


def _mark_quotes(text: str) -> str:
    """Begin each line with "> " for each quote around it, and never leave two empty lines in a row."""
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        depth += line.count(_QUOTE_OPENS)
        words = line.rstrip() if depth == 0 else line.strip(" \x01\x02")
        if depth == 0 and lines and lines[-1].startswith(">") and not lines[-1].strip("> "):
            lines[-1] = ""
        if words or (lines and lines[-1].strip("> ")):
            lines.append(("> " * min(depth, 20) + words).rstrip())
        depth = max(0, depth - line.count(_QUOTE_CLOSES))
    return "\n".join(lines).strip("\n")
