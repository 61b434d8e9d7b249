"""Why something may not leave: one type for every answer of the gate.

The rule of this file: a value is what is stored in transcripts and told to screens, which have words for each. It may
be added to and never changed.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """A function that may refuse returns one of these, or None where it lets pass."""

    NOTHING_TO_SAY = "nothing_to_say"
    TOO_LONG = "too_long"
    NO_ADDRESS = "no_address"  # nobody knows where the customer can be reached
    CUSTOMER_SAID_STOP = "customer_said_stop"
    CONSENT_WITHDRAWN = "consent_withdrawn"  # for this purpose; the customer has taken it back
    NO_CONSENT = "no_consent"  # the purpose needs a yes, and the customer has said nothing
    CONSENT_RAN_OUT = "consent_ran_out"  # their yes is too old
    LEFT_ALONE = "left_alone"  # so the customer's profile says: nobody writes or calls first
    NO_TEXTS = "no_texts"  # so the provider says of the customer's number
    NO_PHONE = "no_phone"  # the agent has no telephone
    NO_NUMBER = "no_number"
    IN_A_CALL = "in_a_call"  # another call of ours rings the customer, or has them on the line
    EMERGENCY_NUMBER = "emergency_number"
    COSTLY_NUMBER = "costly_number"
    OWN_NUMBER = "own_number"
    REGION_NOT_ALLOWED = "region_not_allowed"
    CUSTOMER_CAP_REACHED = "customer_cap_reached"
    CAP_REACHED = "cap_reached"
    AGENT_CAP_REACHED = "agent_cap_reached"  # the agent has made the calls of one day
    NO_SUCH_TIME = "no_such_time"  # it is over, or too far away
    OUTSIDE_HOURS = "outside_hours"  # the queue is closed then, or calls nobody
    CALLS_NOBODY = "calls_nobody"  # no queue calls customers back
    TOO_MANY_APPOINTMENTS = "too_many_appointments"  # a customer has asked for the calls that they may ask for
    QUIET_HOURS = "quiet_hours"  # it is night, or too early, where the person with the number may be
