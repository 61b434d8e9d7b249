"""What people write where a password is asked for, and strangers try first."""

import random
import string

import pytest

from hub.access.guessable import count_syllables, is_guessable

ABOUT = ["Ada Holm", "ada", "Nordpost Bank"]
EXPECTED = [
    "Winter2026!!",
    "Sommer2026!!",
    "Willkommen123!",
    "Qwertz123456!",
    "woaini1314520",
    "Nordpost2026!",
    "password12345" * 70,
    "我爱你" * 9,
]
PHRASES = [
    "correcthorsebatterystaple",
    "Correct-Horse-Battery-Staple1",
    "correct horse battery staple!",
    "thequickbrownfox",
    "MayTheForceBeWithYou!",
    "To be or not to be",
    "ILoveMyDog2026!",
    "Franz jagt im komplett verwahrlosten Taxi",
]
PATTERNS = [
    "Summer2026!Summer",
    "Monday2026Monday!",
    "Tulips!Tulips!7",
    "CallCenter2026!",
    "2026Customers!!",
    "P@ssw0rd2026!!",
    "Liverpool2026!!",
    "Michael1985!Jessica",
    "Ｗｉｎｔｅｒ２０２６！！",
    "AdaHolm!AdaHolm!1",
]
CHINESE = [
    "woaini1314",
    "woaini1314woaini",
    "woainiyishengyishi1314",
    "wodemima123456",
    "zhongguoren888888",
    "zhunishengrikuaile",
    "gongxifacaidajidali",
    "WoAiWoDeJia520!",
    "我爱你一生一世",
    "我爱你一生一世521314",
    "祝你生日快乐万事如意身体健康",
    "床前明月光疑是地上霜",
    "新年快乐恭喜发财2026",
    "我愛你1314520我愛你",
    "这是我的密码123456",
]
GOOD = [
    "tangled moss under 7 bridges",
    "七座桥下纠结的青苔与灯火",
    "kR7#pQ9$vL2m",
    "tram lantern oboe 81 frost",
    "seven grey herons at dawn",
    "PurpleGiraffe42!Kettle",
    "elefanten tanzt barfuss im regen",
    "min moster odlar blå tulpaner",
    "wo jia de lao mao xi huan chi ying tao",  # ten syllables of pinyin
    "外婆的铁锅里住着一只蓝鲸",
    "summer tastes of burnt marmalade",
    "to be a walrus or a lamp",
    "49 17 83 60 25 71 x",
]


@pytest.mark.parametrize("password", EXPECTED + PHRASES + PATTERNS + CHINESE, ids=lambda text: text[:20])
def test_what_people_write_is_refused_in_any_language(password: str) -> None:
    assert is_guessable(password, ABOUT)


@pytest.mark.parametrize("password", GOOD)
def test_what_nobody_expects_is_taken(password: str) -> None:
    assert not is_guessable(password, ABOUT)


def test_what_a_password_manager_makes_up_is_taken() -> None:
    made_up, characters = random.Random(8), string.ascii_letters + string.digits + "!#$%&*+-?@_"
    passwords = ["".join(made_up.choices(characters, k=16)) for _ in range(200)]
    assert [password for password in passwords if is_guessable(password, ABOUT)] == []


@pytest.mark.parametrize(
    ("letters", "syllables"),
    [("woaini", 3), ("zhongguoren", 3), ("xian", 1), ("tomato", 3), ("marmalade", 0), ("bridges", 0), ("", 0)],
)
def test_pinyin_is_read_by_its_syllables(letters: str, syllables: int) -> None:
    assert count_syllables(letters) == syllables
