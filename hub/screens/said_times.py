"""Times as a caller hears them: "tomorrow morning at 9", with the key to press.

The rule of this file: pure, and in every language of the product. The times are by the caller's clock where their
number has one zone, else by the organisation's, which is then said.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.sending.quiet_hours import find_zones
from routing.model import SECOND, Micros

_DAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


class SaidTimes:
    """Says instants of the wall clock in one language, to the owner of one number."""

    def __init__(self, language: str, address: str, organisation_zone: ZoneInfo, wall_now: Micros) -> None:
        self._is_chinese = language.startswith("zh")
        zones = find_zones(address)
        offsets = {_read(wall_now, zone).utcoffset() for zone in zones}
        self.zone = zones[0] if len(offsets) == 1 else organisation_zone
        self._is_ours = len(offsets) != 1
        self._today = _read(wall_now, self.zone).date()

    def choose(self, times: Sequence[Micros], most: int) -> list[Micros]:
        """The first time of each morning and of each afternoon."""
        found: dict[tuple[date, bool], Micros] = {}
        for at in times:
            local = _read(at, self.zone)
            found.setdefault((local.date(), local.hour < 12), at)
        return sorted(found.values())[:most]

    def offer(self, at: Micros, key: str) -> str:
        if self._is_chinese:
            return f"{self.say(at)}，请按{key}。"
        return f"For {self.say(at).removeprefix('on ')}, press {key}."

    def ask(self, at: Micros) -> str:
        if self._is_chinese:
            return f"我们将于{self.say(at)}给您回电。确认请按1，另选时间请按2。"
        return f"We call you {self.say(at)}. Press 1 if that is right, or 2 for another time."

    def confirm(self, at: Micros) -> str:
        if self._is_chinese:
            return f"已为您预约：我们将于{self.say(at)}给您回电。再见。"
        return f"It is agreed: we call you {self.say(at)}. Goodbye."

    def introduce(self) -> str:
        if self._is_chinese:
            return "请选择我们给您回电的时间。" + ("时间以我们所在地为准。" if self._is_ours else "")
        return "When may we call you?" + (" The times are by our clock." if self._is_ours else "")

    def refuse(self) -> str:
        return "该时间已不可预约。" if self._is_chinese else "We cannot call you at that time."

    def not_understood(self) -> str:
        return "没有听清您的选择。" if self._is_chinese else "That was not one of the keys."

    def moment(self) -> str:
        return "请稍候。" if self._is_chinese else "One moment, please."

    def say(self, at: Micros) -> str:
        """Tomorrow, Tuesday 24 November, at 9 in the morning."""
        local = _read(at, self.zone)
        days = (local.date() - self._today).days
        if self._is_chinese:
            near = {0: "今天", 1: "明天"}.get(days, "")
            part = "上午" if local.hour < 12 else "下午"
            minute = f"{local.minute}分" if local.minute else ""
            day = f"{local.month}月{local.day}日{_DAYS['zh'][local.weekday()]}"
            return f"{near}{day}{part}{_twelve(local)}点{minute}"
        near = {0: "today, ", 1: "tomorrow, "}.get(days, "on ")
        part = "in the morning" if local.hour < 12 else "in the afternoon" if local.hour < 18 else "in the evening"
        minute = f" {local.minute:02}" if local.minute else ""
        day = f"{_DAYS['en'][local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
        return f"{near}{day}, at {_twelve(local)}{minute} {part}"


def _twelve(local: datetime) -> int:
    return (local.hour + 11) % 12 + 1


def _read(wall_at: Micros, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(wall_at / SECOND, UTC).astimezone(zone)
