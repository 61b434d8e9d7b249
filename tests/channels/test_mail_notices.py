"""The notices that a delivered mail gives the hub."""

from dataclasses import replace

import pytest

from channels.channel import DeliveryReported, DeliveryState, IdentityLevel, Media, MessageReceived, Notice
from channels.mail.automatic import Bounce
from channels.mail.notices import Digests, OwnMail, ProvenAddresses, read_digests, report_mail, report_unreadable
from channels.mail.parsing import ParsedMail, parse_mail
from channels.mail.receiving import Delivery
from tests.channels.mail_house import CARDS, PIA, SERVICE, write_mail

RAW = Media("ref-1", "mail.eml", "message/rfc822", 10)
TOKENED = "service+t0ken@bank.example"
DIGESTS = Digests("d1", "b1")
OWN_MAIL = OwnMail(frozenset({SERVICE, CARDS}), "bank.example")


def deliver(*recipients: str, sender: str = PIA) -> Delivery:
    return Delivery(sender=sender, recipients=recipients or (SERVICE,), content=b"", peer="127.0.0.1")


def report(mail: ParsedMail, delivery: Delivery | None = None) -> tuple[Notice, ...]:
    return report_mail(delivery or deliver(), DIGESTS, RAW, mail, (), ProvenAddresses(True, True), OWN_MAIL)


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
    (notice,) = report_unreadable(deliver(TOKENED, SERVICE, sender=""), DIGESTS, RAW, "it has too many parts")
    assert isinstance(notice, MessageReceived) and len(notice.same_mail) == 64
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
        delivered_to=SERVICE,
        same_mail=notice.same_mail,
    )


# ---- one mail, many deliveries


def test_all_deliveries_of_one_mail_are_named_alike_and_enter_where_it_is_addressed_first() -> None:
    mail = parse_mail(write_mail(To=f"gus@mail.example, Cards <{CARDS.upper()}>", Cc=SERVICE))
    both = [first(report(mail, deliver(each))) for each in (SERVICE, "cards+x@bank.example")]
    assert {each.to_address for each in both} == {CARDS}
    assert len({each.same_mail for each in both}) == 1
    assert len({each.key for each in both}) == 2
    assert [each.delivered_to for each in both] == [SERVICE, CARDS]


def test_what_is_addressed_to_none_of_ours_enters_where_it_was_delivered() -> None:
    assert first(report(parse_mail(write_mail(To="list@mail.example")), deliver(CARDS))).to_address == CARDS


def test_the_cc_counts_where_to_names_none_of_ours() -> None:
    mail = parse_mail(write_mail(To="list@mail.example", Cc=CARDS))
    assert first(report(mail)).to_address == CARDS


def test_another_sender_message_id_or_body_is_another_mail() -> None:
    def name(body: str = "b1", **headers: str) -> str:
        mail = parse_mail(write_mail(**headers))
        (notice,) = report_mail(deliver(), Digests("d1", body), RAW, mail, (), ProvenAddresses(), OWN_MAIL)
        assert isinstance(notice, MessageReceived)
        return notice.same_mail

    others = {name(), name("b2"), name(Message_ID="<2@mail.example>"), name(From="gus@mail.example")}
    assert len(others) == 4
    assert name(Subject="what the host added on the way") == name()


def test_without_a_message_id_all_of_the_mail_has_to_be_alike() -> None:
    mail = parse_mail(write_mail(Message_ID=""))
    one, other = (
        first(report_mail(deliver(), Digests(content, "b1"), RAW, mail, (), ProvenAddresses(), OWN_MAIL))
        for content in ("d1", "d2")
    )
    assert one.same_mail != other.same_mail


def test_the_body_begins_below_the_headers() -> None:
    one, other = read_digests(b"Received: a\r\n\r\nHej\r\n"), read_digests(b"Received: b\nX: y\n\nHej\n\n")
    assert one.body == other.body
    assert one.content != other.content
    assert read_digests(b"no body").body == read_digests(b"").body


def test_the_other_recipients_tokens_are_tried_last() -> None:
    mail = parse_mail(write_mail(In_Reply_To="<0@bank.example>"))
    notice = first(report(mail, deliver(TOKENED, "service+0ther@bank.example", "cards+no@bank.example")))
    assert notice.joins == ("token:t0ken", "token:0ther", "id:<0@bank.example>")


# ---- where its sender wants the answer, and who else reads it


def test_reply_to_and_cc_are_reported() -> None:
    mail = parse_mail(write_mail(Reply_To="Pia hemma <pia@home.example>", Cc="Gus <gus@mail.example>, x@y.example"))
    notice = first(report(mail))
    assert notice.is_reply_to_proven
    assert (notice.reply_to, notice.cc) == ("pia@home.example", "Gus <gus@mail.example>, x@y.example")
    assert notice.to == SERVICE


@pytest.mark.parametrize(
    "value", [PIA, PIA.upper(), SERVICE, TOKENED, "no-reply@mail.example", "a@x.example, b@x.example", "nobody", ""]
)
def test_a_reply_to_that_is_no_other_persons_mailbox_is_none(value: str) -> None:
    assert first(report(parse_mail(write_mail(Reply_To=value)))).reply_to == ""


def test_a_form_on_a_web_site_is_from_whom_its_reply_to_names_without_any_proof() -> None:
    notice = first(
        report(parse_mail(write_mail(From="No Reply <noreply@form.example>", Reply_To="Gus <gus@mail.example>")))
    )
    assert (notice.from_address, notice.from_name, notice.identity_level) == ("gus@mail.example", "Gus", "claimed")
    assert notice.is_automatic and notice.reply_to == "" and not notice.is_reply_to_proven


def test_a_list_header_of_any_length_is_cut() -> None:
    mail = parse_mail(write_mail(Cc=", ".join(f"p{n}@mail.example" for n in range(200))))
    assert first(report(mail)).cc.endswith("p19@mail.example, +180")


@pytest.mark.parametrize("sender", [SERVICE.upper(), "Service+x@Bank.Example"])
def test_a_mail_from_our_own_mailbox_is_never_answered_by_itself(sender: str) -> None:
    assert first(report(parse_mail(write_mail(From=sender)))).is_automatic


def test_a_null_return_path_makes_a_notification_of_an_automatic_mail_alone() -> None:
    automatic, plain = write_mail(X_Auto_Response_Suppress="All"), write_mail()
    assert first(report(parse_mail(automatic), deliver(sender=""))).notification == "bounce"
    assert first(report(parse_mail(automatic))).notification == ""
    assert first(report(parse_mail(plain), deliver(sender=""))).notification == ""


@pytest.mark.parametrize(
    ("headers", "sender", "is_it"),
    [
        ({}, PIA, False),
        ({"List_Id": "<cards.shop.example>"}, PIA, True),
        ({"Precedence": "bulk"}, "", False),
        ({"Precedence": "bulk", "From": SERVICE}, PIA, False),
        ({"Precedence": "bulk", "Subject": "Automatic reply: Hej"}, PIA, False),
        ({"Auto_Submitted": "auto-replied"}, PIA, False),
    ],
)
def test_only_passed_on_is_what_nothing_else_calls_automatic(
    headers: dict[str, str], sender: str, is_it: bool
) -> None:
    assert first(report(parse_mail(write_mail(**headers)), deliver(sender=sender))).is_only_passed_on is is_it
