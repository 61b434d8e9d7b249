"""Finds the writer's own words in a mail, without the quoted mails and the signature.

The rule of this file: it works by lines, in linear time, and rather shows too much than too little. A quote is folded
away only if no words of the writer follow it. An answer written between quoted lines keeps them, because it makes no
sense without them. Regular expressions see single lines of at most `_LONGEST` characters.

Mail programs announce a quote in one of three ways, each in every language:
    On 3 May 2026 at 10:12, Ada <ada@bank.example> wrote:      an attribution, on one line or several
    -----Original Message-----                                 a title between dashes
    From: ... / Sent: ... / To: ... / Subject: ...             a block of header lines
"""

import re
from typing import Final

_LONGEST: Final = 400  # a longer line announces no quote,
_LONGEST_ADVERT: Final = 100  # and a line longer than this is no telephone's advertisement

_WROTE: Final = (
    r"wrote|writes|schrieb|écrit|scritto|escribió|escrito|escreveu|va escriure|schreef|geschreven|skrev|skreiv|"
    r"kirjoitti|napisał|napsal|napísal|írta|a scris|написал|писал|пишет|писав|пише|написа|έγραψε|yazdı|"
    r"đã viết|menulis"
)
_WROTE_UNSPACED: Final = r"写道|寫道|写到|编写|の(?:メッセージ|メール)|書きました|작성|썼습니다|เขียน|כתב|كتب|लिखा"
_LABELS: Final = (
    r"from|sent|date|to|cc|subject|reply-to|von|gesendet|datum|an|betreff|de|envoyé|à|objet|da|inviato|data|a|oggetto|"
    r"enviado|enviada em|para|asunto|assunto|van|verzonden|aan|onderwerp|från|skickat|till|ämne|fra|sendt|til|emne|"
    r"lähettäjä|lähetetty|vastaanottaja|aihe|od|wysłano|do|temat|odesláno|komu|předmět|feladó|küldve|címzett|tárgy|"
    r"от|отправлено|дата|кому|тема|від|gönderen|kime|konu|tarih|"
    r"发件人|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件者|寄件日期|收件者|副本|主旨|差出人|送信日時|宛先|件名|日付|"
    r"보낸 사람|보낸 날짜|받는 사람|제목|날짜"
)
_SENT_FROM: Final = (
    r"(?:sent|posted|typed|written) (?:from|via|with|by|using|on|through)\b|get outlook for|get \[outlook for|"
    r"[\w ]{0,20}\bfrom (?:my |a )?(?:mobile|iphone|ipad|android|phone|tablet)\b|"
    r"envoyé (?:depuis|de|à partir)|von mein(?:em|er) .{1,40} gesendet|gesendet (?:von|mit|über)|"
    r"diese nachricht wurde .{1,60} gesendet|verzonden (?:met|vanaf|via)|verstuurd (?:met|vanaf|via)|"
    r"enviado (?:desde|de|do|a partir|con|com)|inviato (?:da|con)|skickat (?:från|med)|sendt fra|lähetetty|"
    r"wysłan[eo] z|odesláno z|отправлено (?:с|из)|надіслано|"
    r"从我的.{1,30}发送|发自|發自|從我的.{1,30}傳送|"
    r"(?:iphone|ipad|android).{0,10}から送信|나의 .{1,20}에서 보냄"
)

_ATTRIBUTION: Final = re.compile(rf"(?i)(?<!\w)(?:{_WROTE})|{_WROTE_UNSPACED}|<[^<>\s]+@[^<>\s]+>\s*[:：]")
_ENDS_IN_COLON: Final = re.compile(r"[:：]\s*$|\s-{3,}\s*$")
_CLOCK: Final = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_DATED: Final = re.compile(rf"(?<!\d)(?:19|20)\d\d(?!\d)|{_CLOCK.pattern}")
_ADDRESSED: Final = re.compile(r"[^\s<>@]@[^\s<>@]")
_HEADER: Final = re.compile(rf"(?i)[\s*]*(?:{_LABELS})\s?\*?\s?[:：]")
_TITLE: Final = re.compile(r"\s*[-_=*—]{3,}\s*[^\W_][^\r\n]{1,60}?[-_=*—]{3,}\s*")
_DELIMITER: Final = re.compile(r"\s*(?:[-_=~*#+—]{2,}|ᐧ)\s*")
_MOBILE: Final = re.compile(rf"(?i)[\s<(\[*_-]*(?:{_SENT_FROM})")


def fold_quotes(text: str) -> str:
    """The writer's own words. If none are found, "": then show everything."""
    lines = _cut_signature(text.split("\n"))
    kept: list[str] = []
    wrote_something = False
    quote_ends = _list_quote_ends(lines)
    headers = [(":" in line or "：" in line) and bool(_HEADER.match(line[:_LONGEST])) for line in lines]
    last_quote = max((n for n, line in enumerate(lines) if _is_quote(line)), default=-1)
    last_own = max((n for n, line in enumerate(lines) if line.strip() and not _is_quote(line)), default=-1)
    n = 0
    while n < len(lines):
        if _opens_headers(lines, headers, n):
            break
        length = _measure_attribution(lines, n, quote_ends) if lines[n].strip() else 0
        if not length:
            wrote_something = wrote_something or _is_own(lines[n])
            kept.append(lines[n])
            n += 1
            continue
        n += length
        quote_end = quote_ends[n]
        if wrote_something and (quote_end == n or last_own < quote_end):
            break  # the quoted mail goes on to the end
        if not wrote_something and last_quote < quote_end:
            n = quote_end  # a quote on top, and the answer below it
    while kept and not _is_own(kept[-1]):
        kept.pop()
    return "\n".join(kept).strip("\n")


def _cut_signature(lines: list[str]) -> list[str]:
    """The lines before the signature. RFC 3676: two dashes and a blank, which often gets lost, begin it."""
    wrote_something = False
    for n, line in enumerate(lines):
        if wrote_something and line.rstrip() == "--":
            return lines[:n]
        wrote_something = wrote_something or _is_own(line)
    return lines


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith(">")


def _is_own(line: str) -> bool:
    """Whether the writer may have written this line. It is not empty, quoted, a rule or a telephone's
    advertisement."""
    if not line.strip() or _is_quote(line):
        return False
    return not (_DELIMITER.fullmatch(line) or (len(line) <= _LONGEST_ADVERT and _MOBILE.match(line)))


def _opens_headers(lines: list[str], headers: list[bool], n: int) -> bool:
    """Whether a block of header lines begins here, with or without a title above. A person may also write "From:
    Oslo" and "To: Bergen", so a real block must have a mail address or a time of day."""
    is_title = not headers[n] and 8 < len(lines[n]) < _LONGEST and bool(_TITLE.fullmatch(lines[n]))
    if not is_title and not headers[n]:
        return False
    following = [k for k in range(n + is_title, min(n + 9, len(lines))) if lines[k].strip()][:6]
    block = [lines[k][:_LONGEST] for k in following if headers[k]]
    is_real = any(_ADDRESSED.search(line) or _CLOCK.search(line) for line in block)
    return is_real and len(block) >= (1 if is_title else 3) and headers[following[0]]


def _measure_attribution(lines: list[str], n: int, quote_ends: list[int]) -> int:
    """How many lines, from this one on, say who wrote the quote below. 0 if this line does not."""
    joined = ""
    for length, line in enumerate(lines[n : n + 3], start=1):
        if not line.strip() or _is_quote(line) or len(joined) + len(line) > _LONGEST:
            return 0
        joined = f"{joined} {line}".strip()
        if not _ENDS_IN_COLON.search(line):
            continue
        if not _ATTRIBUTION.search(joined):
            return 0
        if length > 1 and not _DATED.search(lines[n]):
            return 0  # a wrapped attribution begins with its date; otherwise the first line is the writer's own
        is_said = bool(_DATED.search(joined) or _ADDRESSED.search(joined))
        return length if is_said or quote_ends[n + length] > n + length else 0
    return 0


def _list_quote_ends(lines: list[str]) -> list[int]:
    """For each line, where the quote that begins there ends. Empty lines inside a quote belong to it. If no quote
    begins there, it is the line itself. The list has one more entry than there are lines."""
    ends = [len(lines)] * (len(lines) + 1)
    for n in reversed(range(len(lines))):
        after = ends[n + 1]
        if _is_quote(lines[n]):
            ends[n] = after if after > n + 1 else n + 1
        else:
            ends[n] = after if not lines[n].strip() and after > n + 1 else n
    return ends
