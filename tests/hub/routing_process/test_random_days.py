"""Days that nobody thought of: random notices and commands, in any order, also nonsense; what must hold holds."""

import random
from typing import Any

import pytest

from channels.channel import DeliveryState, IdentityLevel, Notice
from hub.policies.in_force import PolicyMoves
from hub.policies.publishing import apply_policy
from hub.policies.stored_versions import publish_policy
from hub.storage import tables
from hub.storage.documents import HubNotice, PolicyPublished
from tests.hub.house import House
from tests.hub.notices import (
    GUS,
    GUS_MAIL,
    PIA,
    PIA_MAIL,
    SAM,
    STRANGER,
    agent_joined,
    agent_left,
    call,
    chat_left,
    customer_left,
    line,
    mail,
    opening,
    report,
    text,
)
from tests.hub.sample_policies import document, take_on, without_queue, without_tier

AGENTS = ("ada", "cleo", "dot")
SENDERS = (SAM, GUS, PIA, STRANGER)
STEPS, LOOKS = 120, 24


class Day:
    def __init__(self, house: House, seed: int) -> None:
        self.house, self.dice = house, random.Random(seed)
        self._calls = 0
        self.policy = document(house)
        self._mails: list[str] = []

    async def step(self) -> str:
        """Something happens; what it was."""
        often, seldom = (
            (self.notice, self.command),
            (self.result, self.turn, self.desk, self.steer, self.change_policy),
        )
        return str(await self.dice.choice([*often, *often, *seldom])())

    async def notice(self) -> str:
        notices = [self._notice() for _ in range(self.dice.choice([1, 1, 1, 2, 4]))]
        if self.dice.random() < 0.3:
            self.house.hand_over.close()  # they are stored alone
        await self.house.take(*notices)
        return f"{notices}"

    def _notice(self) -> Notice:
        dice, sender, chat = self.dice, self.dice.choice(SENDERS), f"chat-{self.dice.randrange(3)}"
        call_id, leg = f"CA{dice.randrange(self._calls + 1)}", f"leg-{dice.randrange(6)}"
        match dice.randrange(12):
            case 0 | 1:
                return text(dice.choice(["Hej", "STOP", "START", "你好", "En fråga"]), sender)
            case 2:
                is_automatic = dice.random() < 0.2
                number = len(self._mails)
                delivery = {
                    "same_mail": f"mail-{number - (number % 4 == 3)}",
                    "delivered_to": f"box{number % 4}@x.example",
                }
                new = mail(
                    "Hej",
                    dice.choice([PIA_MAIL, GUS_MAIL]),
                    joins=self._joins(),
                    is_automatic=is_automatic,
                    **delivery,  # every fourth is another delivery of the one before
                )
                self._mails.append(new.provider_id)
                return new
            case 3:
                return opening(chat)
            case 4:
                return line("Hej", chat)
            case 5:  # whose it is, the host site has signed
                return line("Hej", f"{chat}-{sender}", from_address=sender, identity_level=IdentityLevel.VERIFIED)
            case 6:
                return chat_left(chat)
            case 7:
                self._calls += 1
                return call(f"CA{self._calls}", sender, over_keys=(f"phone:AC1:CA{self._calls}:completed",))
            case 8:
                return customer_left(call_id)
            case 9:
                return agent_joined(call_id, leg)
            case 10:
                reason = dice.choice(["completed", "no-answer", "participant_hung_up", "busy"])
                return agent_left(call_id, leg, reason)
        return report(self._outbox_id(), dice.choice(list(DeliveryState)), dice.choice(["", "30003"]))

    def _joins(self) -> tuple[str, ...]:
        tokens = [i.reply_token for i in self.house.floor.interactions.values() if i.reply_token]
        some = [f"token:{token}" for token in tokens] + [f"id:{each}" for each in self._mails] + ["token:t0"]
        return tuple(self.dice.sample(some, k=min(len(some), self.dice.randrange(3))))

    def _outbox_id(self) -> str:
        ids = [m["id"] for s in self.house.screens.values() for h in s.held for m in h["messages"] if m["delivery"]]
        return self.dice.choice([*ids, "m0123456789"])

    async def command(self) -> str:
        if not self.house.screens:
            return "nobody is here"
        agent = self.dice.choice(sorted(self.house.screens))
        screen = self.house.screens[agent]
        if screen.offers and self.dice.random() < 0.6:
            kind = self.dice.choice(["accept_offer", "accept_offer", "decline_offer"])
            answer = await self.house.ask(agent, kind, offer_id=self.dice.choice(screen.offers)["id"])
            return f"{agent} {kind}: {answer}"
        if screen.held and self.dice.random() < 0.8:
            held = self.dice.choice(screen.held)
            kind, fields = self._about(held)
            version = held["version"] - (self.dice.random() < 0.1)
            answer = await self.house.ask(agent, kind, interaction_id=held["id"], version=version, **fields)
            return f"{agent} {kind} {fields}: {answer}"
        if self.dice.random() < 0.3:
            return f"{agent} take_next: {await self.house.ask(agent, 'take_next')}"
        state = self.dice.choice(["available", "available", "available", "unavailable", "offline"])
        after = self.dice.random() < 0.5
        answer = await self.house.ask(agent, "set_state", state=state, reason="lunch", after_current=after)
        return f"{agent} {state}: {answer}"

    def _about(self, held: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        script = held["script"] or {"script_id": "none", "step_id": "none", "choices": []}
        shown = {"script_id": script["script_id"], "step_id": script["step_id"]}
        choices = [choice["key"] for choice in script["choices"]] or ["1"]
        messages = [message["id"] for message in held["messages"]]
        choice = {"action": "choose", "choice": self.dice.choice(choices)}
        options: list[tuple[str, dict[str, Any]]] = [
            ("send_message", {"text": "Hej 你好"}),
            ("add_note", {"text": "Not"}),
            ("end_interaction", {}),
            ("complete_wrap_up", {"disposition": "solved"}),
            ("hold_call", {"on": self.dice.random() < 0.5}),
            ("transfer_interaction", {"queue": self.dice.choice(["service", "cards", "deposits"])}),
            ("resend_message", {"message_id": self.dice.choice(messages)}),
            ("advance_script", {**shown, **choice}),
            ("advance_script", {**shown, "action": self.dice.choice(["next", "back"])}),
            ("advance_script", {**shown, "action": "language", "language": "zh-CN"}),
            ("pick_script", {"script_id": self.dice.choice(["greeting", "complaint", "card-lost", "none"])}),
        ]
        return self.dice.choice(options)

    async def steer(self) -> str:
        """A supervisor does something with whatever is open."""
        open_ones = list(self.house.floor.interactions.values())
        if not open_ones:
            return "nothing is open"
        one, dice = self.dice.choice(open_ones), self.dice
        kind, fields = dice.choice(
            [
                ("assign_interaction", {"agent_id": dice.choice(AGENTS), "overrides_fit": dice.random() < 0.5}),
                ("assign_interaction", {"agent_id": dice.choice(AGENTS), "note": "弱势"}),
                ("move_interaction", {"queue": dice.choice(["service", "cards", "deposits"])}),
                ("boost_interaction", {"seconds": dice.choice([0, 60, 7200]), "reason": "弱势"}),
            ]
        )
        version = one.version - (dice.random() < 0.1)
        answer = await self.house.ask("dot", kind, interaction_id=one.id, version=version, **fields)
        return f"{kind} {one.id} {fields}: {answer}"

    async def result(self) -> str:
        """What becomes of a request that has left, or is said to have."""
        x = tables.outbox
        rows = await self.house.rows(x, x.c.state == "queued")
        if not rows:
            return "nothing leaves"
        row = self.dice.choice(rows)
        state = self.dice.choice(["sent", "sent", "failed", "unknown"])
        said = {"provider_id": f"leg-{self.dice.randrange(6)}"} if state == "sent" else {"error": "no_answer"}
        more = {"kind": row["kind"], "interaction_id": row["interaction_id"], **said}
        fact: HubNotice = self.house.result(row["id"], row["channel"], state, **more)
        await self.house.take(fact)
        return f"{fact}"

    async def turn(self) -> str:
        seconds = self.dice.choice([0.5, 1, 5, 16, 31, 61, 130])
        await self.house.turn(seconds)
        return f"{seconds} s"

    async def change_policy(self) -> str:
        """A queue or a tier is taken away or comes back; where the work goes is said, or is not."""
        whole, dice = self.policy, self.dice
        after = dice.choice([whole, without_queue(whole), without_queue(whole), without_tier(whole, "gold")])
        queues = {queue.id for queue in document(self.house).queues} - {queue.id for queue in after.queues}
        tiers = {tier.id for tier in document(self.house).tiers} - {tier.id for tier in after.tiers}
        moves = PolicyMoves(dict.fromkeys(queues, "service"), dict.fromkeys(tiers, "standard"))
        now, is_said = self.house.clock.now(), dice.random() < 0.5
        if is_said and await apply_policy(self.house.db, after, now, "test", moves) is not None:
            await take_on(self.house)
        elif not is_said and (version := await publish_policy(self.house.db, after, now, "test")) is not None:
            await self.house.take(PolicyPublished(version))
        return f"a policy without {queues} {tiers}, said: {is_said}"

    async def desk(self) -> str:
        agent = self.dice.choice(AGENTS)
        if agent not in self.house.screens:
            await self.house.seat(agent)
            return f"{agent} comes"
        if self.dice.random() < 0.3:
            screen = await self.house.close(agent)
            await self.house.turn(self.dice.choice([1, 25]))
            await self.house.come_back(agent, screen)
            return f"{agent} was away"
        return "nothing"


@pytest.mark.promise("P6")
@pytest.mark.parametrize("seed", [1, 2, 21])
async def test_screens_and_memory_stay_right(house: House, seed: int) -> None:
    day, happened = Day(house, seed), list[str]()
    for _ in range(LOOKS):
        happened += [await day.step() for _ in range(STEPS // LOOKS)]
        try:
            await house.check_screens()
            await house.check_restored()
        except AssertionError as error:
            raise AssertionError("\n".join(happened[-STEPS // LOOKS :])) from error
