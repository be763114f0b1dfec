"""Reads about the bank: imported files, lines not posted, suspense with ranked candidates, reconciliation."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.bank_settings import channels
from operational.finance.own import own_accounts
from operational.finance.ranking import Candidate, rank_candidates
from operational.finance.rules import POSTING_CURRENCY, PREVIEW_PREFIX
from operational.kernel.calendar import civil_day

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True)
class BankImport:
    """A bank file that was taken in. ``posted`` to customers, ``suspense`` still waiting today (PLN and
    counts)."""

    file_id: int
    name: str
    format: str
    received_at: datetime
    loaded_by: str
    statements: int
    lines: int
    accepted: int
    duplicates: int
    sum_credit: Decimal
    sum_debit: Decimal
    posted: int
    posted_amount: Decimal
    suspense: int
    suspense_amount: Decimal
    not_posted: int


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A bank file that was refused whole, with the reason and the cure."""

    id: int
    name: str
    received_at: datetime
    code: str
    reason: str
    cure: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class BankStatementRow:
    """A statement of an account inside a file; ``is_own`` when its lines are posted."""

    id: int
    account: str
    currency: str
    number: str
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    opened_on: date | None
    closed_on: date | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """A line of a statement and what became of it.

    ``disposition``: payment, suspense, reversed, bank_other, or not_posted with ``reason`` foreign_account,
    foreign_currency, preview, zero_amount, chain_gap (the statement before is missing) or waiting.
    """

    id: int
    statement_id: int
    line_no: int
    booked_on: date
    amount: Decimal
    currency: str
    title: str
    payer_name: str
    payer_account: str
    bank_reference: str
    disposition: str
    reason: str
    payment_public_id: str | None
    customer_public_id: str | None
    customer_name: str | None


@dataclass(frozen=True, slots=True)
class BankImportDetails:
    """A bank file with its statements and lines."""

    summary: BankImport
    statements: list[BankStatementRow]
    lines: list[BankLineRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SuspenseItem:
    """A payment that nobody's account took yet."""

    payment_id: int
    public_id: str
    amount: Decimal
    booked_on: date
    title: str
    payer_name: str
    payer_account: str
    days_waiting: int


@dataclass(frozen=True, slots=True)
class SuspenseTotals:
    """How much waits in suspense: payments, PLN, and since when."""

    count: int
    amount: Decimal
    oldest: date | None


@dataclass(frozen=True, slots=True)
class BankReconciliation:
    """Own PLN lines of the bank against the ledger.

    ``lines = ledger_bank``, and ``ledger_bank + in_transit = to_customers + in_suspense + other``: what
    channels told and the bank has not paid out yet is in transit.
    """

    lines: Decimal
    ledger_bank: Decimal
    to_customers: Decimal
    in_suspense: Decimal
    other: Decimal
    in_transit: Decimal = Decimal("0.00")

    @property
    def agrees(self) -> bool:
        """Tell whether every line was posted once and the ledger accounts add up to the bank."""
        received = self.to_customers + self.in_suspense + self.other
        return self.lines == self.ledger_bank and self.ledger_bank + self.in_transit == received


_IMPORTS = """
  select f.id as file_id, f.name, f.format, f.received_at, f.loaded_by, x.statements, f.rows_read as lines,
    f.rows_accepted as accepted, f.rows_duplicate as duplicates, x.sum_credit, x.sum_debit,
    x.posted, x.posted_amount, x.suspense, x.suspense_amount, x.not_posted
  from raw.files f
  cross join lateral (
    select count(distinct s.id) as statements,
      coalesce(sum(l.amount) filter (where l.amount > 0), 0.00) as sum_credit,
      coalesce(-sum(l.amount) filter (where l.amount < 0), 0.00) as sum_debit,
      count(p.id) filter (where p.customer_id is not null and p.reversed_on is null) as posted,
      coalesce(sum(p.amount) filter (where p.customer_id is not null and p.reversed_on is null), 0.00)
        as posted_amount,
      count(p.id) filter (where p.customer_id is null and p.reversed_on is null) as suspense,
      coalesce(sum(p.amount) filter (where p.customer_id is null and p.reversed_on is null), 0.00)
        as suspense_amount,
      count(l.id) filter (where t.id is null) as not_posted
    from raw.bank_statements s left join raw.bank_lines l on l.statement_id = s.id
    left join operational.payments p on p.bank_line_id = l.id
    left join operational.ledger_transfers t on t.idempotency_key = 'bank:' || l.business_key
    where s.file_id = f.id
  ) x
  where f.kind = 'bank_statements'"""


def bank_imports(session: Session, *, limit: int = 50, offset: int = 0) -> list[BankImport]:
    """Return the bank files taken in, newest first; sums are of the lines that came first with this file."""
    rows = session.execute(
        text(f"{_IMPORTS} order by f.id desc limit :limit offset :offset"),
        {"limit": limit, "offset": offset},
    )
    return [BankImport(**row._mapping) for row in rows]


def rejected_bank_files(session: Session, *, limit: int = 50) -> list[RejectedFile]:
    """Return the bank files refused whole and not yet settled, newest first."""
    rows = session.execute(
        text(r"""select id, name, received_at, code, reason, cure, resolved_at from raw.rejected_files
                where code like 'bank\_file\_%' and resolved_at is null order by id desc limit :limit"""),
        {"limit": limit},
    )
    return [RejectedFile(**row._mapping) for row in rows]


_LINES = f"""
  select l.id, l.statement_id, l.line_no, l.booked_on, l.amount, l.currency, l.title, l.payer_name,
    l.payer_account,
    l.bank_reference,
    case when t.id is null then 'not_posted' when p.id is null then 'bank_other'
      when p.reversed_on is not null then 'reversed' when p.customer_id is null then 'suspense' else
      'payment' end as disposition,
    case when t.id is not null then '' when not s.account = any(:accounts) then 'foreign_account'
      when l.currency <> '{POSTING_CURRENCY}' then 'foreign_currency'
      when l.business_key like '{PREVIEW_PREFIX}%' then 'preview' when l.amount = 0 then 'zero_amount'
      when exists (select from operational.statement_links k where k.statement_id = s.id and k.state = 'held')
        then 'chain_gap'
      else 'waiting' end as reason,
    p.public_id::text as payment_public_id, c.public_id::text as customer_public_id, c.name as customer_name
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  left join operational.ledger_transfers t on t.idempotency_key = 'bank:' || l.business_key
  left join operational.payments p on p.bank_line_id = l.id
  left join operational.customers c on c.id = p.customer_id"""


def bank_import(
    session: Session, *, file_id: int, limit: int = 500, offset: int = 0
) -> BankImportDetails | None:
    """Return a bank file with its statements and the lines it was the first to bring, None when there is
    none."""
    row = session.execute(text(f"{_IMPORTS} and f.id = :file"), {"file": file_id}).one_or_none()
    if row is None:
        return None
    accounts = own_accounts(session, file_id)
    statements = session.execute(
        text("""select id, account, currency, statement_number as number, opening_balance, closing_balance,
                  opened_on, closed_on, account = any(:accounts) as is_own
                from raw.bank_statements where file_id = :file order by id"""),
        {"file": file_id, "accounts": accounts},
    )
    lines = session.execute(
        text(
            f"{_LINES} where s.file_id = :file order by l.statement_id, l.line_no limit :limit offset :offset"
        ),
        {"file": file_id, "accounts": accounts, "limit": limit, "offset": offset},
    )
    return BankImportDetails(
        BankImport(**row._mapping),
        [BankStatementRow(**item._mapping) for item in statements],
        [BankLineRow(**item._mapping) for item in lines],
    )


def not_posted_lines(session: Session, *, limit: int = 200, offset: int = 0) -> list[BankLineRow]:
    """Return bank lines that are kept but stand in no ledger, newest first, with the reason."""
    rows = session.execute(
        text(f"{_LINES} where t.id is null order by l.id desc limit :limit offset :offset"),
        {"accounts": own_accounts(session), "limit": limit, "offset": offset},
    )
    return [BankLineRow(**row._mapping) for row in rows]


def suspense(session: Session, *, on: date, limit: int = 100, offset: int = 0) -> list[SuspenseItem]:
    """Return the payments in suspense, the longest waiting first; days are counted to ``on``."""
    rows = session.execute(
        text("""select id as payment_id, public_id::text as public_id, amount, booked_on, title, payer_name,
                  payer_account, greatest(:on - booked_on, 0) as days_waiting
                from operational.payments where customer_id is null and reversed_on is null
                order by booked_on, id limit :limit offset :offset"""),
        {"on": on, "limit": limit, "offset": offset},
    )
    return [SuspenseItem(**row._mapping) for row in rows]


def suspense_totals(session: Session) -> SuspenseTotals:
    """Return how many payments wait in suspense, their sum in PLN and the oldest booking date."""
    row = session.execute(
        text("""select count(*) as count, coalesce(sum(amount), 0.00) as amount, min(booked_on) as oldest
                from operational.payments where customer_id is null and reversed_on is null""")
    ).one()
    return SuspenseTotals(**row._mapping)


def candidates(session: Session, *, payment_id: int, as_of: datetime, limit: int = 5) -> list[Candidate]:
    """Return the customers whose payment it may be, the likeliest first, each with the reasons.

    Balances are those at the end of the Warsaw day of ``as_of``. An unknown payment has no candidates.
    """
    row = session.execute(
        text("""select amount, title, payer_name, payer_account, booked_on from operational.payments
                where id = :id"""),
        {"id": payment_id},
    ).one_or_none()
    if row is None:
        return []
    return rank_candidates(session, on=civil_day(as_of), limit=limit, **row._mapping)


def bank_reconciliation(session: Session) -> BankReconciliation:
    """Compare the lines of our own PLN accounts with the ledger; see BankReconciliation."""
    row = session.execute(
        text(f"""
          with moved as (
            select debit_account, credit_account, sum(amount) as amount from operational.ledger_transfers
            where code not in ('net', 'vat') group by 1, 2
          ),
          totals as (
            select coalesce(sum(case when debit_account = 'bank' then amount else 0 end
                - case when credit_account = 'bank' then amount else 0 end), 0.00) as ledger_bank,
              coalesce(sum(case when credit_account = 'suspense' then amount else 0 end
                - case when debit_account = 'suspense' then amount else 0 end), 0.00) as in_suspense,
              coalesce(sum(case when credit_account = 'bank_other' then amount else 0 end
                - case when debit_account = 'bank_other' then amount else 0 end), 0.00) as other,
              coalesce(sum(case when debit_account = any(:clearing) then amount else 0 end
                - case when credit_account = any(:clearing) then amount else 0 end), 0.00) as in_transit,
              coalesce(sum(case when credit_account = 'receivable'
                  and debit_account = any(array['bank', 'suspense'] || cast(:clearing as text[]))
                  then amount else 0 end
                - case when debit_account = 'receivable'
                  and credit_account = any(array['bank_other', 'suspense'] || cast(:clearing as text[]))
                  then amount else 0 end), 0.00) as to_customers
            from moved
          )
          select (select coalesce(sum(l.amount), 0.00) from raw.bank_lines l
                  join raw.bank_statements s on s.id = l.statement_id
                  where s.account = any(:accounts) and l.currency = '{POSTING_CURRENCY}'
                    and s.feed = 'ledger' and l.business_key not like '{PREVIEW_PREFIX}%'
                    and not exists (select from operational.statement_links k
                      where k.statement_id = s.id and k.state = 'held')) as lines,
            ledger_bank, to_customers, in_suspense, other, in_transit
          from totals"""),
        {"accounts": own_accounts(session),
         "clearing": sorted({item.clearing_account for item in channels(session)})},
    ).one()  # fmt: skip
    return BankReconciliation(**row._mapping)
