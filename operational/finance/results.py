"""What the operations of the finance room give back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a bank file was refused whole, and what to do about it."""

    code: str
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class Landing:
    """What came of storing a file: new, there already, or refused."""

    file_id: int | None
    status: Literal["imported", "already_imported", "rejected"]
    statements: int = 0
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    sum_credit: Decimal = ZERO
    sum_debit: Decimal = ZERO
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """What posting moved: counts and PLN. ``outgoing`` is money out and everything else that is no
    payment."""

    posted: int = 0
    posted_amount: Decimal = ZERO
    suspense: int = 0
    suspense_amount: Decimal = ZERO
    outgoing: int = 0
    outgoing_amount: Decimal = ZERO
    reversed: int = 0
    reversed_amount: Decimal = ZERO
    refunds_paid: int = 0

    def __add__(self, other: "Posting") -> "Posting":
        """Add the counts and amounts of two chunks."""
        return Posting(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class AllocationResult:
    """What allocation did: customers looked at, rows written, PLN used up, rows per rule."""

    customers: int = 0
    allocations: int = 0
    amount: Decimal = ZERO
    by_rule: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankImportResult:
    """What came of one bank file. Amounts in the file's currency for the sums, in PLN for what was posted.

    ``accepted`` lines are new, ``duplicates`` came in another file before. Of the lines of our own PLN
    accounts ``posted`` went to customers, ``suspense`` waits for a person, ``outgoing`` are fees and other
    money out, ``reversed`` payments were taken back by the bank, ``refunds_paid`` refunds were seen
    leaving; ``not_posted`` lines are kept with a
    reason (account not ours, foreign currency, preview of the day, an amount of zero, or one of ``held``
    statements, before which another one is missing). For a file that was there already only
    what was still waiting is posted now. ``rejection`` says why a file was refused whole; then nothing else
    was written.
    """

    file_id: int | None
    name: str
    status: Literal["imported", "already_imported", "rejected"]
    statements: int = 0
    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    sum_credit: Decimal = ZERO
    sum_debit: Decimal = ZERO
    posted: int = 0
    posted_amount: Decimal = ZERO
    suspense: int = 0
    suspense_amount: Decimal = ZERO
    outgoing: int = 0
    outgoing_amount: Decimal = ZERO
    reversed: int = 0
    reversed_amount: Decimal = ZERO
    refunds_paid: int = 0
    not_posted: int = 0
    held: int = 0
    allocations: int = 0
    rejection: Rejection | None = None
