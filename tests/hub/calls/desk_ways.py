"""What an agent or a supervisor may do next about calls, as their screen stands.

The rule of this file: whatever a screen offers is among it, also what the hub refuses in the end.
"""

from typing import Any

from tests.hub.house import House

AGENTS = ("ada", "ben", "cleo", "emre", "fay", "dot")
SUPERVISOR = "dot"
BROKER, STRANGER = "+46701740999", "+46701740777"
Way = tuple[str, dict[str, Any]]  # a command's kind and its fields


def list_ways(house: House, agent: str) -> list[Way]:
    """Those that come up more often stand there more often."""
    shown = house.screens[agent].shown
    ways: list[Way] = []
    for offer in shown["offers"]:
        ways += [("accept_offer", {"offer_id": offer["id"]})] * 5 + [("decline_offer", {"offer_id": offer["id"]})]
    for consult in shown["consults"]:
        about = {"party_id": consult["party_id"]}
        ways += [("answer_consult", {**about, "accepts": True})] * 3 + [
            ("answer_consult", {**about, "accepts": False})
        ]
        ways.append(("leave_consult", about))
    for held in shown["interactions"]:
        ways += list_held(house, agent, held)
    if agent == SUPERVISOR:
        ways += _list_supervised(house)
    if not ways:
        ways.append(("call_out", {"to_address": STRANGER, "reason": "A parcel"}))
    if shown["agent"]["state"] != "available":
        ways += [("set_state", {"state": "available"})] * 5
    return ways


def list_held(house: House, agent: str, held: dict[str, Any]) -> list[Way]:
    about = {"interaction_id": held["id"], "version": held["version"]}
    if held["state"] == "wrap_up":
        return [("complete_wrap_up", {**about, "disposition": "solved"})]
    others = {one: house.screens[one].shown["agent"] for one in AGENTS if one != agent}
    free = [one for one, shown in others.items() if shown["load"] == 0 and shown["state"] == "available"]
    ways: list[Way] = [
        ("hold_call", {**about, "on": True}),
        ("hold_call", {**about, "on": False}),
        ("call_third_party", {**about, "number": BROKER}),
        ("transfer_interaction", {**about, "queue": "service"}),
        ("end_interaction", about),
        ("leave_call", about),
    ]
    ways += [("rejoin_call", about)] * (6 if str((held["call"] or {}).get("state")).startswith("agent_lost") else 1)
    if (held["call"] or {}).get("recording"):
        ways += [(kind, about) for kind in ("pause_recording", "resume_recording")]
    for colleague in (free or AGENTS)[:2]:
        for takes_over in (True, False):
            consult = {**about, "agent_id": colleague, "takes_over": takes_over}
            ways += [("consult_colleague", consult)] * (4 if free else 1)
    for party in (held["call"] or {}).get("parties", []):
        of_party = {**about, "party_id": party["id"]}
        ways += [(kind, of_party) for kind in ("swap_parties", "hand_over", "drop_party")]
        ways += [(kind, {**of_party, "on": on}) for kind in ("hold_party", "mute_party") for on in (True, False)]
        ways.append(("merge_parties", about))
    return ways


def _list_supervised(house: House) -> list[Way]:
    """About the first call that somebody talks in, and the first that waits."""
    ways: list[Way] = []
    calls = [one for one in house.floor.interactions.values() if one.traits.is_call]
    for one in [one for one in calls if one.state == "active"][:1]:
        about = {"interaction_id": one.id, "version": one.version}
        ways += [("listen_in", {**about, "way": way}) for way in ("monitor", "whisper", "barge")]
        ways += [("stop_listening", about), ("take_over", about)]
        ways.append(("assign_interaction", {**about, "agent_id": "fay", "overrides_fit": True}))
    for one in [one for one in calls if one.state == "waiting"][:1]:
        about = {"interaction_id": one.id, "version": one.version}
        ways.append(("move_interaction", {**about, "queue": "cards"}))
    return ways
