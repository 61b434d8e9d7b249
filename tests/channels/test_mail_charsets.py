"""Text is read in the charset that its writer meant, whatever the label says."""

import subprocess
import sys

import pytest

from channels.mail.charsets import decode_text
from channels.mail.headers import parse_unstructured
from channels.mail.parsing import parse_mail
from tests.channels.mail_house import write_mail

CHINESE = "您好，包裹什么时候到？"


@pytest.mark.parametrize(
    ("text", "codec", "said"),
    [
        (CHINESE, "utf-8", "UTF-8"),
        (CHINESE, "utf-8", ""),
        (CHINESE, "utf-8", "x-no-such-charset"),
        (CHINESE, "utf-8", "us-ascii"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "gb18030", "GB2312"),
        ("朱镕基 𠮷", "gb18030", "gb2312"),  # characters that GB2312 itself does not have
        ("镕", "gbk", "gbk"),
        (CHINESE, "gb2312", ""),
        (CHINESE, "gb2312", "utf-8"),
        ("您好，請問包裹何時到？", "big5", "Big5"),
        ("荷物はいつ届きますか①", "cp932", "Shift_JIS"),
        ("荷物はいつ届きますか", "iso2022_jp", "ISO-2022-JP"),
        ("荷物はいつ届きますか", "euc_jp", "euc-jp"),
        ("소포는 언제 오나요 똠", "cp949", "EUC-KR"),
        ("소포는 언제 오나요", "cp949", "ks_c_5601-1987"),
        ("소포", "iso2022_kr", "iso-2022-kr"),
        ("“Åsa” – 5 €", "cp1252", "iso-8859-1"),
        ("“Åsa” – 5 €", "cp1252", ""),
        ("Где посылка?", "koi8-r", "KOI8-R"),
        ("Πού είναι;", "iso-8859-7", '"iso-8859-7"'),
    ],
)
def test_text_is_read_in_the_charset_that_was_meant(text: str, codec: str, said: str) -> None:
    assert decode_text(text.encode(codec), said) == text


@pytest.mark.parametrize("said", ["idna", "punycode", "unicode_escape", "zlib", "\0", "utf-8\r\n", "*" * 300])
def test_what_is_no_charset_does_no_harm(said: str) -> None:
    assert decode_text(b"hej \\u0041", said) == "hej \\u0041"


JAPANESE = (
    "お問い合わせありがとうございます。注文の件でご連絡しました。",
    "荷物が届きません",
    "請求書について",
    "こんにちは",
)
KOREAN = ("카드를 분실했습니다. 도와주세요.", "주문한 물건이 아직 안 왔어요", "안녕하세요", "환불 요청합니다")
RUSSIAN = ("Здравствуйте, у меня вопрос по моему счёту.", "Где моя посылка?", "Привет", "Карта заблокирована")


@pytest.mark.parametrize("said", ["", "us-ascii", "utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "x-unknown"])
@pytest.mark.parametrize(
    ("codec", "texts"),
    [("euc_jp", JAPANESE), ("cp932", JAPANESE), ("cp949", KOREAN), ("koi8-r", RUSSIAN), ("cp1251", RUSSIAN)],
)
def test_a_label_that_lies_hides_no_text(codec: str, texts: tuple[str, ...], said: str) -> None:
    assert [decode_text(text.encode(codec), said) for text in texts] == list(texts)


@pytest.mark.parametrize(("codec", "said"), [("koi8-r", "windows-1251"), ("cp1251", "koi8-r"), ("koi8-r", "euc-kr")])
def test_the_charsets_of_russia_are_told_apart(codec: str, said: str) -> None:
    assert [decode_text(text.encode(codec), said) for text in RUSSIAN] == list(RUSSIAN)


@pytest.mark.parametrize(("codec", "said"), [("euc_jp", "shift_jis"), ("cp932", "euc-jp"), ("euc_jp", "big5")])
def test_the_charsets_of_japan_are_told_apart(codec: str, said: str) -> None:
    assert [decode_text(text.encode(codec), said) for text in JAPANESE] == list(JAPANESE)


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        (
            "iso-8859-1",
            ("Räkningen är för hög", "Où est mon colis ?", "Größe falsch", "Åke Öström", "ÅÄÖ åäö", "½ × ¾"),
        ),
        ("windows-1250", ("Zażółć gęślą jaźń", "Gdzie jest moja paczka? Proszę o pomoc")),
        ("gb2312", ("谢谢", "账单有问题", "您好，我的信用卡丢了，请帮忙。")),
        ("big5", ("謝謝", "帳單有問題", "您好，我的信用卡遺失了，請幫忙。")),
        ("euc-jp", JAPANESE),
        ("euc-kr", KOREAN),
        ("koi8-r", RUSSIAN),
        ("windows-1251", RUSSIAN),
        ("windows-1253", ("Πού είναι το δέμα μου;", "Καλημέρα σας")),
        ("windows-1255", ("איפה החבילה שלי?",)),
        ("tis-620", ("พัสดุของฉันอยู่ที่ไหน",)),
    ],
)
def test_a_true_label_is_believed(said: str, texts: tuple[str, ...]) -> None:
    assert [decode_text(text.encode(said), said) for text in texts] == list(texts)


def test_japanese_that_hides_in_ascii_is_found_by_its_escapes() -> None:
    body = JAPANESE[0].encode("iso2022_jp").decode("ascii")
    assert parse_mail(write_mail(body, Content_Type="text/plain; charset=us-ascii")).text == JAPANESE[0]
    assert parse_mail(write_mail(body, Content_Type="")).text == JAPANESE[0]


def test_a_lie_in_an_encoded_word_hides_no_subject() -> None:
    quoted = "".join(f"={byte:02X}" for byte in RUSSIAN[1].replace(" ", "_").encode("koi8-r"))
    assert parse_unstructured(f"=?iso-8859-1?q?{quoted.replace('=5F', '_')}?=") == RUSSIAN[1]


def test_what_is_lost_is_marked_as_lost() -> None:
    assert decode_text(b"Dij\x8aat", "utf-8") == "Dij\ufffdat"


def test_the_hub_itself_loads_no_detector() -> None:
    """It takes 35 ms and several MB: only the process that parses mails has use for it."""
    code = "import sys, channels.mail.email; sys.exit('chardet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    "meta",
    ['<meta charset="windows-1253">', "<META http-equiv=Content-Type content='text/html; charset=windows-1253'>"],
)
def test_html_without_a_label_says_its_charset_itself(meta: str) -> None:
    head = write_mail("", Content_Type="text/html").rstrip() + b"\r\n\r\n"
    assert parse_mail(head + f"<html><head>{meta}</head><p>Γεια".encode("windows-1253")).text == "Γεια"
