"""Mail, from the customer's mailbox to a desk and back."""

from tests.flows.cast import Cast
from tests.flows.customers import hand_in_mail

HELLO = "hello@nordpost.example"


async def test_a_mail_is_answered_and_the_answer_to_that_joins(cast: Cast) -> None:
    ada, pia = await cast.desk("ada"), cast.customer("pia")
    file = {"name": "räkning 账单.pdf", "content_type": "application/pdf", "base64": "JVBERi0xLjQK"}
    await pia.mail("Fråga om räkningen 账单", "Hur går det? 谢谢", attachments=[file])
    offer = await ada.is_offered()
    assert (offer["channel"], offer["subject"]) == ("email", "Fråga om räkningen 账单")
    held = await ada.accept()
    assert held["script"] is not None
    mail = next(message for message in held["messages"] if message["kind"] == "customer")
    assert (mail["text"].strip(), mail["author"]) == ("Hur går det? 谢谢", "Pia Lindqvist")
    (medium,) = mail["media"]
    assert medium["name"] == "räkning 账单.pdf"
    async with cast.session.get(cast.house.url + medium["url"], headers={"Cookie": ada.cookie}) as answer:
        assert await answer.read() == b"%PDF-1.4\n"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    await ada.reply(held["id"], "Bra, tack! 很好")
    got = await pia.gets_mail("Re: Fråga om räkningen 账单")
    assert "Bra, tack! 很好" in got["text"]
    await ada.sees(held["id"], "Bra, tack! 很好", delivery="sent")
    await pia.answer_mail(got, "Fint då.")
    second = await ada.until(
        lambda screen: [m for m in screen["interactions"][0]["messages"] if "Fint då." in m["text"]]
    )
    assert "Hur går det" not in second[0]["text"]  # what she quotes is folded away
    await ada.wrap_up(held["id"])


async def test_a_mail_in_gb18030_is_read(cast: Cast) -> None:
    ada = await cast.desk("cleo")
    raw = (
        b"From: =?gb18030?B?1dTD9A==?= <zhao.min@mail.example>\r\nTo: hello@nordpost.example\r\n"
        b"Subject: =?gb18030?B?0MXTw7+o?=\r\nMessage-ID: <1@mail.example>\r\n"
        b"Content-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ) + "我的信用卡丢了，请帮忙。\r\n".encode("gb18030")
    await hand_in_mail(cast.house.mail_port, raw, HELLO, "zhao.min@mail.example")
    offer = await ada.is_offered()
    assert (offer["subject"], offer["customer_name"]) == ("信用卡", "赵敏")
    held = await ada.accept()
    mail = next(message for message in held["messages"] if message["kind"] == "customer")
    assert mail["text"].strip() == "我的信用卡丢了，请帮忙。"
    assert held["script"]["language"] == "zh-CN"


async def test_an_absence_note_is_filed_and_makes_no_work(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.mail("Konto", "Hej")
    held = await ada.accept()
    await ada.reply(held["id"], "Hej Sam")
    got = await sam.gets_mail("Re: Konto")
    await ada.wrap_up(held["id"])
    raw = (
        f"From: Sam Okoye <sam.okoye@mail.example>\r\nTo: {got['from']}\r\nSubject: Auto: Re: Konto\r\n"
        f"In-Reply-To: {got['message_id']}\r\nMessage-ID: <auto@mail.example>\r\n"
        "Auto-Submitted: auto-replied\r\n\r\nJag är på semester.\r\n"
    )
    await hand_in_mail(cast.house.mail_port, raw.encode(), got["from"], "sam.okoye@mail.example")
    await cast.customer("gus").mail("Nästa", "Hej")
    offer = await ada.is_offered()
    assert offer["customer_name"] == "Gus Moreau"
    told = await cast.get(f"/api/customers/{held['customer']['id']}/conversation", ada.cookie)
    assert told["counts"] == {"email": 1}
    note = told["messages"][-1]
    assert (note["text"].strip(), note["is_automatic"]) == ("Jag är på semester.", True)


async def test_a_mail_that_cannot_be_read_is_kept_and_shown_raw(cast: Cast) -> None:
    ada = await cast.desk("ada")
    head = "From: Sam <sam.okoye@mail.example>\r\nTo: hello@nordpost.example\r\nSubject: Djupt\r\n"
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(3_000))
    raw = (head + nested).encode()
    await hand_in_mail(cast.house.mail_port, raw, HELLO, "sam.okoye@mail.example")
    held = await ada.accept()
    message = next(m for m in held["messages"] if m["kind"] == "customer")
    assert message["problem"] != ""
    async with cast.session.get(cast.house.url + message["raw_url"], headers={"Cookie": ada.cookie}) as answer:
        assert answer.status == 200
        assert (await answer.read()).replace(b"\r\n", b"\n").rstrip() == raw.replace(b"\r\n", b"\n").rstrip()
    await cast.customer("gus").mail("Nästa", "Hej")
    assert (await ada.is_offered())["subject"] == "Nästa"


async def test_a_mail_that_the_host_does_not_take_is_shown_as_unknown_and_not_sent_again(cast: Cast) -> None:
    ada, sam = await cast.desk("ada"), cast.customer("sam")
    await sam.mail("Konto", "Hej")
    held = await ada.accept()
    await cast.add_fault("smtp", "drop_after")
    await ada.reply(held["id"], "Hej Sam")
    await ada.sees(held["id"], "Hej Sam", delivery="unknown")
    await sam.gets_mail("Re: Konto")
