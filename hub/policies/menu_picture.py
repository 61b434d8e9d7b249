"""The menus of a policy as a picture: which number hears which menu, and where each key leads.

The rule of this file: the same policy gives the same SVG, byte for byte. It stands alone: no script, no font and no
address of its own. Every name is written in each language of the policy, and every text is escaped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from unicodedata import east_asian_width

from channels.registry import traits_of
from hub.policies.document import PolicyDocument
from hub.policies.phone_menus import MOST_MISSES, MenuOption, MenuPolicy

CARD, NUMBER, GAP, MARGIN = 460, 210, 90, 28  # pixels: widths of a menu and of a number, between columns, around all
LINE, SIZE, SMALL, PAD = 19, 14, 12, 16
_FONT = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_STYLE = f"""
text {{ font-family: {_FONT}; font-size: {SIZE}px; fill: #1d2430; }}
.small {{ font-size: {SMALL}px; fill: #566070; }}
.title {{ font-weight: 600; }}
.person {{ fill: #0b6b4f; }}
.self {{ fill: #7a4b00; }}
.card {{ fill: #ffffff; stroke: #c9d0da; }}
.key {{ fill: #e8eef9; stroke: #9fb3d9; }}
.way {{ fill: none; stroke: #6b7a90; stroke-width: 1.5; marker-end: url(#tip); }}
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a menu's card. `leads`: the menu to which a way is drawn."""

    text: str
    kind: str
    key: str = ""
    leads: str = ""


@dataclass(slots=True)
class _Card:
    name: str
    column: int
    rows: list[_Row]
    x: int = 0
    y: int = 0
    ways: list[tuple[int, str]] = field(default_factory=list)  # (height of the row, menu)

    @property
    def height(self) -> int:
        return len(self.rows) * LINE + 2 * PAD


def draw_menus(document: PolicyDocument) -> str:
    """An SVG document. Without a menu it says so."""
    entries = [one for one in document.entries if traits_of(one.channel).is_call]
    cards = _place(document, [one.menu for one in entries if one.menu])
    columns = max((card.column for card in cards.values()), default=0) + 1
    heights = [MARGIN] * columns
    for card in cards.values():
        card.x = MARGIN + NUMBER + GAP + card.column * (CARD + GAP)
        card.y = heights[card.column]
        heights[card.column] += card.height + MARGIN
    parts: list[str] = []
    numbers = MARGIN
    for entry in entries:
        queue = _names_of(document, entry.queue)
        lines = [entry.address or "any other number", *_wrap(queue, NUMBER - 2 * PAD, SMALL)]
        parts += _box(MARGIN, numbers, NUMBER, lines)
        if entry.menu in cards:
            card = cards[entry.menu]
            parts.append(_way(MARGIN + NUMBER, numbers + PAD + 8, card.x, card.y + PAD + 8))
        numbers += len(lines) * LINE + 2 * PAD + MARGIN // 2
    for card in cards.values():
        parts += _draw(card)
        for height, target in card.ways:
            there = cards[target]
            back = there.column <= card.column
            start = card.x + CARD
            parts.append(_way(start, height, there.x + (CARD if back else 0), there.y + PAD + 8, bends_back=back))
    width = MARGIN + NUMBER + GAP + columns * (CARD + GAP)
    height = max([*heights, numbers]) + MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img">',
            f"<title>{escape(document.organisation)}</title>",
            f"<style>{_STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0L10 5L0 10z" fill="#6b7a90"/></marker></defs>',
            f'<rect width="{width}" height="{height}" fill="#f5f7fa"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _place(document: PolicyDocument, begin: list[str]) -> dict[str, _Card]:
    """The menus that somebody hears, each one column right of the first menu that leads to it."""
    cards: dict[str, _Card] = {}
    waiting = [(name, 0) for name in dict.fromkeys(begin)]
    for name, column in waiting:  # grows as it is read: breadth first
        menu = document.menus.get(name)
        if menu is not None and name not in cards:
            cards[name] = _Card(name, column, [*_list_rows(document, name, menu)])
            waiting += [(option.menu, column + 1) for option in menu.options if option.menu]
    return cards


def _list_rows(document: PolicyDocument, name: str, menu: MenuPolicy) -> Iterator[_Row]:
    room = CARD - 2 * PAD
    for line in _wrap(f"{_join(menu.names)} ({name})", room, SIZE):
        yield _Row(line, "title")
    for message in (menu.greeting, menu.closed_greeting):
        for language in document.languages if message else ():
            text = _text_of(document, message, language)
            for line in _wrap(f"“{text}”", room, SMALL):
                yield _Row(line, "small")
    if menu.hours:
        yield _Row(f"The second greeting is for outside the hours “{menu.hours}”.", "small")
    for option in menu.options:
        kind, target = _say_target(document, option)
        for n, line in enumerate(_wrap(f"{_join(option.names)} → {target}", room - 34, SIZE)):
            yield _Row(line, kind, "" if n else option.key, "" if n else option.menu)
        spoken = [words for each in option.speech.values() for words in each]
        for line in _wrap("or says: " + ", ".join(spoken), room - 34, SMALL) if spoken else ():
            yield _Row(line, "indented")
    if menu.straight_through:
        yield _Row(f"Hear no menu: known customers of {', '.join(menu.straight_through)}", "small")
    yield _Row(f"Not understood {MOST_MISSES} times → a person, in the queue of the number", "small")


def _say_target(document: PolicyDocument, option: MenuOption) -> tuple[str, str]:
    """(kind of the row, where the option leads)."""
    if option.queue:
        return "person", _names_of(document, option.queue)
    if option.voicemail:
        return "person", f"a message, then a call back: {_names_of(document, option.voicemail)}"
    if option.callback:
        return "person", f"is called back: {_names_of(document, option.callback)}"
    if option.appointment:
        return "person", f"chooses a time and is called then: {_names_of(document, option.appointment)}"
    if option.menu:
        return "menu", f"menu {option.menu}"
    if option.language:
        return "menu", f"this menu in {option.language}"
    return "self", f"answer “{_text_of(document, option.answer, document.languages[0])}”"


def _draw(card: _Card) -> list[str]:
    parts = [f'<rect class="card" x="{card.x}" y="{card.y}" width="{CARD}" height="{card.height}" rx="8"/>']
    for n, row in enumerate(card.rows):
        y = card.y + PAD + n * LINE + 13
        is_option = row.kind in ("person", "self", "menu", "indented")
        x = card.x + PAD + (34 if is_option else 0)
        if row.key:
            parts.append(f'<rect class="key" x="{card.x + PAD}" y="{y - 14}" width="22" height="18" rx="4"/>')
            parts.append(f'<text x="{card.x + PAD + 7}" y="{y}">{escape(row.key)}</text>')
        style = "small" if row.kind == "indented" else row.kind
        parts.append(f'<text class="{style}" x="{x}" y="{y}">{escape(row.text)}</text>')
        if row.leads:
            card.ways.append((y - 5, row.leads))
    return parts


def _box(x: int, y: int, width: int, lines: list[str]) -> list[str]:
    height = len(lines) * LINE + 2 * PAD - 4
    parts = [f'<rect class="card" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>']
    for n, line in enumerate(lines):
        style = "small" if n else "title"
        parts.append(f'<text class="{style}" x="{x + PAD}" y="{y + PAD + n * LINE + 13}">{escape(line)}</text>')
    return parts


def _way(x: int, y: int, to_x: int, to_y: int, *, bends_back: bool = False) -> str:
    """A curve. One that leads back ends at the right side of its menu."""
    bend = GAP * 2 // 3
    into = to_x + bend if bends_back else to_x - bend
    return f'<path class="way" d="M{x} {y}C{x + bend} {y} {into} {to_y} {to_x} {to_y}"/>'


def _wrap(text: str, room: int, size: int) -> list[str]:
    """The text in lines that are no wider. It breaks at spaces, and between Chinese characters."""
    lines, line, width = [], "", 0.0
    for word in _split(text):
        wide = sum(_width(one) for one in word) * size
        if line and width + wide > room:
            lines.append(line.rstrip())
            line, width, word = "", 0.0, word.lstrip()
        line, width = line + word, width + wide
    return [*lines, line.rstrip()]


def _split(text: str) -> Iterator[str]:
    word = ""
    for one in text:
        if one == " " or _width(one) == 1:
            if word:
                yield word
            word = one
            if _width(one) == 1:
                yield word
                word = ""
        else:
            word += one
    if word:
        yield word


def _width(one: str) -> float:
    """Of a character, in parts of the font's size: those of East Asia are square."""
    return 1 if east_asian_width(one) in "WF" else 0.56


def _join(names: Mapping[str, str]) -> str:
    return " · ".join(names.values())


def _names_of(document: PolicyDocument, queue: str) -> str:
    return next((_join(one.names) for one in document.queues if one.id == queue), queue)


def _text_of(document: PolicyDocument, message: str, language: str) -> str:
    return next((one.texts.get(language, "") for one in document.messages if one.id == message), "")
