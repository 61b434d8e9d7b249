"""The kinds of activities: what dated facts of customers rules can count.

The rule of this file: the standard kinds are always there; a policy adds its own and may rename these. The hub itself
writes `contact` when an interaction closes, with the channel as its label, and what the customer said to proposals,
with the proposal as its label. Nothing else may write these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from channels.wording import written
from hub.policies.names import Names
from hub.toml_files.problems import Section

ActivityKind = Annotated[
    str,
    written(
        r"[a-z][a-z0-9_]{0,31}",
        "a name of small letters, digits and '_' that begins with a letter, of at most 32 characters",
    ),
]
MARK: Final = "mark"  # by the action of a script, whose mark is the label
EACH_INTERACTION: Final = "contact"
PROPOSAL_REPLIES: Final = ("proposal_accepted", "proposal_declined", "proposal_later")
COUNTED_BY_HUB: Final = frozenset({EACH_INTERACTION, *PROPOSAL_REPLIES})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPolicy(Section):
    names: Names
    has_amount: bool = False  # in the policy's currency; a rule may then add them up


STANDARD_KINDS: Final[Mapping[str, ActivityPolicy]] = {
    EACH_INTERACTION: ActivityPolicy(names={"en": "Contact", "zh-CN": "联系"}),
    "payment": ActivityPolicy(names={"en": "Payment", "zh-CN": "付款"}, has_amount=True),
    "complaint": ActivityPolicy(names={"en": "Complaint", "zh-CN": "投诉"}),
    "visit": ActivityPolicy(names={"en": "Visit", "zh-CN": "到访"}),
    MARK: ActivityPolicy(names={"en": "Mark", "zh-CN": "标记"}),
    "proposal_accepted": ActivityPolicy(names={"en": "Proposal accepted", "zh-CN": "接受推荐"}),
    "proposal_declined": ActivityPolicy(names={"en": "Proposal declined", "zh-CN": "婉拒推荐"}),
    "proposal_later": ActivityPolicy(names={"en": "Proposal: later", "zh-CN": "推荐：以后再说"}),
}
