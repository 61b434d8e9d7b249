"""Any mail's bytes give a ParsedMail, whoever made them."""

import base64
import time

import pytest

from channels.mail.headers import Mailbox
from channels.mail.parsing import MAX_TEXT, ParsedMail, UnreadableMail, parse_mail, tidy
from tests.channels.mail_house import PIA, SERVICE, write_mail


def multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return write_mail(f"{body}--b--", Content_Type=f'multipart/{kind}; boundary="b"')


def html(source: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\r\n\r\n{source}"


def test_a_plain_mail() -> None:
    mail = parse_mail(write_mail(In_Reply_To="<0@bank.example>", References="<00@bank.example> <0@bank.example>"))
    assert mail == ParsedMail(
        from_=(Mailbox("Pia Lindqvist", PIA),),
        to=(Mailbox("", SERVICE),),
        cc=(),
        reply_to=(),
        subject="包裹",
        sent_at=1_795_338_000_000_000,
        message_id="<1@mail.example>",
        in_reply_to=("<0@bank.example>",),
        references=("<00@bank.example>", "<0@bank.example>"),
        text="Var är mitt paket? 我的包裹在哪里？",
        own_text="Var är mitt paket? 我的包裹在哪里？",
        html="",
        attachments=(),
        automatic=(),
        notification="",
        bounce=None,
        authentication_results=(),
        dkim_signatures=(),
        is_from_plain=True,
    )


def test_plain_text_is_preferred_and_html_kept_beside_it() -> None:
    mail = parse_mail(multipart("\r\nTack!", html("<p>Tack <b>så</b> mycket!</p>"), kind="alternative"))
    assert (mail.text, mail.html) == ("Tack!", "<p>Tack <b>så</b> mycket!</p>")


def test_text_is_made_of_html_where_there_is_nothing_else() -> None:
    quote = "On 22 Nov 2026 at 10:12, Ada &lt;ada@bank.example&gt; wrote:<blockquote>Hej</blockquote>"
    source = f"<p>Tack!</p><div>{quote}</div>"
    mail = parse_mail(multipart(html(source)))
    assert mail.text.startswith("Tack!\n\nOn 22 Nov 2026")
    assert mail.own_text == "Tack!"


def test_html_too_deep_to_show_still_gives_its_words() -> None:
    mail = parse_mail(multipart(html("<div>" * 20_000 + "Tack!")))
    assert (mail.text, mail.html) == ("Tack!", "")


def test_a_picture_of_the_mail_is_named_by_its_place() -> None:
    picture = "Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw=="
    mail = parse_mail(
        multipart(html('<img src="cid:logo@x">'), "Content-Type: text/csv; name=a.csv\r\n\r\n1", picture)
    )
    assert mail.html == '<img src="cid:1">'
    assert [(each.content_type, each.content_id) for each in mail.attachments] == [
        ("text/csv", ""),
        ("image/png", "logo@x"),
    ]
    assert mail.attachments[1].data == b"\x89PNG"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename=faktura.pdf", "faktura.pdf"),
        ("attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        ("attachment; filename*=gb18030''%B7%A2%C6%B1.pdf", "发票.pdf"),
        ("attachment; filename*0*=UTF-8''%E5%8F%91; filename*1*=%E7%A5%A8; filename*2=.pdf", "发票.pdf"),
        ('attachment; filename="=?UTF-8?B?5Y+R56WoLnBkZg==?="', "发票.pdf"),
        ('attachment; filename="=?gb2312?B?t6LGsS5wZGY=?="', "发票.pdf"),
        ('attachment; filename="发票.pdf"', "发票.pdf"),
        ('attachment; filename="/etc/passwd"', "passwd"),
        ('attachment; filename="..\\\\..\\\\boot.ini"', "boot.ini"),
        ('attachment; filename="a\x01\u202egnp.exe"', "a gnp.exe"),
        ("attachment", ""),
        ("attachment; filename*=x''%", "%"),
    ],
)
def test_an_attachments_name(header: str, name: str) -> None:
    mail = parse_mail(multipart(f"Content-Type: application/pdf\r\nContent-Disposition: {header}\r\n\r\nx"))
    assert [each.name for each in mail.attachments] == [name]


def test_a_text_that_is_attached_is_no_text() -> None:
    attached = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nInte jag."
    assert parse_mail(multipart("\r\nJag.", attached)).text == "Jag."


def test_a_mail_in_a_mail_is_attached_whole() -> None:
    inner = "Content-Type: message/rfc822\r\n\r\nFrom: gus@mail.example\r\nSubject: =?utf-8?q?=C3=85?=\r\n\r\nHej å"
    mail = parse_mail(multipart("\r\nSe bilaga.", inner))
    assert mail.text == "Se bilaga."
    (attached,) = mail.attachments
    assert attached.content_type == "message/rfc822"
    assert parse_mail(attached.data).from_[0].address == "gus@mail.example"


@pytest.mark.parametrize(
    ("codec", "said", "text"),
    [
        ("gb18030", "gb2312", "我的包裹在哪里？朱镕基"),
        ("big5", "big5", "我的包裹在哪裡？"),
        ("cp932", "shift_jis", "荷物はどこですか"),
        ("iso2022_jp", "iso-2022-jp", "荷物はどこですか"),
        ("cp949", "euc-kr", "소포는 어디에 있나요"),
    ],
)
@pytest.mark.parametrize("encoding", ["8bit", "base64"])
def test_bodies_in_the_charsets_of_the_world(codec: str, said: str, text: str, encoding: str) -> None:
    head = write_mail("", Content_Type=f"text/plain; charset={said}", Content_Transfer_Encoding=encoding).rstrip()
    body = text.encode(codec)
    raw = head + b"\r\n\r\n" + (base64.encodebytes(body) if encoding == "base64" else body)
    assert parse_mail(raw).text == text


def test_headers_in_raw_gb18030() -> None:
    raw = write_mail().replace(b"Pia Lindqvist", "王小明".encode("gb18030"))
    assert parse_mail(raw).from_[0].name == "王小明"


@pytest.mark.parametrize(
    "change",
    [
        {"Message_ID": "<[[["},
        {"Message_ID": '"<@<>>"'},
        {"Date": "Thirdsday, 45 Foo 99999 99:99:99 +9999"},
        {"Date": "Sun, 22 Nov 99999999999999 10:00:00"},
        {"Content_Type": "text/plain; charset=x-no-such"},
        {"Content_Type": "text/plain; charset*0*=''%ff; charset=\"\xff"},
        {"Content_Type": ";;;==="},
        {"Content_Type": "multipart/mixed"},
        {"Content_Type": 'multipart/mixed; boundary=""'},
        {"Content_Transfer_Encoding": "base64"},
        {"Content_Transfer_Encoding": "x-uuencode"},
        {"Content_Transfer_Encoding": "no-such"},
        {"From": ""},
        {"From": "\udcff\udcfe"},
        {"From": "=?utf-8?b?"},
        {"Subject": "\x00\x1b[31m"},
        {"References": "<" * 5_000},
        {"To": "(" * 5_000},
    ],
)
def test_what_is_malformed_is_read_as_far_as_it_goes(change: dict[str, str]) -> None:
    mail = parse_mail(write_mail("Var är paketet?", **change))
    assert isinstance(mail, ParsedMail)
    assert mail.to or "To" in change


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\n\n\n", b"\xef\xbb\xbfFrom: a@b.example\r\n\r\n", b"From ", b"\xff" * 100, b"no header"]
)
def test_what_is_hardly_a_mail_is_read_too(raw: bytes) -> None:
    assert isinstance(parse_mail(raw), ParsedMail)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"X: " + b"a" * 300_000 + b"\r\n\r\n", "its headers are too large"),
        (b"X: a\r\n" * 2_000 + b"\r\n", "it has too many headers"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300, "it has too many parts"),
        (
            b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(100)),
            "deep",
        ),
        (b"\r\n" * 600_000, "it has too many lines"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n" * 300 + b"\r\n", "it has too many parts"),
    ],
)
def test_beyond_the_limits_it_says_which(raw: bytes, why: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableMail, match=why):
        parse_mail(raw)
    assert time.process_time() - started < 3.0


def test_text_has_a_limit_and_no_controls() -> None:
    assert len(parse_mail(write_mail("x" * 900 + "\r\n" + "y" * 300_000)).text) == MAX_TEXT
    assert tidy("\n\n a\x00\x1b[0m \r\nb\r\rc\ufeff\n\n") == " a[0m\nb\n\nc"


def test_two_from_fields_are_counted() -> None:
    assert not parse_mail(b"From: boss@bank.example\r\n" + write_mail()).is_from_plain


def test_authentication_results_come_topmost_first() -> None:
    raw = b"Authentication-Results: a\r\nAuthentication-Results: b;\r\n c\r\n" + write_mail()
    assert parse_mail(raw).authentication_results == ("a", "b; c")
