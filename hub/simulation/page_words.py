"""The texts of the page, in the languages of the screens.

The rule of this file: a language has every key that English has, with the same values. They have the two forms that
the screens' texts have (`shared/i18n/translate.ts`): `{name}`, and `{count, plural, one {# day} other {# days}}`. The
policy names queues and tiers.
"""

import re
from collections.abc import Mapping
from typing import Final

_PLURAL = re.compile(r"\{(\w+), plural,(?: one \{([^{}]*)\})? other \{([^{}]*)\}\}")
_VALUE = re.compile(r"\{(\w+)\}")

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "run": "{days, plural, one {# day} other {# days}} from {first_day}{warm_up} · seed {seed} · "
        "{arrived, plural, one {# interaction} other {# interactions}}",
        "warm_up": ", after {days, plural, one {# day} other {# days}} of warm-up",
        "policy_of": "the policy of {policy}",
        "staff_of": "the policy of {policy}, staff of {scenario}",
        "file": "{file}",
        "without": "{tier} without its head start",
        "intervals": "± is half of the 95 % interval, by batch means over "
        "{batches, plural, one {# batch} other {# batches}}.",
        "service": "Service and waits",
        "tier": "Tier",
        "all_tiers": "All tiers",
        "arrived": "Arrived",
        "in_time": "In time",
        "in_time_within": "in time: within {threshold}; target {target}",
        "waits": "Waits: half, 90 and 95 of 100; the dot is the mean",
        "waits_words": "half within {half}, 90 % within {most}, 95 % within {nearly_all}; mean {mean}",
        "asa": "ASA",
        "abandoned": "Abandoned",
        "occupancy": "Occupancy",
        "occupancy_note": "Occupancy: the share that this work takes of the time of all who serve the queue.",
        "unanswered": "{count, plural, one {# interaction} other {# interactions}} still waited at the end of the "
        "run. The waits here are without them.",
        "diverted": "{count, plural, one {# interaction was} other {# interactions were}} closed before an answer "
        "(by voicemail or release).",
        "day": "The day",
        "arrivals_and_agents": "Arrivals (right) and agents (left), per half hour",
        "mean_waits": "Mean wait, in {unit}, by half hour of arrival",
        "expected": "expected arrivals",
        "available": "agents available",
        "needed": "agents by Erlang, on its own",
        "compared": "Compared",
        "compared_note": "The same customers in both; changes are batch by batch. A pale bar may be chance.",
        "first": "First",
        "second": "Second",
        "labelled": "{which}: {label}",
        "change": "Change of the mean wait",
        "in_time_change": "In time, points",
        "left_change": "Abandoned, points",
        "price": "What the head start of {tier} changes in the mean wait",
        "s": "s",
        "min": "min",
        "h": "h",
    },
    "zh-CN": {
        "run": "自 {first_day} 起 {days, plural, other {#}} 天{warm_up} · 随机种子 {seed} · "
        "{arrived, plural, other {#}} 次来访",
        "warm_up": "，此前预热 {days, plural, other {#}} 天",
        "policy_of": "规则取自 {policy}",
        "staff_of": "规则取自 {policy}，人员取自 {scenario}",
        "file": "{file}",
        "without": "{tier}不享有优先时间",
        "intervals": "± 为 95 % 置信区间的一半，按 {batches, plural, other {#}} 个批次的均值计算。",
        "service": "服务与等待",
        "tier": "等级",
        "all_tiers": "全部等级",
        "arrived": "到达",
        "in_time": "及时应答",
        "in_time_within": "及时：{threshold}内；目标 {target}",
        "waits": "等待：50 %、90 %、95 %；圆点为均值",
        "waits_words": "半数在 {half}内，90 % 在 {most}内，95 % 在 {nearly_all}内；均值 {mean}",
        "asa": "平均应答时间",
        "abandoned": "放弃",
        "occupancy": "占用率",
        "occupancy_note": "占用率指该项工作占服务此队列的全部坐席可用时间的份额。",
        "unanswered": "{count, plural, other {#}} 次来访在模拟结束时仍在等候，未计入此处的等待时间。",
        "diverted": "{count, plural, other {#}} 次来访在应答前已关闭（转为留言，或告知客户后结束）。",
        "day": "一天之内",
        "arrivals_and_agents": "每半小时的到达量（右轴）与坐席（左轴）",
        "mean_waits": "平均等待（{unit}），按到达的半小时",
        "expected": "预计到达",
        "available": "可用坐席",
        "needed": "仅为此队列，Erlang 所需坐席",
        "compared": "对比",
        "compared_note": "两次模拟的客户完全相同，差异逐批比较。浅色条可能出于偶然。",
        "first": "前者",
        "second": "后者",
        "labelled": "{which}：{label}",
        "change": "平均等待的变化",
        "in_time_change": "及时应答（百分点）",
        "left_change": "放弃（百分点）",
        "price": "{tier}的优先时间对平均等待的影响",
        "s": " 秒",
        "min": " 分钟",
        "h": " 小时",
    },
}


def say(key: str, language: str, **values: str | int) -> str:
    """The text with its values. A count is written as people group its digits: 1,200."""
    counted = _PLURAL.sub(lambda found: _count(found, values), WORDS[language][key])
    return _VALUE.sub(lambda found: str(values[found[1]]), counted)


def _count(found: re.Match[str], values: Mapping[str, str | int]) -> str:
    count, one, other = values[found[1]], found[2], found[3]
    return (one if count == 1 and one else other).replace("#", f"{count:,}")
