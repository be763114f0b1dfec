"""Notes that no interest run makes: debit notes for an early end of a contract, balances moved to another
customer.

Both are notes of the ledger (outside VAT) with a series of their own: NB for debit notes, PS for moved
balances. A note never changes: a debit note is corrected or cancelled by the next one of its chain, which
brings the sum to what is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.allocation import allocate
from operational.finance.items import lock_customers
from operational.finance.ledger.printing import note_pdf
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, one, rows
from operational.kernel.settings import Settings
from operational.messaging.operations import Attachment, NewMessage, queue_messages

ZERO: Final = Decimal("0.00")
_ACCOUNTS: Final = {"debit_note": "penalty_income", "transfer_note": "customer_moves"}
_SERIES: Final = {"debit_note": "NB", "transfer_note": "PS"}


class NoteError(DomainError):
    """A debit note or a move of a balance that cannot be made as asked."""


@dataclass(frozen=True, slots=True)
class Note:
    """An issued note: PLN, below zero a credit."""

    id: int
    public_id: str
    number: str
    open_item_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DebitNote:
    """A note of a termination's chain, oldest first."""

    public_id: str
    number: str
    version_no: int
    amount: Decimal
    issue_date: date
    due_date: date
    reason: str


def debit_notes(session: Session, *, termination_id: int) -> list[DebitNote]:
    """Return the debit notes of a termination in the order of issue."""
    found = rows(
        session,
        "select public_id::text, number, version_no, amount, issue_date, due_date, reason "
        "from operational.interest_notes where termination_id = :id order by version_no",
        {"id": termination_id},
    )
    return [DebitNote(*row) for row in found]


def issue_debit_note(
    session: Session, *, termination_id: int, amount: Decimal, reason: str, issue_date: date, as_of: datetime
) -> Note:
    """Bring what debit notes ask for an early end to ``amount`` PLN: the first note, a correction, or with 0
    a cancellation.

    The termination must be confirmed. Numbers follow each other without gaps in the series NB of the month
    (rules.md 6.1: outside VAT). The caller commits. Raises NoteError.
    """
    owner = _termination(session, termination_id)
    lock_customers(session, [owner.customer_id])
    asked = sum((note.amount for note in debit_notes(session, termination_id=termination_id)), ZERO)
    version: int = session.execute(
        text("select count(*) + 1 from operational.interest_notes where termination_id = :id"),
        {"id": termination_id},
    ).scalar_one()
    if amount < 0 or not amount.is_finite() or amount != round(amount, 2):
        raise NoteError("debit_note_amount", "Give an amount in zloty and grosz that is not below zero.")
    if amount == asked:
        raise NoteError("debit_note_same", f"The notes of {owner.number} ask for exactly this already.")
    if version > 1 and len(reason.strip()) < 3:
        raise NoteError("why_missing", "Say why: a reason of three letters or more is needed.")
    line = {
        "kind": "penalty", "item": None, "from": owner.ends_on + timedelta(days=1),
        "to": max(owner.until or owner.ends_on, owner.ends_on + timedelta(days=1)) + timedelta(days=1),
        "principal": amount, "amount": amount - asked, "words": owner.contract_number,
    }  # fmt: skip
    note = _write(
        session, kind="debit_note", origin="contract", customer_id=owner.customer_id, issue_date=issue_date,
        due_date=issue_date + timedelta(days=owner.term_days), through=owner.ends_on, lines=[line],
        reason=reason.strip(), as_of=as_of, termination_id=termination_id, version_no=version,
    )  # fmt: skip
    allocate(session, customer_ids=[owner.customer_id], as_of=as_of)
    return note


def _termination(session: Session, termination_id: int) -> Row[Any]:
    found: Row[Any] | None = first(
        session,
        "select t.id, t.number, t.customer_id, t.ends_on, t.state, c.number as contract_number, "
        "cast(t.calculation ->> 'fixed_until' as date) as until, (select l.value from "
        "operational.change_limits l where l.code = 'debit_note_term_days' and l.superseded_at is null "
        "and l.valid_from <= t.ends_on and (l.valid_to is null or l.valid_to > t.ends_on)) as term_days "
        "from operational.terminations t join operational.contracts c on c.id = t.contract_id "
        "where t.id = :id for update of t",
        {"id": termination_id},
    )
    if found is None or found.state != "confirmed":
        raise NoteError("termination_not_confirmed", "Only a confirmed termination can have a debit note.")
    return found


def send_debit_note(session: Session, *, public_id: str, settings: Settings, as_of: datetime) -> None:
    """Queue the message that brings a debit note as PDF; once for each note, and none for a credit."""
    note = one(
        session,
        "select n.number, n.customer_id, n.amount, n.due_date, t.contract_id "
        "from operational.interest_notes n join operational.terminations t on t.id = n.termination_id "
        "where n.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    if note.amount < 0:
        return
    _number, pdf = note_pdf(session, public_id=public_id, settings=settings)
    message = NewMessage(
        key=f"debit_note:{note.number}",
        customer_id=note.customer_id,
        template="contract.debit_note",
        variables={"number": note.number, "amount": note.amount, "due_date": note.due_date},
        references={"contract": note.contract_id},
        attachments=(Attachment(f"{note.number.replace('/', '-')}.pdf", pdf),),
    )
    queue_messages(session, messages=[message], as_of=as_of)


def due_debit_notes(session: Session, *, on: date) -> list[tuple[int, Decimal]]:
    """Return (termination id, PLN) of early ends that have come and for which no note was issued yet."""
    found = rows(
        session,
        "select t.id, t.penalty_amount from operational.terminations t where t.state = 'confirmed' "
        "and t.penalty_amount > 0 and t.ends_on < :on and not exists (select from "
        "operational.interest_notes n where n.termination_id = t.id) order by t.id",
        {"on": on},
    )
    return [(int(row[0]), row[1]) for row in found]


def move_balance(
    session: Session,
    *,
    from_customer_id: int,
    to_customer_id: int,
    item_ids: Sequence[int],
    assignment_id: int | None,
    reason: str,
    on: date,
    as_of: datetime,
) -> Decimal:
    """Move what is open of the chosen items (all debts, or all credits) to another customer; return the PLN.

    Two notes of the same amount through the account ``customer_moves``, which is even after every move: the
    old payer's settles exactly the chosen items, the taker owes (or is owed) the sum. Civil Code art. 519:
    taking over a debt needs the agreement of all three. The caller commits. Raises NoteError.
    """
    if len(reason.strip()) < 3:
        raise NoteError("why_missing", "Say why: a reason of three letters or more is needed.")
    if from_customer_id == to_customer_id:
        raise NoteError("same_customer", "A balance moves to another customer. Choose that one.")
    lock_customers(session, [from_customer_id, to_customer_id])
    chosen = _open(session, from_customer_id, item_ids)
    if not chosen or len({row.amount > 0 for row in chosen}) != 1:
        raise NoteError("move_items", "Choose open debts, or open credits, of the customer who leaves.")
    sign = 1 if chosen[0].amount > 0 else -1
    total: Decimal = sum((row.still_open for row in chosen), ZERO)
    move_id: int = session.execute(
        text(
            "insert into operational.balance_moves (from_customer_id, to_customer_id, amount, "
            "assignment_id, reason, moved_on, recorded_at) values (:from, :to, :amount, :assignment, "
            ":reason, :on, :at) returning id"
        ),
        {
            "from": from_customer_id, "to": to_customer_id, "amount": total, "assignment": assignment_id,
            "reason": reason.strip(), "on": on, "at": as_of,
        },
    ).scalar_one()  # fmt: skip
    made = {}
    for customer, leg in ((from_customer_id, -sign), (to_customer_id, sign)):
        lines = [
            {
                "kind": "moved", "item": None, "from": on, "to": on + timedelta(days=1),
                "principal": row.still_open, "amount": leg * row.still_open, "words": row.reference,
            }
            for row in chosen
        ]  # fmt: skip
        made[customer] = _write(
            session, kind="transfer_note", origin="move", customer_id=customer, issue_date=on,
            due_date=max([on, *(row.due_date for row in chosen)]), through=on, lines=lines,
            reason=reason.strip(), as_of=as_of, move_id=move_id,
        )  # fmt: skip
    note_item = made[from_customer_id].open_item_id
    _settle(session, from_customer_id, chosen, note_item=note_item, on=on, as_of=as_of)
    allocate(session, customer_ids=[to_customer_id], as_of=as_of)
    return total


def _open(session: Session, customer_id: int, item_ids: Sequence[int]) -> list[Row[Any]]:
    return rows(
        session,
        """select * from (
             select i.id, i.amount, i.due_date, coalesce(d.number, n.number, p.title, '') as reference,
               abs(i.amount) - coalesce((select sum(a.amount) from operational.allocations a
                 where (i.amount > 0 and a.debt_item_id = i.id) or (i.amount < 0 and a.credit_item_id = i.id)
               ), 0) as still_open
             from operational.open_items i left join operational.documents d on d.id = i.document_id
             left join operational.interest_notes n on n.id = i.note_id
             left join operational.payments p on p.id = i.payment_id
             where i.customer_id = :customer and i.id = any(:items)) o
           where still_open > 0 order by id""",
        {"customer": customer_id, "items": list(item_ids)},
    )


def _settle(
    session: Session,
    customer_id: int,
    chosen: Sequence[Row[Any]],
    *,
    note_item: int,
    on: date,
    as_of: datetime,
) -> None:
    session.execute(
        text("""
          insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
            business_date, rule, idempotency_key, recorded_at)
          values (:customer, :debt, :credit, :amount, :on, 'balance_moved', :key, :at)"""),
        [
            {
                "customer": customer_id, "amount": row.still_open, "on": on, "at": as_of,
                "debt": row.id if row.amount > 0 else note_item,
                "credit": note_item if row.amount > 0 else row.id,
                "key": f"alloc:moved:{note_item}:{row.id}",
            }
            for row in chosen
        ],
    )  # fmt: skip


def _write(
    session: Session,
    *,
    kind: str,
    origin: str,
    customer_id: int,
    issue_date: date,
    due_date: date,
    through: date,
    lines: Sequence[dict[str, Any]],
    reason: str,
    as_of: datetime,
    termination_id: int | None = None,
    version_no: int | None = None,
    move_id: int | None = None,
) -> Note:
    amount: Decimal = sum((line["amount"] for line in lines), ZERO)
    series = f"{_SERIES[kind]}/{issue_date:%Y/%m}"
    made = session.execute(
        text("""
          with opened as (
            insert into operational.note_series as s (code, last_number) values (:series, 1)
            on conflict (code) do update set last_number = s.last_number + 1 returning last_number)
          insert into operational.interest_notes (kind, series, sequence, number, customer_id, issue_date,
            due_date, through, amount, origin, termination_id, version_no, move_id, reason, recorded_at)
          select :kind, :series, last_number, :series || '/' || lpad(last_number::text,
            greatest(6, length(last_number::text)), '0'), :customer, :issued, :due, :through, :amount,
            :origin, :termination, :version, :move, :reason, :at from opened
          returning id, public_id::text, number"""),
        {
            "series": series, "kind": kind, "customer": customer_id, "issued": issue_date, "due": due_date,
            "through": through, "amount": amount, "origin": origin, "termination": termination_id,
            "version": version_no, "move": move_id, "reason": reason, "at": as_of,
        },
    ).one()  # fmt: skip
    session.execute(
        text("""
          insert into operational.interest_note_lines (note_id, line_no, open_item_id, kind, period_from,
            period_to, principal, amount, words)
          values (:note, :no, :item, :kind, :from, :to, :principal, :amount, :words)"""),
        [{**line, "note": made.id, "no": place} for place, line in enumerate(lines, start=1)],
    )
    return Note(made.id, made.public_id, made.number, _book(session, made.id, kind, amount, as_of), amount)


def _book(session: Session, note_id: int, kind: str, amount: Decimal, as_of: datetime) -> int:
    """Write the movement and the open item of a note; return the id of the item."""
    sides = ("receivable", _ACCOUNTS[kind])
    debit, credit = sides if amount > 0 else sides[::-1]
    given = {"note": note_id, "debit": debit, "credit": credit, "at": as_of}
    session.execute(
        text("""
          insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
            business_date, customer_id, note_id, idempotency_key, recorded_at)
          select :debit, :credit, abs(amount), kind, issue_date, customer_id, id, 'note:' || id, :at
          from operational.interest_notes where id = :note"""),
        given,
    )
    item: int = session.execute(
        text("""
          insert into operational.open_items (customer_id, note_id, amount, business_date, due_date,
            recorded_at)
          select customer_id, id, amount, issue_date, due_date, :at
          from operational.interest_notes where id = :note returning id"""),
        given,
    ).scalar_one()
    return item
