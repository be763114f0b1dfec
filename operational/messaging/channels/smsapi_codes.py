"""What the numbers of SMSAPI.pl mean: whose fault an error is, and what became of a message.

A number belongs to one of four classes: the *address* is bad, the *message* can never go like this, the
*configuration* is ours to mend (nothing goes until then, no attempt is counted), or it is *temporary*. A
number that is not listed counts as temporary: the message is tried again a limited number of times.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Whose fault an error is."""

    ADDRESS = "address"
    MESSAGE = "message"
    CONFIGURATION = "configuration"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class Meaning:
    """An error: its class, words for the operator, and whether the next message would fare no better."""

    fault: Fault
    words: str
    stops_channel: bool = False


KNOWN_IDX: Final = 53


def _ours(words: str) -> Meaning:
    return Meaning(Fault.CONFIGURATION, words, stops_channel=True)


def _lasting(words: str) -> Meaning:
    return Meaning(Fault.MESSAGE, words)


def _busy(words: str) -> Meaning:
    return Meaning(Fault.TEMPORARY, words, stops_channel=True)


_ERRORS: Final[dict[int, Meaning]] = {
    8: _ours("the request is not understood"),
    11: _lasting("the text is empty, too long or has signs that are not allowed"),
    12: _lasting("the text needs more parts than allowed"),
    13: Meaning(Fault.ADDRESS, "the number is not valid"),
    14: _ours("the sender name is not allowed"),
    17: _lasting("a flash message has signs that are not allowed"),
    18: _ours("the number of parameters is wrong"),
    19: _lasting("too many messages in one request"),
    20: _ours("the number of idx values is wrong"),
    25: _ours("parameters exclude each other"),
    27: _ours("the idx is too long"),
    30: _ours("a parameter is missing"),
    52: Meaning(Fault.TEMPORARY, "too many messages to one number in a short time"),
    59: Meaning(Fault.ADDRESS, "the number is on the provider's list of the blocked"),
    70: _ours("the callback address is wrong"),
    76: _lasting("a parameter has signs that are not allowed"),
    94: _lasting("links are not allowed in the text"),
    101: _ours("the token is refused"),
    102: _ours("the token is refused"),
    103: _ours("not enough points on the account"),
    105: _ours("this address may not log in"),
    110: _ours("the service is blocked for this account"),
    112: Meaning(Fault.MESSAGE, "messages to this country are blocked"),
    200: Meaning(Fault.TEMPORARY, "the provider could not send it"),
    201: _busy("the provider has a fault of its own"),
    202: _busy("too many requests at once"),
    203: _busy("too many requests in a short time"),
    999: _busy("the provider has a fault of its own"),
    1000: _ours("only the main user of the account may do this"),
    1001: _ours("the request is not understood"),
}
_UNKNOWN: Final = Meaning(Fault.TEMPORARY, "refused")

# States of a sent message. What is not here (sent, unknown, queue, accepted, renewal) is still on its way.
_STATES: Final[dict[int, str]] = {
    402: "failed", 404: "delivered", 405: "failed", 406: "failed", 407: "failed", 412: "failed",
}  # fmt: skip


def meaning(code: int) -> Meaning:
    """Return what an error number of ``sms.do`` means."""
    return _ERRORS.get(code, _UNKNOWN)


def error_codes() -> dict[int, Meaning]:
    """Return every listed error with its meaning."""
    return dict(_ERRORS)


def state(code: int) -> str:
    """Return what a number of a delivery report says: delivered, failed, or waiting (nothing final yet)."""
    return _STATES.get(code, "waiting")
