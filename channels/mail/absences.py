"""Subjects of absence notes, as mail programs and servers write them in each language.

The rule of this file: a table of phrases, and what must follow one. A person may write the same words ("out of
office hours question"). So the phrase must stand first. After it the subject ends, or a colon, a bracket, a dash or
the end of the absence follows. A subject alone proves nothing: the caller has seen another sign.

Sources: the phrases of Outlook, Exchange, Lotus Notes, Gmail, vacation(1) and Sieve (RFC 5230 4.2).
"""

import re
import unicodedata
from typing import Final

# These stand alone, or before the subject that is answered
_AUTOMATIC: Final = """
    automatic reply | automated reply | auto reply | autoreply | auto-reply | automatic response | automated response
    auto response | autoresponse | auto-response | autoresponder | auto responder | auto-responder | automatic answer
    auto answer | vacation reply | vacation response | vacation message
    automatiskt svar | automatisk svar | autosvar | automatsvar | automaattinen vastaus | automaattivastaus
    sjálfvirkt svar | automaatvastus | automaatne vastus | automātiska atbilde | automātiskā atbilde
    automatinis atsakymas
    automatische antwort | automatische rückantwort | autoantwort | automatisch antwoord | automatische beantwoording
    réponse automatique | respuesta automática | risposta automatica | resposta automática | resposta automàtica
    răspuns automat | erantzun automatikoa
    automatická odpověď | automatická odpoveď | automatyczna odpowiedź | odpowiedź automatyczna | automatikus válasz
    samodejni odgovor | avtomatski odgovor | automatski odgovor | аутоматски одговор | автоматски одговор
    автоматичен отговор | автоматический ответ | автоответ | автоматична відповідь | автовідповідь | аўтаматычны адказ
    автоматты жауап | avtomatik cavab | otomatik yanıt | otomatik cevap | αυτόματη απάντηση | ავტომატური პასუხი
    ավտոմատ պատասխան
    תשובה אוטומטית | מענה אוטומטי | رد تلقائي | الرد التلقائي | رد آلي | پاسخ خودکار | خودکار جواب
    स्वचालित उत्तर | स्वचालित प्रतिसाद | स्वचालित जवाब | स्वतः उत्तर | स्वतः जवाब | স্বয়ংক্রিয় উত্তর | স্বয়ংক্রিয় জবাব
    balasan otomatis | jawaban otomatis | balasan automatik | jawapan automatik
    trả lời tự động | thư trả lời tự động | tự động trả lời | phản hồi tự động
    ตอบกลับอัตโนมัติ | การตอบกลับอัตโนมัติ | ตอบอัตโนมัติ | ข้อความตอบกลับอัตโนมัติ | ตอบกลับโดยอัตโนมัติ
    自动回复 | 自动答复 | 自动回覆 | 自動回覆 | 自動回復 | 自動答覆 | 自動返信 | 自動応答 | 自動返答
    자동 회신 | 자동회신 | 자동 응답 | 자동응답 | 자동 답장
"""
# These stand alone, or with the end of the absence
_ABSENT: Final = """
    out of office | out of the office | out-of-office | out of office autoreply | out of office auto-reply
    out of office reply | out of office message | out of office notice | out of office notification
    out of office response | away from office | away from the office | away from my office | away from my mail
    away from my desk | absence notice | vacation notice
    frånvaromeddelande | inte på kontoret | ej på kontoret | fravær | fraværsmelding
    fraværsmeddelelse | ikke på kontoret | ikke til stede | poissaoloviesti | poissaoloilmoitus
    poissa toimistosta | fjarverandi | ekki á skrifstofunni | ekki við | kontorist väljas | eemal kontorist
    ārpus biroja | prombūtne | prombūtnē | ne biure | nesu biure | nėra biure
    abwesenheitsnotiz | abwesenheitsmeldung | abwesenheitsnachricht | abwesenheitsbenachrichtigung
    abwesenheitshinweis | außer haus | nicht im büro | afwezigheid | afwezigheidsbericht
    afwezigheidsmelding | niet op kantoor | niet aanwezig
    absence du bureau | absent du bureau | absente du bureau | message d'absence | avis d'absence
    notification d'absence | fuera de la oficina | fuera de oficina | fuori sede | fuori ufficio
    assente dall'ufficio | assenza dall'ufficio | fora do escritório | ausente do escritório | fora de l'oficina
    în afara biroului | poza biurem | mimo kancelář | mimo kancelárie | neprítomnosť
    házon kívül | irodán kívül | távollét
    izvan ureda | odsutan iz ureda | van kancelarije | odsoten | odsotna | zunaj pisarne
    ni v pisarni | извън офиса | вне офиса | отсутствие на рабочем месте | нет на рабочем месте | отсутствую в офисе
    поза офісом | відсутній на роботі | немає на роботі | немає в офісі
    ofis dışında | ofis dışındayım | iş yeri dışında | εκτός γραφείου | απουσία από το γραφείο
    מחוץ למשרד | לא במשרד | خارج المكتب | خارج از دفتر | خارج از محل کار | कार्यालय से बाहर | ऑफ़िस से बाहर
    di luar kantor | tidak di kantor | di luar pejabat | vắng mặt tại văn phòng
    không có mặt tại văn phòng | ngoài văn phòng | ไม่อยู่ที่สำนักงาน | ไม่อยู่สำนักงาน | ไม่อยู่ที่ออฟฟิศ | นอกสำนักงาน
    不在办公室 | 不在辦公室 | 外出自动回复 | 不在通知 | 不在のお知らせ | 부재중 알림
"""
# Everyday words: they say nothing if a subject of its own follows
_EVERYDAY: Final = """
    on vacation | on holiday | on leave | on annual leave | absence | absent | frånvaro | frånvarande | fravær
    poissa | abwesenheit | abwesend | afwezig | nieobecność | nepřítomnost | odsutnost | odsotnost | vắng mặt
    外出 | 外出中 | 休假 | 休假中 | 休暇 | 休暇中 | 不在 | 不在中 | 부재중 | 부재 중
"""
# As Lotus Notes and people write it: "Pia Lindqvist is out of the office until ..."
_SOMEBODY_IS: Final = """
    is out of the office | is out of office | am out of the office | am out of office | will be out of the office
    am on vacation | is on vacation | am on leave | is on leave | am away from the office | am away from my desk
    ist außer haus | ist nicht im büro | est absent du bureau | est absente du bureau | est absent | est absente
"""
_LONGEST_NAME: Final = 60


def _fold(text: str) -> str:
    """Drop accents, case and widths, since many programs do."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")


def _any_of(table: str) -> str:
    phrases = {_fold(" ".join(phrase.split())) for line in table.splitlines() for phrase in line.split("|")} - {""}
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))


_ENDS: Final = r"[\s!.…]*$|\s*[:(\[\])】|/「『«“\"]|\s+[-–—]|\s*[–—]"
_TILL: Final = _any_of(
    "until|till|til|through|thru|returning|back|bis|jusqu|hasta|fino|ate|tot|tom|t.o.m|asti|do|до|έως|μέχρι"
    "|today|tomorrow|this week|next week"
)
_SINCE: Final = _any_of("starting|from|since|von|vom|ab|du|dal|del|desde|från|fra|van|od|с|з|от|από")
_UNTIL: Final = rf"\s*,?\s+(?:(?:{_TILL})(?!\w)|(?:{_SINCE})\s\D{{0,12}}\d|\d{{1,4}}[./-]\d)"
_NO_QUESTION: Final = r"(?!.*[?؟]\s*$)"
_NOTE: Final = re.compile(
    rf"[\W_]*(?:(?:{_any_of(_AUTOMATIC)})(?:{_ENDS}|\s+(?:from|re)\s)"
    rf"|(?:{_any_of(_ABSENT)})(?:{_ENDS}|{_UNTIL}){_NO_QUESTION}"
    rf"|(?:{_any_of(_EVERYDAY)})(?:[\W_]*$|{_UNTIL}){_NO_QUESTION}"
    rf"|[^:?!]{{1,{_LONGEST_NAME}}}\s(?:{_any_of(_SOMEBODY_IS)})(?:{_ENDS}|{_UNTIL}){_NO_QUESTION})"
)
_ANSWER: Final = _any_of(
    "re|r|aw|antw|sv|vs|odp|ynt|rif|res|resp|atb|vast|vá|ats|odg|відп|отг|απ|השב|回复|答复|回覆|返信|回信|답장|회신"
)
_ANSWERS: Final = re.compile(rf"(?:\s*(?:{_ANSWER})\s*(?:[\[(]\d+[\])])?\s*:)+")
_LABEL: Final = re.compile(r"\s*\[[^\[\]]{1,30}\]\s*(?=\S)")  # a gateway's mark, such as [External]


def is_absence(subject: str, *, with_answers: bool) -> bool:
    """Whether the subject is an absence note's. `with_answers`: also after a "Re:". Programs that answer each other
    write that, but so does a person who answers an automatic reply."""
    text = _fold(subject)
    rest = _ANSWERS.sub("", text, count=1) if with_answers and _ANSWERS.match(text) else text
    return any(_NOTE.match(each) for each in (rest, _LABEL.sub("", rest, count=1)))
