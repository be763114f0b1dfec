"""Lists for the screens: refunds, outgoing files, write-offs, notes, plans."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund with whose it is; ``is_own``: the reader asked for it, so somebody else approves it."""

    public_id: str
    customer_public_id: str
    customer_name: str
    customer_number: str
    amount: Decimal
    account: str
    recipient: str
    title: str
    status: str
    reason: str
    requested_on: date
    requested_by: str
    decided_by: str | None
    file_name: str | None
    paid_on: date | None
    row_version: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An outgoing file."""

    public_id: str
    format: str
    file_name: str
    execute_on: date
    payments: int
    total: Decimal
    sha256: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class WriteOffRow:
    """A write-off with whose it is."""

    public_id: str
    customer_public_id: str
    customer_name: str
    customer_number: str
    kind: str
    is_credit: bool
    amount: Decimal
    reason: str
    status: str
    requested_on: date
    requested_by: str
    decided_by: str | None
    row_version: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class NoteRow:
    """An issued note and what of it is open, PLN."""

    public_id: str
    number: str
    kind: str
    customer_public_id: str
    customer_name: str
    issue_date: date
    due_date: date
    through: date
    amount: Decimal
    open_amount: Decimal
    origin: str


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a note: a bill x days, or a compensation for a bill."""

    document_number: str
    kind: str
    period_from: date
    period_to: date
    principal: Decimal
    rate_pct: Decimal | None
    eur: Decimal | None
    eur_rate: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An instalment plan: PLN agreed and paid, and its next part."""

    id: int
    public_id: str
    number: str
    customer_public_id: str
    customer_name: str
    customer_number: str
    kind: str
    status: str
    agreed_on: date
    ended_on: date | None
    interest_rule: str
    contract_rate_pct: Decimal | None
    amount: Decimal
    paid: Decimal
    parts: int
    reason: str
    end_reason: str
    recorded_by: str


def refund_list(session: Session, *, limit: int = 100) -> list[RefundRow]:
    """Return refunds: those that wait first, then the newest."""
    rows = session.execute(
        text("""
          select r.public_id::text as public_id, c.public_id::text as customer_public_id, c.name as
            customer_name,
            c.customer_number, r.amount, r.account, r.recipient, r.title, r.status, r.reason, r.requested_on,
            r.requested_by, r.decided_by, b.file_name, r.paid_on, r.row_version,
            r.requested_by = operational.actor() as is_own
          from operational.refunds r join operational.customers c on c.id = r.customer_id
          left join operational.transfer_batch_lines l on l.refund_id = r.id
          left join operational.transfer_batches b on b.id = l.batch_id
          order by r.status <> 'requested', r.status <> 'approved', r.id desc limit :limit"""),
        {"limit": limit},
    )
    return [RefundRow(**row._mapping) for row in rows]


def transfer_batches(session: Session, *, limit: int = 50) -> list[BatchRow]:
    """Return outgoing files, newest first."""
    rows = session.execute(
        text("""
          select public_id::text as public_id, format, file_name, execute_on, payments, total,
            encode(content_sha256, 'hex') as sha256, recorded_at, recorded_by
          from operational.transfer_batches order by id desc limit :limit"""),
        {"limit": limit},
    )
    return [BatchRow(**row._mapping) for row in rows]


def transfer_content(session: Session, *, public_id: str) -> tuple[str, bytes] | None:
    """Return file name and kept bytes of an outgoing file, None when there is none."""
    row = session.execute(
        text("select file_name, content from operational.transfer_batches where public_id::text = :id"),
        {"id": public_id},
    ).one_or_none()
    return None if row is None else (row.file_name, bytes(row.content))


def write_off_list(session: Session, *, limit: int = 100) -> list[WriteOffRow]:
    """Return write-offs: those that wait first, then the newest."""
    rows = session.execute(
        text("""
          select w.public_id::text as public_id, c.public_id::text as customer_public_id, c.name as
            customer_name,
            c.customer_number, w.kind, w.is_credit, w.amount, w.reason, w.status, w.requested_on,
              w.requested_by,
            w.decided_by, w.row_version, w.requested_by = operational.actor() as is_own
          from operational.write_offs w join operational.customers c on c.id = w.customer_id
          order by w.status <> 'requested', w.id desc limit :limit"""),
        {"limit": limit},
    )
    return [WriteOffRow(**row._mapping) for row in rows]


_NOTES = """
  select n.public_id::text as public_id, n.number, n.kind, c.public_id::text as customer_public_id,
    c.name as customer_name, n.issue_date, n.due_date, n.through, n.amount, n.origin,
    n.amount - coalesce((select sum(case when a.debt_item_id = i.id then a.amount else -a.amount end)
      from operational.allocations a where i.id in (a.debt_item_id, a.credit_item_id)), 0) as open_amount
  from operational.interest_notes n join operational.customers c on c.id = n.customer_id
  join operational.open_items i on i.note_id = n.id"""


def notes(session: Session, *, limit: int = 50, offset: int = 0) -> list[NoteRow]:
    """Return issued notes, newest first."""
    rows = session.execute(
        text(f"{_NOTES} order by n.id desc limit :limit offset :offset"), {"limit": limit, "offset": offset}
    )
    return [NoteRow(**row._mapping) for row in rows]


def note(session: Session, *, public_id: str) -> tuple[NoteRow, list[NoteLine], int] | None:
    """Return a note, its lines and the id of its open item; None when there is none."""
    row = session.execute(text(f"{_NOTES} where n.public_id::text = :id"), {"id": public_id}).one_or_none()
    if row is None:
        return None
    given = {"number": row.number}
    lines = session.execute(
        text("""
          select coalesce(nullif(l.words, ''), d.number, '') as document_number, l.kind, l.period_from,
            l.period_to, l.principal, l.rate_pct, l.eur, l.eur_rate, l.amount
          from operational.interest_notes n join operational.interest_note_lines l on l.note_id = n.id
          left join operational.open_items i on i.id = l.open_item_id
          left join operational.documents d on d.id = i.document_id
          where n.number = :number order by l.line_no"""),
        given,
    )
    item: int = session.execute(
        text("""select i.id from operational.open_items i join operational.interest_notes n on n.id =
          i.note_id
                where n.number = :number"""),
        given,
    ).scalar_one()
    return NoteRow(**row._mapping), [NoteLine(**line._mapping) for line in lines], item


def plans(session: Session, *, status: str = "", public_id: str = "", limit: int = 100) -> list[PlanRow]:
    """Return instalment plans, running ones first; ``public_id`` chooses one."""
    rows = session.execute(
        text("""
          select p.id, p.public_id::text as public_id, p.number, c.public_id::text as customer_public_id,
            c.name as customer_name, c.customer_number, p.kind, p.status, p.agreed_on, p.ended_on,
              p.interest_rule,
            p.contract_rate_pct, p.amount, p.reason, p.end_reason, p.recorded_by,
            (select count(*) from operational.instalments s where s.agreement_id = p.id) as parts,
            least(p.amount, p.amount - (select sum(i.amount - coalesce((select sum(a.amount) from
              operational.allocations a
                where a.debt_item_id = i.id), 0))
              from operational.instalment_items m join operational.open_items i on i.id = m.open_item_id
              where m.agreement_id = p.id)) as paid
          from operational.instalment_plans p join operational.customers c on c.id = p.customer_id
          where (:status = '' or p.status = :status) and (:id = '' or p.public_id::text = :id)
          order by p.status <> 'active', p.id desc limit :limit"""),
        {"status": status, "id": public_id, "limit": limit},
    )
    return [PlanRow(**row._mapping) for row in rows]


def plan_parts(session: Session, *, plan: PlanRow, on: date) -> list[dict[str, Any]]:
    """Return the schedule of a plan: number, due_date, amount, and its state paid, late, part_paid or
    open."""
    rows = session.execute(
        text("""select instalment_no, due_date, amount, sum(amount) over (order by instalment_no) as so_far
                from operational.instalments where agreement_id = :id order by instalment_no"""),
        {"id": plan.id},
    )
    return [
        {
            "number": row.instalment_no, "due_date": row.due_date, "amount": row.amount,
            "state": "paid" if row.so_far <= plan.paid else "late" if row.due_date < on
            else "part_paid" if row.so_far - row.amount < plan.paid else "open",
        }
        for row in rows
    ]  # fmt: skip


def plan_debts(session: Session, *, plan: PlanRow) -> list[dict[str, Any]]:
    """Return the debts that a plan covers: number of the document or note, public id of the bill, PLN
    covered."""
    rows = session.execute(
        text("""select coalesce(d.number, n.number, '') as number, d.public_id::text as document_public_id,
          m.amount
                from operational.instalment_items m join operational.open_items i on i.id = m.open_item_id
                left join operational.documents d on d.id = i.document_id
                left join operational.interest_notes n on n.id = i.note_id
                where m.agreement_id = :id order by i.due_date, i.id"""),
        {"id": plan.id},
    )
    return [dict(row._mapping) for row in rows]
