"""The phone's own words: the place in the queue, a greeting, an apology.

The rule of this file: pure, and in every language of the product. The words of a policy come from the policy.
"""

from typing import Final

from channels.channel import AgentCall, Announcement, CallCustomer, WaitingPlace
from channels.phone.intents import EndCall, Intent, Say

ENGLISH, CHINESE = "en-US", "zh-CN"
# twilio.com/docs/voice/twiml/say/text-speech; a language without a voice is read by the English one
_VOICES: Final = {
    "en": ENGLISH,
    "zh": CHINESE,
    "da": "da-DK",
    "de": "de-DE",
    "es": "es-ES",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "nb": "nb-NO",
    "no": "nb-NO",
    "sv": "sv-SE",
}
_EARS: Final = {"en": ENGLISH, "zh": "cmn-Hans-CN"}

ONE_MOMENT: Final[tuple[Intent, ...]] = (Say("Hello. One moment, please.", ENGLISH), Say("您好，请稍候。", CHINESE))

APOLOGY: Final[tuple[Intent, ...]] = (
    Say("We are sorry. We cannot take your call at the moment. Please call again in a few minutes.", ENGLISH),
    Say("非常抱歉，我们暂时无法接听您的电话，请过几分钟再拨。", CHINESE),
    EndCall(),
)

NOT_OURS: Final[tuple[Intent, ...]] = (
    Say("Nobody can be reached at the number that you have called. Please check the number. Goodbye.", ENGLISH),
    Say("您拨打的号码无人接听，请核对号码。再见。", CHINESE),
    EndCall(),
)


def find_voice(language: str) -> str:
    """The provider's name for a language's voice. It has a region even if our tag has none."""
    return _VOICES.get(language.partition("-")[0], ENGLISH)


def find_ear(language: str) -> str:
    """The provider's name for the language in which it listens (twilio.com/docs/voice/twiml/gather#languagetags)."""
    return _EARS.get(language.partition("-")[0], language)


def say_goodbye(language: str) -> Say:
    if language.startswith("zh"):
        return Say("感谢您的来电。再见。", CHINESE)
    return Say("Thank you for calling. Goodbye.", ENGLISH)


def greet(request: CallCustomer) -> tuple[Say, ...]:
    """The words for a customer whom we have called."""
    return (Say(request.text, find_voice(request.language)),) if request.text else ()


def announce(announcement: Announcement | None) -> tuple[Say, ...]:
    """The words for a caller whose call is to be recorded."""
    if announcement is None:
        return ()
    return (Say(announcement.words.text, find_voice(announcement.words.language)),)


def thank_for_message(language: str) -> Say:
    if language.startswith("zh"):
        return Say("谢谢，您的留言已收到。再见。", CHINESE)
    return Say("Thank you. We have your message. Goodbye.", ENGLISH)


def tell_agent_lost(language: str) -> Say:
    """The words for a customer whose agent's line is lost."""
    if language.startswith("zh"):
        return Say("与您通话的坐席线路中断了，我们正在重新接通，请不要挂机。", CHINESE)
    return Say("The line to your agent was cut. We are calling them again. Please stay on the line.", ENGLISH)


def offer_callback(place: WaitingPlace) -> Say:
    """The keys of a customer who waits."""
    key, time_key = place.callback_key, place.appointment_key
    if place.language.startswith("zh"):
        ways = [f"如需保留位置并由我们给您回电，请按{key}"] if key else []
        ways += [f"如需选择回电时间，请按{time_key}"] if time_key else []
        return Say(f"{'；'.join(ways)}，或继续等候。", CHINESE)
    ways = [f"To keep your place and be called back, press {key}."] if key else []
    ways += [f"To choose when we call you, press {time_key}."] if time_key else []
    return Say(f"{' '.join(ways)} Or stay on the line.", ENGLISH)


def say_speak_now(language: str) -> Say:
    """The words of the check before a shift."""
    if language.startswith("zh"):
        return Say("请在提示音后说话，然后您会听到自己的声音。", CHINESE)
    return Say("Say something after the tone. Then you hear your own voice.", ENGLISH)


def say_nothing_heard(language: str) -> Say:
    if language.startswith("zh"):
        return Say("没有听到您的声音，请检查麦克风。", CHINESE)
    return Say("We heard nothing. Please check your microphone.", ENGLISH)


def say_code(code: str, language: str) -> Say:
    """The code that an agent types at the desk, digit by digit."""
    digits = ", ".join(code)
    if language.startswith("zh"):
        return Say(f"互动中心正在核实您的电话号码。您的验证码是：{digits}。", CHINESE)
    return Say(f"This is a check of your telephone number. Type this code at your desk: {digits}.", ENGLISH)


AGENT_KEY: Final = "1"  # takes the call on an agent's own telephone

ASK_READY: Final[tuple[Say, ...]] = (  # the agent asked for this call on their desk, in either language
    Say(f"Your call. Press {AGENT_KEY} to have the number called.", ENGLISH),
    Say(f"您的外呼。请按{AGENT_KEY}开始拨打。", CHINESE),
)

NOT_READY: Final[tuple[Say, ...]] = (
    Say("No key was pressed, so nobody is called. Goodbye.", ENGLISH),
    Say("没有收到按键，不会拨打。再见。", CHINESE),
)

CALL_IS_GONE: Final[tuple[Say, ...]] = (  # nobody knows any more who is on the line, or their language
    Say("This call is no longer waiting for you. Goodbye.", ENGLISH),
    Say("这通来电已不再等待您接听。再见。", CHINESE),
)


def tell_agent(call: AgentCall) -> Say:
    """The words for an agent on their own telephone: who is calling, and the key that takes the call."""
    digits = " ".join(call.customer_address.removeprefix("+"))
    if call.language.startswith("zh"):
        who = call.customer_name or (f"号码{digits}" if digits else "匿名来电者")
        return Say(f"{who}来电。请按{AGENT_KEY}接听。", CHINESE)
    who = call.customer_name or (f"number {digits}" if digits else "somebody who withholds their number")
    return Say(f"A call from {who}. Press {AGENT_KEY} to take it.", ENGLISH)


def tell_agent_no_key(call: AgentCall) -> Say:
    if call.language.startswith("zh"):
        return Say("没有收到按键，来电将转给其他同事。再见。", CHINESE)
    return Say("No key was pressed, so the call goes on to a colleague. Goodbye.", ENGLISH)


def tell_place(place: WaitingPlace) -> tuple[Say, ...]:
    if place.position is None:
        return ()
    if place.language.startswith("zh"):
        text = (
            "感谢您的耐心等候。下一位就轮到您。"
            if place.position == 1
            else (f"感谢您的耐心等候。您前面还有{place.position - 1}位客户。")
        )
        if place.minutes is not None:
            text += f"预计还需等候约{place.minutes}分钟。"
        return (Say(text, CHINESE),)
    text = "You are next." if place.position == 1 else f"You are number {place.position} in the queue."
    if place.minutes is not None:
        text += f" The wait is about {'one minute' if place.minutes == 1 else f'{place.minutes} minutes'}."
    return (Say(f"Thank you for waiting. {text}", ENGLISH),)
