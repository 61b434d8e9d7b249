"""Text from bytes whose charset label may be wrong.

The rule of this file: every input gives a text, and no language is preferred. The label is tried first, strictly. If
it cannot be true, or would fit any bytes and gives no sense, `chardet` chooses among the charsets that mailers really
use. `chardet` is imported when it is first needed, so only the process that parses mails loads it.

Sources: WHATWG encoding standard (what a label means), RFC 1468 and RFC 1557 (escapes of ISO-2022).
"""

import codecs
import re
from typing import Final

# A label, and the larger charset that mailers mean by it. The WHATWG encoding standard has the same table.
_MEANT: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "euc-cn": "gb18030",
    "ks_c_5601-1987": "euc_kr",
    "euc-kr": "euc_kr",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_2",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso-8859-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "utf8mb4": "utf-8",
}
_WIDER: Final = {"euc_kr": "cp949"}  # tried next: neither charset contains the other
# Python codecs that no mail means. A hostile mail could keep them busy.
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})

_CJK: Final = frozenset({"gb18030", "big5hkscs", "euc_jis_2004", "cp932", "cp949"})
_CYRILLIC: Final = frozenset({"koi8-r", "koi8-u", "cp1251", "iso8859-5"})
_OTHER_SCRIPTS: Final = frozenset({"cp1253", "cp1255", "cp1256", "cp874"})  # Greek, Hebrew, Arabic, Thai
_WESTERN: Final = frozenset({"cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "mac-roman"})
_STRUCTURED: Final = frozenset({"gb18030", "big5hkscs", "euc_jp", "cp932", "euc_kr", "cp949"})
_CANDIDATES: Final = (
    *("utf-8", *sorted(_CJK), *sorted(_CYRILLIC)),
    *("cp1252", "cp1250", "cp1254", *sorted(_OTHER_SCRIPTS)),
)
_SAMPLE: Final = 20_000  # so many bytes are looked at
_FEWEST: Final = 4  # so many bytes outside ASCII count against a label that may be true,
_FEWEST_WRONG: Final = 3  # and against one that cannot be
_CHANCE: Final = 8  # so many bytes of a Chinese text may be UTF-8 by chance
_SURE, _VERY_SURE = (
    0.08,
    0.4,
)  # `chardet`'s certainty, to doubt a label that fits any bytes, or a label with a structure

_HIGH: Final = re.compile(rb"[\x80-\xff]")
_LETTER: Final = re.compile(rb"[A-Za-z]")


def decode_text(data: bytes, charset: str) -> str:
    """The text. A character that cannot be recovered shows as U+FFFD."""
    if not data:
        return ""
    said = charset.strip().strip("\"'").lower()
    if said.replace("-", "_") in _NO_CHARSETS:
        said = ""
    declared = _MEANT.get(said, said) or "utf-8"
    if b"\x1b$" in data and declared == "utf-8":  # East Asian mailers often leave the label out
        declared = "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp_2"
    for candidate in (declared, _WIDER.get(declared, "utf-8")):
        text = _decode(data, candidate)
        if text is not None:
            return _doubt(data, candidate, text)
    text = _decode(data, "utf-8")
    if text is None and (not said or len(_HIGH.findall(data[:_SAMPLE])) >= _FEWEST_WRONG):
        text = _decode(data, _detect(data)[0])
    if text is not None:
        return text
    try:
        return data.decode(declared, "replace")
    except (LookupError, ValueError):
        return data.decode("cp1252", "replace")


def _decode(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (LookupError, ValueError):
        return None


def _doubt(data: bytes, label: str, text: str) -> str:
    """The text by its label, unless the bytes are far more likely to be in another charset. A charset of single bytes
    accepts any bytes, and the charsets of East Asia accept each other's."""
    label = codecs.lookup(label).name
    sample = data[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if label.startswith(("utf", "iso2022")) or high < max(_FEWEST, len(_LETTER.findall(sample))):
        return text
    found, confidence = _detect(data)
    if label in _STRUCTURED:
        is_other = found in _CJK or (found == "utf-8" and high > _CHANCE)
        is_likely = confidence >= _VERY_SURE
    else:
        is_other = found in (_CJK | _CYRILLIC | _OTHER_SCRIPTS if label in _WESTERN else _CJK | _CYRILLIC)
        is_likely = confidence >= _SURE
    if not (is_other and is_likely) or _is_same(found, label):
        return text
    other = _decode(data, found)
    return text if other is None else other


def _is_same(found: str, label: str) -> bool:
    """Whether both charsets read an ordinary text alike."""
    families = ({"euc_jis_2004", "euc_jp"}, {"cp949", "euc_kr"}, {"koi8-r", "koi8-u"})
    return found == label or any(found in family and label in family for family in families)


def _detect(data: bytes) -> tuple[str, float]:
    """(charset, how sure: from 0 to 1)"""
    import chardet

    found = chardet.detect(
        data[:_SAMPLE], include_encodings=_CANDIDATES, compat_names=False, prefer_superset=True, max_bytes=_SAMPLE
    )
    return found["encoding"] or "cp1252", found["confidence"]
