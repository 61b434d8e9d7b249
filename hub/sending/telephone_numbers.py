"""Which telephone numbers may be written to or called at all, whatever the country rules say.

The rule of this file: pure, and by allow-list: only ordinary kinds of the numbers that `phonenumbers` knows pass. An
address with a scheme (`client:`, `sip:`, `whatsapp:`) is never a telephone number, whatever digits follow it.
"""

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from hub.sending.refusals import Refusal

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN: Final = re.compile(r"\+[0-9 ()./-]{5,30}")  # E.164, perhaps with what people put between the digits
# Toll-free numbers cost nothing. Premium rate, shared cost, UAN, personal and paging numbers may cost any sum.
_ORDINARY: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.TOLL_FREE,
    }
)
RECENT: Final = 4_096  # a number is looked up several times during its batch, seldom later


@lru_cache(maxsize=RECENT)
def parse_number(address: str) -> PhoneNumber | None:
    """The telephone number in an address. None for anything else: a short code, a name, an address with a scheme."""
    if not _WRITTEN.fullmatch(address):
        return None
    try:
        return phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=RECENT)
def normal_number(address: str) -> str:
    """E.164 where it is a number; short codes, sender names and other addresses stay as they are."""
    number = parse_number(address)
    return address if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=RECENT)
def find_country(address: str) -> str:
    """The country of a number, as a code of ISO 3166. Empty if the address is no number of one country."""
    number = parse_number(address)
    return "" if number is None else phonenumbers.region_code_for_number(number) or ""


@lru_cache(maxsize=RECENT)
def find_ban(address: str) -> Refusal | None:
    """Why this is no number that may be reached. None if it is one.

    Emergency and other short numbers have no E.164 form. If one has a country code all the same (+46 112), it counts
    as an emergency number and not as an impossible number.
    """
    number = parse_number(address)
    if number is None:
        return Refusal.NO_NUMBER
    if not phonenumbers.is_valid_number(number):
        regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
        national = str(number.national_number)
        if any(phonenumbers.connects_to_emergency_number(national, region) for region in regions):
            return Refusal.EMERGENCY_NUMBER
        return Refusal.NO_NUMBER
    return None if phonenumbers.number_type(number) in _ORDINARY else Refusal.COSTLY_NUMBER
