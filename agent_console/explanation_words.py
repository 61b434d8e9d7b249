"""The words of an explanation, in English and in Chinese.

The rule of this file: it has one template for each code and language, and looks nothing up: the caller passes the
names. A test fails for a code without words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from routing.decisions import ChosenBy, NotEligible, PassedOver
from routing.model import FULL_CAPACITY, SECOND, Micros

Language = Literal["en", "zh-CN"]

REASONS: Final[Mapping[NotEligible, tuple[str, str]]] = {
    NotEligible.OFFLINE: ("offline", "离线"),
    NotEligible.UNAVAILABLE: ("unavailable{why}", "不可接待{why}"),
    NotEligible.NOT_RESPONDING: ("did not respond to an offer", "未应答来访"),
    NotEligible.LEAVING: ("will be away after the work in hand{why}", "手头工作结束后将离开{why}"),
    NotEligible.DISCONNECTED: ("the desk has lost its connection", "工作台连接已断开"),
    NotEligible.NOT_IN_QUEUE: ("does not serve this queue", "不服务此队列"),
    NotEligible.CHANNEL_NOT_TAKEN: ("takes no work of this channel", "不接此渠道的工作"),
    NotEligible.SKILL: ("{names}: level {asked} is asked for, has {has}", "{names}：要求{asked}级，现为{has}级"),
    NotEligible.LANGUAGE: ("speaks none of these: {names}", "不会所需的语言：{names}"),
    NotEligible.TEAM: ("is in none of these teams: {names}", "不属于所需的团队：{names}"),
    NotEligible.NOT_NAMED: ("only these are asked for: {names}", "仅指定了：{names}"),
    NotEligible.RING_NOT_OPEN: ("ring {asked} opens in {left}", "第{asked}圈将在{left}后开放"),
    NotEligible.NOT_TO_BE_CALLED: ("the customer may not be called at present", "目前不可给客户回电"),
    NotEligible.CALLS_NOBODY: ("the queue calls nobody back at this hour", "此队列目前不在回电时段"),
    NotEligible.EXCLUDED: ("was asked already; again in {left}", "已询问过，{left}后可再询问"),
    NotEligible.RESERVED: ("is reserved for other work", "已为其他工作预留"),
    NotEligible.NO_ROOM: ("has no room: {has} of {full} points held, {asked} needed{until}",
                          "没有余量：已占{has}点（共{full}点），需要{asked}点{until}"),
}  # fmt: skip

COUNTS: Final[Mapping[NotEligible, tuple[str, str]]] = {
    NotEligible.OFFLINE: ("{n} offline", "{n}人离线"),
    NotEligible.UNAVAILABLE: ("{n} unavailable", "{n}人不可接待"),
    NotEligible.NOT_RESPONDING: ("{n} not responding", "{n}人未响应"),
    NotEligible.LEAVING: ("{n} leaving", "{n}人将离开"),
    NotEligible.DISCONNECTED: ("{n} disconnected", "{n}人断线"),
    NotEligible.NOT_IN_QUEUE: ("{n} in other queues", "{n}人不服务此队列"),
    NotEligible.CHANNEL_NOT_TAKEN: ("{n} without this channel", "{n}人不接此渠道"),
    NotEligible.SKILL: ("{n} without the skill", "{n}人技能不足"),
    NotEligible.LANGUAGE: ("{n} without the language", "{n}人语言不符"),
    NotEligible.TEAM: ("{n} in other teams", "{n}人团队不符"),
    NotEligible.NOT_NAMED: ("{n} not named", "{n}人未被指定"),
    NotEligible.RING_NOT_OPEN: ("{n} in a ring not open yet", "{n}人所在的圈未开放"),
    NotEligible.NOT_TO_BE_CALLED: ("{n} who may not call yet", "{n}人尚不可回电"),
    NotEligible.CALLS_NOBODY: ("{n} outside the hours for calling back", "{n}人不在回电时段"),
    NotEligible.EXCLUDED: ("{n} asked already", "{n}人已询问过"),
    NotEligible.RESERVED: ("{n} reserved for other work", "{n}人已预留"),
    NotEligible.NO_ROOM: ("{n} full", "{n}人已满"),
}

NEXT: Final[Mapping[str, tuple[str, str]]] = {
    "ring_opens": ("Ring {ring} opens in {left}", "第{ring}圈将在{left}后开放"),
    "may_be_called": ("The customer may be called in {left}", "{left}后可给客户回电"),
    "called_no_more": ("In {left} it is too late to call, and it is closed", "{left}后不再回电，将结束"),
    "exclusion_ends": ("{agent} can be asked again in {left}", "{left}后可再询问{agent}"),
    "room_comes": ("{agent} has room in {left} at the latest", "{agent}最迟{left}后有余量"),
    "overdue": (
        "After {left} it is not passed again: an agent is reserved for it",
        "{left}后不再被越过：将为其预留坐席",
    ),
    "waited_too_long": ("In {left} it has waited too long: {action}", "{left}后等候过久：{action}"),
    "queue_closes": ("The queue closes in {left}: {action}", "队列将在{left}后关闭：{action}"),
    "offer_expires": ("{agent} has {left} to answer", "{agent}还有{left}可应答"),
    "wrap_up_ends": ("Wrap-up ends in {left} at the latest", "收尾最迟{left}后结束"),
}

ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "wait": ("it waits on", "继续等候"),
    "queue": ("it goes to another queue", "转到其他队列"),
    "callback": ("the customer is called back", "改为回电"),
    "auto_reply": ("the customer is told", "自动告知客户"),
    "release": ("the customer is told, and it is closed", "告知客户并结束"),
}

CHOSEN: Final[Mapping[ChosenBy, tuple[str, str]]] = {
    ChosenBy.ONLY_ONE: ("the only one eligible", "唯一符合条件"),
    ChosenBy.LEAST_LOAD: ("the least load", "负荷最小"),
    ChosenBy.LONGEST_IDLE: ("the longest idle", "空闲最久"),
    ChosenBy.MOST_PROFICIENT: ("the most proficient", "最熟练"),
    ChosenBy.PREFERRED: ("known to the customer", "客户熟悉的坐席"),
    ChosenBy.RESERVED: ("reserved for it", "已为其预留"),
    ChosenBy.PULLED: ("took it", "自行领取"),
    ChosenBy.ASSIGNED: ("chosen by a supervisor", "由主管指定"),
}

PASSED: Final[Mapping[PassedOver, tuple[str, str]]] = {
    PassedOver.RESERVED: ("{n} eligible, but another was reserved for it", "{n}人符合条件，但已预留他人"),
    PassedOver.LESS_PROFICIENT: ("{n} less proficient", "{n}人熟练度较低"),
    PassedOver.MORE_LOAD: ("{n} with more load", "{n}人负荷较大"),
    PassedOver.LESS_IDLE: ("{n} idle for less long", "{n}人空闲较短"),
    PassedOver.EXCLUDED: ("{n} asked already", "{n}人已询问过"),
    PassedOver.NOT_FREE: ("{n} not free", "{n}人不空闲"),
}

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "nobody": ("Nobody is eligible: {counts}.", "无人符合条件：{counts}。"),
    "nobody_serves": ("Nobody serves this queue.", "没有人服务此队列。"),
    "eligible": ("{n} eligible: {names}.", "{n}人符合条件：{names}。"),
    "preferred": ("The agents whom the customer knows are asked first.", "先询问客户熟悉的坐席。"),
    "rings": ("Ring {ring} of {rings} is open.", "已开放第{ring}圈，共{rings}圈。"),
    "next": ("{next}.", "{next}。"),
    "held": ("It does not wait.", "当前不在等候。"),
    "dialling": ("The customer is being called.", "正在给客户打电话。"),
    "rings_for": ("It rings for {left} at most", "最多再响{left}"),
    "paused": ("It is paused: the customer's call has its place.", "已暂停：客户的来电占用其位置。"),
    "only": ("{agent}: {chosen}", "{agent}：{chosen}"),
    "decision": ("{agent}: {chosen} ({n} eligible)", "{agent}：{chosen}（{n}人符合条件）"),
}


@dataclass(frozen=True, slots=True)
class Names:
    agents: Mapping[str, str]
    unavailable_reasons: Mapping[str, str]

    def agent(self, agent_id: str) -> str:
        return self.agents.get(agent_id, agent_id)


class Words:
    """Makes the sentences of one language, at one instant."""

    def __init__(self, language: Language, now: Micros, names: Names) -> None:
        self._is_chinese = language == "zh-CN"
        self._now, self._names = now, names

    def say_reason(
        self, code: NotEligible, ends_at: Micros | None, names: Sequence[str], asked: int, has: int
    ) -> str:
        left = self.say_left(ends_at)
        why = ", ".join(self._names.unavailable_reasons.get(one, one) for one in names)
        shown = [self._names.agent(one) for one in names] if code is NotEligible.NOT_NAMED else names
        until = self._pick("; in {left} at the latest", "，最迟{left}后").format(left=left) if left else ""
        return self._pick(*REASONS[code]).format(
            why=self._pick(" ({})", "（{}）").format(why) if why else "",
            names=self.join(shown),
            left=left,
            asked=asked,
            has=has,
            full=FULL_CAPACITY,
            until=until,
        )

    def say_counts(self, counts: Mapping[NotEligible, int]) -> str:
        return self.join([self._pick(*COUNTS[code]).format(n=n) for code, n in counts.items()])

    def say_next(self, what: str, at: Micros, agent_id: str | None, ring: int, action: str | None) -> str:
        return self._pick(*NEXT[what]).format(
            left=self.say_left(at),
            agent=self._names.agent(agent_id or ""),
            ring=ring,
            action=self._pick(*ACTIONS[action]) if action else "",
        )

    def say_decision(
        self, agent_id: str, chosen_by: ChosenBy, eligible: int, passed: Mapping[PassedOver, int]
    ) -> str:
        sentence = "only" if chosen_by is ChosenBy.ONLY_ONE else "decision"
        chosen = self._pick(*CHOSEN[chosen_by])
        said = self.say(sentence, agent=self._names.agent(agent_id), chosen=chosen, n=eligible)
        return self.join([said, *(self._pick(*PASSED[why]).format(n=n) for why, n in passed.items())])

    def say(self, sentence: str, **values: str | int) -> str:
        return self._pick(*SENTENCES[sentence]).format(**values)

    def say_left(self, at: Micros | None) -> str:
        """Return the time from now until `at`, in seconds that are rounded up, by its two largest units."""
        if at is None:
            return ""
        seconds = max(0, -(-(at - self._now) // SECOND))
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        units = (("{} h", "{}小时"), hours), (("{} min", "{}分"), minutes), (("{} s", "{}秒"), rest)
        said = [self._pick(*unit).format(value) for unit, value in units if value][:2]
        return ("" if self._is_chinese else " ").join(said) or self._pick("0 s", "0秒")

    def join(self, parts: Sequence[str]) -> str:
        return self._pick(", ", "、").join(parts)

    def join_sentences(self, sentences: Sequence[str]) -> str:
        return self._pick(" ", "").join(sentences)

    def _pick(self, english: str, chinese: str) -> str:
        return chinese if self._is_chinese else english
