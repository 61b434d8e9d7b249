"""A reply's own words are told from its quotes, in the languages of mail programs."""

import time
from pathlib import Path

import pytest

from channels.mail.folding import fold_quotes
from channels.mail.parsing import tidy

ADA = "Ada Åberg <ada@bank.example>"
QUOTE = "> Hej Pia,\n>\n> ert paket är på väg.\n"
ATTRIBUTIONS = [
    f"On Sun, 22 Nov 2026 at 10:12, {ADA} wrote:",
    f"On Sun, 22 Nov 2026 at 10:12, {ADA}\nwrote:",
    "On Sun, 22 Nov 2026 at 10:12, Ada Åberg <\nada@bank.example> wrote:",
    f"Am So., 22. Nov. 2026 um 10:12 Uhr schrieb {ADA}:",
    f"Le dim. 22 nov. 2026 à 10:12, {ADA} a écrit :",
    f"El dom, 22 nov 2026 a las 10:12, {ADA} escribió:",
    f"Il giorno dom 22 nov 2026 alle ore 10:12 {ADA} ha scritto:",
    f"Em dom., 22 de nov. de 2026 às 10:12, {ADA} escreveu:",
    f"Op zo 22 nov 2026 om 10:12 schreef {ADA}:",
    f"Den sön 22 nov. 2026 kl 10:12 skrev {ADA}:",
    f"Den søn. 22. nov. 2026 kl. 10.12 skrev {ADA}:",
    f"su 22. marrask. 2026 klo 10.12 {ADA} kirjoitti:",
    f"niedz., 22 lis 2026 o 10:12 {ADA} napisał(a):",
    f"вс, 22 нояб. 2026 г. в 10:12, {ADA}:",
    "22 ноября 2026 г., 10:12, Ада написал:",
    f"22 Kas 2026 Paz 10:12 tarihinde {ADA} şunu yazdı:",
    f"Στις Κυρ 22 Νοε 2026 στις 10:12 ο χρήστης {ADA} έγραψε:",
    f"Vào CN, 22 thg 11, 2026 vào lúc 10:12 {ADA} đã viết:",
    f"{ADA} 于2026年11月22日周日 10:12写道：",
    f"在 2026年11月22日，上午10:12，{ADA} 写道：",
    f"{ADA} 於 2026年11月22日 週日 上午10:12寫道：",
    f"2026年11月22日(日) 10:12 {ADA}:",
    f"2026년 11월 22일 (일) 10:12, {ADA}님이 작성:",
    f"---- On Sun, 22 Nov 2026 10:12:00 +0100 {ADA} wrote ----",
    "Ada schrieb:",
]
HEADERS = [
    f"From: {ADA}\nSent: Sunday, November 22, 2026 10:12 AM\nTo: Pia\nSubject: Paket",
    f"*From:* {ADA}\n*Date:* 22 November 2026\n*To:* Pia\n*Subject:* Paket",
    "Von: Ada Åberg\nGesendet: Sonntag, 22. November 2026 10:12\nAn: Pia\nBetreff: Paket",
    f"De : {ADA}\nEnvoyé : dimanche 22 novembre 2026 10:12\nÀ : Pia\nObjet : Paquet",
    "Från: Ada Åberg\nSkickat: den 22 november 2026 10:12\nTill: Pia\nÄmne: Paket",
    f"发件人: {ADA}\n发送时间: 2026年11月22日 10:12\n收件人: Pia\n主题: 包裹",
    f"寄件者: {ADA}\n寄件日期: 2026年11月22日 上午 10:12\n收件者: Pia\n主旨: 包裹",
    f"差出人: {ADA}\n送信日時: 2026年11月22日 10:12\n宛先: Pia\n件名: 荷物",
    f"-----Original Message-----\nFrom: {ADA}",
    f"------------------ 原始邮件 ------------------\n发件人: {ADA}",
    f"-----Ursprüngliche Nachricht-----\nVon: {ADA}",
    f"________________________________\nFrom: {ADA}\nSent: 22 Nov 2026 10:12\nTo: Pia\nSubject: Paket",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_the_quoted_mail_is_folded_away(attribution: str) -> None:
    assert fold_quotes(f"Tack, 谢谢！\n\nPia\n\n{attribution}\n\n{QUOTE}") == "Tack, 谢谢！\n\nPia"


@pytest.mark.parametrize("attribution", [each for each in ATTRIBUTIONS if each != "Ada schrieb:"])
def test_so_is_one_whose_lines_are_not_marked(attribution: str) -> None:
    text = f"Tack, 谢谢！\n\n{attribution}\n\nHej Pia,\nert paket är på väg.\n"
    assert fold_quotes(text) == "Tack, 谢谢！"


@pytest.mark.parametrize("headers", HEADERS)
def test_so_is_one_below_a_block_of_headers(headers: str) -> None:
    assert fold_quotes(f"Tack, 谢谢！\n\n{headers}\n\nHej Pia,\nert paket är på väg.\n") == "Tack, 谢谢！"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nPia Lindqvist\n070-174 06 01",
        "--\nPia",
        "Skickat från min iPhone",
        "Sent from my Galaxy",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "发自我的 iPhone",
        "從我的 iPhone 傳送",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
    ],
)
def test_a_signature_is_folded_away(signature: str) -> None:
    assert fold_quotes(f"Tack!\n\nPia\n\n{signature}") == "Tack!\n\nPia"
    assert fold_quotes(f"Tack!\n\n{signature}\n\n{ATTRIBUTIONS[0]}\n{QUOTE}") == "Tack!"


def test_an_answer_below_the_quote_is_the_answer() -> None:
    assert fold_quotes(f"{ATTRIBUTIONS[0]}\n{QUOTE}\nTack, när kommer det?") == "Tack, när kommer det?"


def test_an_answer_between_the_lines_keeps_them() -> None:
    text = f"{ATTRIBUTIONS[0]}\n> När?\nPå måndag.\n\n> Var?\nHemma."
    assert fold_quotes(text) == "> När?\nPå måndag.\n\n> Var?\nHemma."
    assert fold_quotes(f"Se nedan.\n\n{text}\n\n> Hälsningar\n> Ada") == f"Se nedan.\n\n{text.partition(chr(10))[2]}"


@pytest.mark.parametrize(
    "text",
    [
        "Mitt paket.\n\nFrom: Oslo\nTo: Bergen\nDate: 3 May\n\nKan ni hjälpa mig?",
        "Som jag skrev:\n\n- det är för sent\n- och för dyrt",
        "He wrote: no.\nI wrote: yes, 2026.\nThat was all.",
        "Avgifter:\n2026: 10 kr\n2025: 8 kr",
        "Kontakt: pia@mail.example\nMvh",
        "Mitt kontonummer är 12 > 10",
        "Skickat från min adress kom fel vara. Hjälp!\nPia",
        "- ett\n- två\n\n***\n\nslut",
        "",
    ],
)
def test_words_that_only_look_like_a_quote_stay(text: str) -> None:
    assert fold_quotes(text) == text


@pytest.mark.parametrize("text", [QUOTE, f"{ATTRIBUTIONS[0]}\n{QUOTE}", "-- \nPia", "\n\n", HEADERS[0]])
def test_nothing_of_ones_own_is_nothing_found(text: str) -> None:
    assert fold_quotes(text) in ("", text.strip("\n")) and not fold_quotes(text).startswith(">")


@pytest.mark.parametrize(
    "unit",
    [
        "> x\n",
        "\n",
        "-- \n",
        "--\n",
        "On 2026 a@b wrote:\n",
        "On 22 Nov 2026\n",
        "a@b wrote:\n\n\n\n\n\n",
        "From: x\n",
        "----- x -----\n",
        "-",
        "x: ",
        "Sent from my ",
        "a@b wrote:\n> x\ny\n",
        "<a@b>:",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    started = time.process_time()
    fold_quotes(text)
    fold_quotes(f"Hej\n{text}")
    assert time.process_time() - started < 3.0


@pytest.mark.corpora
def test_real_replies_are_split_as_people_split_them(corpora: Path) -> None:
    folder = corpora / "mail" / "replies"
    names = sorted(path.name.removesuffix(".in.txt") for path in folder.glob("*.in.txt"))
    wrong = []
    for name in names:
        text, own = (tidy((folder / f"{name}.{end}.txt").read_text(encoding="utf-8")) for end in ("in", "out"))
        if (fold_quotes(text) or text) != own:
            wrong.append(name)
    assert (len(names), wrong) == (25, [])
