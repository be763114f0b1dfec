"""Bank files that do not add up: what stood in them, and how a person goes on.

A refused file is not kept; what was read of its statements is (opening, lines, closing), so that the hole can
be found. Going on means loading the bank's corrected file, or accepting this very file with a reason.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.formats.statements import BankFileError
from operational.finance.importing import import_bank_file
from operational.finance.results import BankImportResult


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of a refused statement: day and amount as text of the file's figures, and balance after it."""

    booked_on: str
    amount: Decimal
    balance: Decimal
    title: str
    payer: str


@dataclass(frozen=True, slots=True)
class RefusedStatement:
    """A statement of a refused file: ``expected`` is opening plus lines, ``difference`` the rest."""

    account: str
    number: str
    currency: str
    opening: Decimal | None
    credits: Decimal
    debits: Decimal
    lines: int
    expected: Decimal | None
    closing: Decimal | None
    difference: Decimal | None
    adds_up: bool
    shown: tuple[RefusedLine, ...]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A refused file with its statements as far as they were read; settled when ``resolved_at`` is set."""

    id: int
    name: str
    sha256: str
    received_at: datetime
    code: str
    reason: str
    cure: str
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str
    statements: tuple[RefusedStatement, ...]

    @property
    def can_accept(self) -> bool:
        """Tell whether a person may load this very file in spite of what is wrong."""
        return self.code == "bank_file_unbalanced" and self.resolved_at is None


def refused_file(session: Session, *, refused_id: int) -> RefusedFile | None:
    """Return a refused bank file with what was read of it; None for anything else."""
    row = session.execute(
        text(r"""select id, name, sha256, received_at, code, reason, cure, resolved_at, resolved_by,
                   resolution, coalesce(details, '[]') as details from raw.rejected_files
                 where id = :id and code like 'bank\_file\_%'"""),
        {"id": refused_id},
    ).one_or_none()
    if row is None:
        return None
    told = dict(row._mapping)
    return RefusedFile(**(told | {"statements": tuple(_statement(item) for item in told.pop("details"))}))


def _statement(told: dict[str, Any]) -> RefusedStatement:
    sums = ("opening", "credits", "debits", "expected", "closing", "difference")
    amounts = {name: None if told[name] is None else Decimal(told[name]) for name in sums}
    balance, lines = amounts["opening"] or Decimal("0.00"), []
    for booked_on, amount, title, payer in told["shown"]:
        balance += Decimal(amount)
        lines.append(RefusedLine(booked_on, Decimal(amount), balance, title, payer))
    return RefusedStatement(**(told | amounts | {"shown": tuple(lines)}))


def retry_file(
    session: Session, *, refused_id: int, content: bytes, name: str, reason: str, as_of: datetime
) -> BankImportResult:
    """Load the corrected file in place of a refused one, or this very file with a ``reason`` to accept it.

    The refusal is settled when the file was loaded. The caller commits. Raises BankFileError when there is
    no such refusal, when another file is to be accepted, or a reason is missing.
    """
    refused = refused_file(session, refused_id=refused_id)
    if refused is None or refused.resolved_at is not None:
        raise BankFileError(
            "bank_file_settled", file_name=name, line_no=None, what="this refusal is settled already.",
            cure="Open the list of bank files again.",
        )  # fmt: skip
    accept, told = False, " ".join(reason.split())
    if told:
        accept = refused.can_accept and hashlib.sha256(content).hexdigest() == refused.sha256
        if not accept:
            raise BankFileError(
                "bank_file_not_this_one", file_name=name, line_no=None,
                what=f"it is not the file {refused.name} that was looked at.",
                cure="Choose that very file to accept it; load a corrected file without a reason.",
            )  # fmt: skip
    result = import_bank_file(session, content=content, name=name, as_of=as_of, accept_unbalanced=accept)
    if result.rejection is None:
        session.execute(
            text("""update raw.rejected_files set resolved_at = :as_of, resolved_by = operational.actor(),
                      resolution = :words where id = :id"""),
            {"id": refused_id, "as_of": as_of, "words": told[:300] or name},
        )
    return result
