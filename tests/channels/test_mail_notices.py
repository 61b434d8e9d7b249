"""What a delivered mail tells the hub."""

from dataclasses import replace

from channels.channel import DeliveryReported, DeliveryState, IdentityLevel, Media, MessageReceived, Notice
from channels.mail_automatic import Bounce
from channels.mail_notices import report_mail, report_unreadable
from channels.mail_parsing import ParsedMail, parse_mail
from channels.mail_receiving import Delivery
from tests.channels.mail_house import CARDS, PIA, SERVICE, write_mail

RAW = Media("ref-1", "mail.eml", "message/rfc822", 10)
TOKENED = "service+t0ken@bank.example"


def deliver(*recipients: str, sender: str = PIA) -> Delivery:
    return Delivery(sender=sender, recipients=recipients or (SERVICE,), content=b"", peer="127.0.0.1")


def report(mail: ParsedMail, delivery: Delivery | None = None) -> tuple[Notice, ...]:
    return report_mail(delivery or deliver(), "d1", RAW, mail, (), IdentityLevel.CLAIMED, "bank.example")


def first(notices: tuple[Notice, ...]) -> MessageReceived:
    assert isinstance(notices[0], MessageReceived)
    return notices[0]


def test_the_key_is_recipient_and_content_whatever_the_message_id_says() -> None:
    one, other = (
        first(report(parse_mail(write_mail(Message_ID=each)))) for each in ("<1@x.example>", "<2@x.example>")
    )
    assert one.key == other.key == "email:service@bank.example:d1"
    assert one.provider_id != other.provider_id


def test_a_recipient_is_one_whatever_its_case() -> None:
    notices = report(parse_mail(write_mail()), deliver("Service@Bank.Example", SERVICE, CARDS))
    assert [notice.key for notice in notices] == [f"email:{SERVICE}:d1", f"email:{CARDS}:d1"]


def test_who_writes_to_a_mailbox_with_and_without_token_has_written_once() -> None:
    (notice,) = report(parse_mail(write_mail()), deliver(SERVICE, TOKENED))
    assert isinstance(notice, MessageReceived)
    assert (notice.to_address, notice.joins) == (SERVICE, ("token:t0ken",))


def test_a_token_is_found_in_to_when_the_mail_was_forwarded() -> None:
    assert first(report(parse_mail(write_mail(To=f"Service <{TOKENED}>")))).joins == ("token:t0ken",)
    assert first(report(parse_mail(write_mail(To="cards+t0ken@bank.example")))).joins == ()


def test_the_writers_own_words_are_the_text() -> None:
    quoted = "Tack!\r\n\r\nOn 22 Nov 2026 at 10:12, Ada <ada@bank.example> wrote:\r\n> Hej"
    assert first(report(parse_mail(write_mail(quoted)))).text == "Tack!"
    assert first(report(parse_mail(write_mail("> Hej")))).text == "> Hej"


def test_an_unusable_from_falls_back_to_the_return_path() -> None:
    mail = parse_mail(write_mail(From="Pia"))
    assert first(report(mail)).from_address == PIA
    assert first(report(mail, deliver(sender=""))).from_address == ""


def test_a_bounce_reports_how_the_mail_fared() -> None:
    mail = replace(parse_mail(write_mail()), bounce=Bounce("failed", "5.1.1", (PIA,), "<m01.2@bank.example>"))
    message, delivery = report(mail, deliver(TOKENED, sender=""))
    assert isinstance(message, MessageReceived) and message.is_automatic
    assert message.joins == ("token:t0ken", "id:<m01.2@bank.example>")
    assert delivery == DeliveryReported(
        f"email:{TOKENED}:d1:report", DeliveryState.FAILED, "m01.2", "<m01.2@bank.example>", "5.1.1"
    )


def test_a_bounce_of_a_mail_that_is_not_ours_or_not_over_reports_nothing() -> None:
    for bounce in (
        Bounce("failed", "5.1.1", (), "<m01@elsewhere.example>"),
        Bounce("failed", "5.1.1", (), ""),
        Bounce("delayed", "4.2.0", (), "<m01@bank.example>"),
    ):
        assert len(report(replace(parse_mail(write_mail()), bounce=bounce))) == 1


def test_an_unreadable_mail_is_reported_with_its_problem() -> None:
    (notice,) = report_unreadable(deliver(TOKENED, SERVICE, sender=""), "d1", RAW, "it has too many parts")
    assert notice == MessageReceived(
        key=f"email:{TOKENED}:d1",
        from_address="",
        to_address=SERVICE,
        text="",
        identity_level=IdentityLevel.CLAIMED,
        raw="ref-1",
        joins=("token:t0ken",),
        is_automatic=True,
        problem="it has too many parts",
    )
