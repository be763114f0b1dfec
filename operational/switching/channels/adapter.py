"""What every channel can do: write our notices, read their answers,
and the other way round for the simulator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from operational.kernel.errors import DomainError

NoticeKind = Literal["notification", "cancellation", "loss_answer"]
AnswerKind = Literal[
    "ack", "accepted", "rejected", "cancelled", "loss_notice", "loss_called_off", "reserve_start"
]


class SwitchFileError(DomainError):
    """A file that cannot be taken, with what to do about it; nothing of it is kept but the reason."""

    def __init__(self, code: str, reason: str, cure: str) -> None:
        super().__init__(code, f"{reason} {cure}")
        self.reason, self.cure = reason, cure


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of ours about one supply point. ``annual_kwh`` in kWh a year, ``power_kw`` in kW.

    ``previous_id`` is the message that this one follows (a resend, a cancellation, an answer to theirs);
    ``verdict`` and ``reason`` are set in an answer to a customer who leaves.
    """

    message_id: str
    kind: NoticeKind
    issued_on: date
    point_code: str
    customer_name: str
    switch_kind: str
    contract_kind: str
    start_on: date
    annual_kwh: Decimal
    tariff_group: str
    street: str
    postal_code: str
    city: str
    tax_id: str = ""
    power_kw: Decimal | None = None
    previous_id: str = ""
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A message of theirs. ``reference`` is our message, empty when they begin (loss, reserve supply).

    ``start_on`` is the confirmed first day (accepted, reserve) or the first possible one (rejected);
    ``end_on`` the first day without our supply (loss). ``reason`` is their code.
    """

    message_id: str
    kind: AnswerKind
    issued_on: date
    point_code: str
    reference: str = ""
    start_on: date | None = None
    end_on: date | None = None
    reason: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """The content of a file: who sent it and its messages in order."""

    dso_code: str
    rows: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Notices:
    """The content of a file of ours: for whom, and its messages in order."""

    dso_code: str
    rows: tuple[Notice, ...]


class SwitchChannel(Protocol):
    """The adapter of a channel. Reading raises SwitchFileError;
    writing the same content gives the same bytes.
    """

    extension: str

    def is_mine(self, content: bytes) -> bool:
        """Tell by its first bytes whether a file is of this channel."""

    def write_notices(self, dso_code: str, rows: Sequence[Notice]) -> bytes:
        """Return a file of our notices."""

    def read_notices(self, content: bytes) -> Notices:
        """Return the notices of a file of ours."""

    def write_answers(self, dso_code: str, rows: Sequence[Answer]) -> bytes:
        """Return a file of a distributor's answers."""

    def read_answers(self, content: bytes) -> Answers:
        """Return the answers of a distributor's file."""
