"""The names, streets and products from which the sample base is made, by the language community of a customer.

The rule of this file: it is data. A name that does not fit into ASCII has its mail form beside it or is folded
(`fold`); nobody in it is a real person.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

_LATIN: Final = str.maketrans(
    {"ı": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ß": "ss", "æ": "ae"}
)


@dataclass(frozen=True, slots=True)
class Community:
    """`share`: of a hundred customers. `is_family_first`: a name is written so, without a space in Chinese."""

    share: int
    language: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    is_chinese: bool = False
    is_family_first: bool = False


def fold(text: str) -> str:
    """As it stands in a mailbox: small letters without accents, spaces and hyphens."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "").replace("-", "").replace("'", "")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# A Chinese name stands as characters/pinyin
_CHINESE_FAMILY = _words(
    "王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 黄/huang 赵/zhao 吴/wu 周/zhou 徐/xu 孙/sun 马/ma 朱/zhu "
    "胡/hu 郭/guo 何/he 林/lin 高/gao 罗/luo 郑/zheng 梁/liang 谢/xie 宋/song 唐/tang 许/xu 邓/deng 冯/feng 韩/han "
    "曹/cao 曾/zeng 彭/peng 萧/xiao 蔡/cai 潘/pan 田/tian 董/dong 袁/yuan 于/yu 余/yu 叶/ye "
    "欧阳/ouyang 司马/sima 诸葛/zhuge"
)
_CHINESE_GIVEN = _words(
    "伟/wei 芳/fang 秀英/xiuying 娜/na 敏/min 静/jing 丽/li 强/qiang 磊/lei 洋/yang 艳/yan 勇/yong 军/jun 杰/jie "
    "娟/juan 涛/tao 明/ming 超/chao 霞/xia 平/ping 嘉怡/jiayi 子轩/zixuan 雨桐/yutong 浩然/haoran 梓涵/zihan "
    "思远/siyuan 晓梅/xiaomei 建国/jianguo 志强/zhiqiang 欣妍/xinyan 佳琪/jiaqi 天宇/tianyu 文博/wenbo 若曦/ruoxi "
    "俊杰/junjie 婉婷/wanting 宇航/yuhang 诗涵/shihan 国栋/guodong 海燕/haiyan"
)

COMMUNITIES: Final = (
    Community(34, "zh-CN", _CHINESE_GIVEN, _CHINESE_FAMILY, is_chinese=True, is_family_first=True),
    Community(
        26,
        "en",
        _words(
            "Åsa Örjan Elin Gösta Märta Lars Karin Björn Sofia Håkan Ingrid Jonas Linnéa Pär Ulla Mats Frida Nils "
            "Saga Torbjörn Göran Annika Viktor Ebba Östen"
        ),
        _words(
            "Lindqvist Öberg Åkerlund Sjöström Nyström Bergström Håkansson Wallin Björk Hedlund Löfgren Sandberg "
            "Ekström Söderberg Norén Lövgren Malmgren Åström Östlund Holmgren Forsberg"
        ),
    ),
    Community(
        10,
        "en",
        _words("Ayşe Mehmet Elif Çağla Oğuz Şükrü İpek Gül Barış Deniz Ümit Işıl Kağan Tuğba Emre Özlem Yiğit"),
        _words("Yılmaz Şahin Çelik Öztürk Kılıç Doğan Aydın Güneş Koç Erdoğdu Işık Çetin Özdemir Bulut Ağaoğlu"),
    ),
    Community(
        10,
        "en",
        (
            "Linh",
            "Thị Hương",
            "Văn Đức",
            "Minh Châu",
            "Quốc Anh",
            "Thanh Thảo",
            "Hữu Phước",
            "Ngọc Ánh",
            "Đình Trọng",
            "Bảo Trân",
            "Xuân Mai",
            "Gia Huy",
            "Thúy Kiều",
            "Tuấn Kiệt",
        ),
        _words("Nguyễn Trần Lê Phạm Huỳnh Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Phan"),
        is_family_first=True,
    ),
    Community(
        12,
        "en",
        _words(
            "Zoë René Siobhán François Chloë Łukasz Małgorzata Jürgen Käthe Anne-Laure José Begoña Núria Inês João "
            "Dvořák Šárka Jiří Noël Anaïs Øyvind Søren Bríd Tomáš Agnieszka"
        ),
        _words(
            "Müller Weiß Lefèvre Béranger O'Brien Núñez Żak Wójcik Brzęczyszczykiewicz Novák Přibyl Gonçalves Ibáñez "
            "Jørgensen Ødegård Mac-Mahon Saint-Exupéry Dvořáková Größner Çavuş"
        ),
    ),
    Community(
        8,
        "en",
        _words("Amara Kofi Priya Ravi Yusuf Fatima Mateo Olivia Grace Samuel Hana Kenji Leila Omar Thandi Anil Mei"),
        _words("Okafor Mensah Iyer Subramaniam Haddad Rahman Silva Taylor Nakamura Dlamini Kaur Ferreira Cole Abebe"),
    ),
)

# (city, its streets) where customers live
CITIES: Final = {
    "en": (
        "Stockholm",
        "Göteborg",
        "Malmö",
        "Uppsala",
        "Västerås",
        "Örebro",
        "Linköping",
        "Umeå",
        "Luleå",
        "Växjö",
        "København",
        "Tromsø",
        "Turku",
        "Ängelholm",
    ),
    "zh-CN": (
        "上海",
        "北京",
        "深圳",
        "广州",
        "杭州",
        "成都",
        "斯德哥尔摩",
        "哥德堡",
        "马尔默",
        "南京",
        "西安",
        "厦门",
    ),
}
STREETS: Final = {
    "en": ("Storgatan", "Kungsgatan", "Åkarevägen", "Näckrosgatan", "Östra Hamngatan", "Björkvägen", "Skeppsbron"),
    "zh-CN": ("人民路", "中山路", "解放大道", "和平街", "滨江东路", "南京西路", "学府街"),
}

# By kind of relation: products of the bank, of the post, each in both languages, from the most common
BANK: Final = {
    "en": (
        "Private account",
        "Savings account",
        "Debit card",
        "Gold card",
        "Fund savings",
        "Home loan",
        "Car loan",
        "Pension plan",
        "Business account",
        "Currency service",
    ),
    "zh-CN": (
        "个人账户",
        "储蓄账户",
        "借记卡",
        "金卡",
        "基金定投",
        "住房贷款",
        "汽车贷款",
        "养老计划",
        "企业账户",
        "外汇服务",
    ),
}
POST: Final = {
    "en": ("Parcel account", "Post box", "Mail forwarding", "Parcel locker", "Registered mail", "Business post"),
    "zh-CN": ("包裹账户", "邮政信箱", "邮件转寄", "智能快递柜", "挂号信服务", "企业邮政"),
}
NOTES: Final = {
    "en": (
        "Prefers short answers.",
        "Moves house in spring.",
        "Collects stamps; asks about new issues.",
        "Hard of hearing: speak slowly.",
        "Wants everything in writing.",
        "Runs a web shop from home.",
    ),
    "zh-CN": (
        "希望答复简短。",
        "春季搬家。",
        "集邮爱好者，常问新邮票。",
        "听力不佳，请放慢语速。",
        "凡事希望有书面答复。",
        "在家经营网店。",
    ),
}
SIGNS: Final = {
    "en": (
        "Two complaints within a month",
        "Moved savings to another bank",
        "No visit since the branch closed",
        "Asked how to close the account",
        "Parcel lost twice",
    ),
    "zh-CN": ("一个月内两次投诉", "把存款转到他行", "网点关闭后未再到访", "询问如何销户", "包裹两次丢失"),
}
PREFERS: Final = {
    "en": ("phone", "sms", "email", "webchat", "after 16:00", "mornings", "no calls at work"),
    "zh-CN": ("phone", "sms", "email", "webchat", "上午联系", "下班后联系", "周末联系"),
}
