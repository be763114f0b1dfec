"""Chart of accounts, journal, and its export to the ERP: CSV and JSON, with accounts mapped by dated data.

A movement leaves in one batch of its month, once; a batch can be written out again at any time and is the
same to the byte, which its kept hash proves. What was posted into a month later goes into the month's next
batch.
"""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.kernel.calendar import first_of_month, first_of_next_month
from operational.kernel.errors import DomainError


class JournalError(DomainError):
    """The journal cannot be exported as asked."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the chart with its turnover and balance in PLN, positive on its natural side."""

    code: str
    number: str
    name_pl: str
    name_en: str
    kind: str
    erp_account: str | None
    debits: Decimal
    credits: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A movement: from ``credit_account`` to ``debit_account``, PLN."""

    id: int
    business_date: date
    code: str
    debit_account: str
    credit_account: str
    amount: Decimal
    customer_number: str | None
    customer_public_id: str | None
    reference: str
    batch_no: int | None


@dataclass(frozen=True, slots=True)
class JournalBatch:
    """A batch of a month: movements and PLN in it, and when it was made."""

    public_id: str
    period: date
    batch_no: int
    movements: int
    total: Decimal
    recorded_at: datetime
    recorded_by: str


def chart(session: Session, *, on: date) -> list[AccountRow]:
    """Return the chart of accounts with turnover and balance at the end of a day, by number."""
    rows = session.execute(
        text("""
          with moved as (
            select x.account, sum(x.debit) as debits, sum(x.credit) as credits from
              operational.ledger_transfers t
            cross join lateral (values (t.debit_account, t.amount, 0.00), (t.credit_account, 0.00, t.amount))
              as x(account, debit, credit)
            where t.business_date <= :on group by x.account
          )
          select a.code, a.number, a.name_pl, a.name_en, a.kind, m.erp_account, coalesce(v.debits, 0.00) as
            debits,
            coalesce(v.credits, 0.00) as credits,
            case when a.kind in ('asset', 'expense') then 1 else -1 end
              * (coalesce(v.debits, 0.00) - coalesce(v.credits, 0.00)) as balance
          from operational.accounts a left join moved v on v.account = a.code
          left join operational.erp_account_map m on m.account_code = a.code and m.superseded_at is null
            and m.valid_from <= :on and (m.valid_to is null or m.valid_to > :on)
          order by a.number = '', a.number, a.code"""),
        {"on": on},
    )
    return [AccountRow(**row._mapping) for row in rows]


def map_account(session: Session, *, code: str, erp_account: str, valid_from: date, as_of: datetime) -> None:
    """Say which account of the ERP an account goes to from a day on; earlier days keep theirs, if they had
    one. The caller commits."""
    told = erp_account.strip()
    if not told:
        raise JournalError("erp_account_missing", "Fill in the number of the account in the ERP.")
    earlier = session.execute(
        text("""update operational.erp_account_map set superseded_at = :as_of where account_code = :code
                and superseded_at is null and (valid_to is null or valid_to > :from)
                returning erp_account, valid_from, source"""),
        {"code": code, "from": valid_from, "as_of": as_of},
    ).all()
    insert = text("""insert into operational.erp_account_map (account_code, erp_account, valid_from,
      valid_to, source,
                       recorded_at) select code, :erp, :from, :to, :source, :as_of from operational.accounts
                     where code = :code""")
    for row in earlier:
        if row.valid_from < valid_from:
            given = {"code": code, "erp": row.erp_account, "from": row.valid_from, "to": valid_from}
            session.execute(insert, {**given, "source": row.source, "as_of": as_of})
    since = valid_from
    if not earlier:  # the first map of an account holds for all that was posted to it before
        first: date | None = session.execute(
            text("""select min(business_date) from operational.ledger_transfers
                    where :code in (debit_account, credit_account)"""),
            {"code": code},
        ).scalar()
        since = min(valid_from, first_of_month(first)) if first else valid_from
    given = {"code": code, "erp": told[:40], "from": since, "to": None}
    session.execute(insert, {**given, "source": "staff", "as_of": as_of})


_JOURNAL = """
  select t.id, t.business_date, t.code, t.debit_account, t.credit_account, t.amount, c.customer_number,
    c.public_id::text as customer_public_id, coalesce(d.number, n.number, nullif(p.title, ''), '') as
      reference, b.batch_no
  from operational.ledger_transfers t left join operational.customers c on c.id = t.customer_id
  left join operational.documents d on d.id = t.document_id left join operational.payments p on p.id =
    t.payment_id
  left join operational.interest_notes n on n.id = t.note_id
  left join operational.journal_batch_rows r on r.transfer_id = t.id left join operational.journal_batches b
    on b.id = r.batch_id
"""


def journal(
    session: Session, *, date_from: date, date_to: date, account: str = "", limit: int = 50, offset: int = 0
) -> list[JournalRow]:
    """Return the movements of the chosen days (and account), newest first."""
    rows = session.execute(
        text(
            _JOURNAL
            + """ where t.business_date between :from and :to
                  and (:account = '' or :account in (t.debit_account, t.credit_account))
                  order by t.business_date desc, t.id desc limit :limit offset :offset"""
        ),
        {"from": date_from, "to": date_to, "account": account, "limit": limit, "offset": offset},
    )
    return [JournalRow(**row._mapping) for row in rows]


def batches(session: Session, *, limit: int = 24) -> list[JournalBatch]:
    """Return the exported batches, newest first."""
    rows = session.execute(
        text("""select public_id::text as public_id, period, batch_no, movements, total, recorded_at,
          recorded_by
                from operational.journal_batches order by id desc limit :limit"""),
        {"limit": limit},
    )
    return [JournalBatch(**row._mapping) for row in rows]


def _accounts_of_erp(session: Session, end: date) -> dict[str, str]:
    """Return the account of the ERP of every account that has one at the end of a month."""
    return {
        row.account_code: row.erp_account
        for row in session.execute(
            text("""select account_code, erp_account from operational.erp_account_map where superseded_at is
              null
                    and valid_from < :end and (valid_to is null or valid_to >= :end)"""),
            {"end": end},
        )
    }


def export_period(session: Session, *, period: date, as_of: datetime) -> JournalBatch | None:
    """Put the month's movements that no batch holds into a new batch; None when there are none. The caller
    commits.

    Raises JournalError when an account of a movement has no account in the ERP.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": 7_401_122})
    end = first_of_next_month(period)
    accounts = _accounts_of_erp(session, end)
    waiting = session.execute(
        text("""
          select count(*) as movements, coalesce(sum(t.amount), 0.00) as total,
            array(select distinct x.account from operational.ledger_transfers u
                  cross join lateral (values (u.debit_account), (u.credit_account)) as x(account)
                  where u.business_date >= :from and u.business_date < :end and not x.account = any(:mapped))
                    as unmapped
          from operational.ledger_transfers t where t.business_date >= :from and t.business_date < :end
            and not exists (select from operational.journal_batch_rows r where r.transfer_id = t.id)"""),
        {"from": period, "end": end, "mapped": list(accounts)},
    ).one()
    if not waiting.movements:
        return None
    if waiting.unmapped:
        raise JournalError(
            "erp_account_unmapped",
            f"These accounts have no account in the ERP: {', '.join(waiting.unmapped)}. "
            "Map them, then export again.",
        )
    place: int = session.execute(
        text("select 1 + count(*) from operational.journal_batches where period = :from"), {"from": period}
    ).scalar_one()
    rows = session.execute(
        text(
            f"{_JOURNAL} where r.transfer_id is null and t.business_date >= :from and t.business_date < :end"
            " order by t.business_date, t.id"
        ),
        {"from": period, "end": end},
    ).all()
    entries = [_entry(row, accounts) for row in rows]
    made = session.execute(
        text("""
          insert into operational.journal_batches (period, batch_no, movements, total, accounts, csv_sha256,
            json_sha256,
            recorded_at)
          values (:from, :place, :movements, :total, cast(:accounts as jsonb), :csv, :json, :as_of)
          returning id, public_id::text as public_id, period, batch_no, movements, total, recorded_at,
            recorded_by"""),
        {
            "from": period,
            "place": place,
            "movements": waiting.movements,
            "total": waiting.total,
            "accounts": json.dumps(accounts, sort_keys=True),
            "csv": hashlib.sha256(_csv(entries)).digest(),
            "json": hashlib.sha256(_json(period, place, waiting.total, entries)).digest(),
            "as_of": as_of,
        },
    ).one()
    session.execute(
        text("""insert into operational.journal_batch_rows (transfer_id, batch_id)
                select unnest(cast(:ids as bigint[])), :batch"""),
        {"batch": made.id, "ids": [row.id for row in rows]},
    )
    return JournalBatch(**{name: getattr(made, name) for name in JournalBatch.__slots__})


_COLUMNS = (
    "movement_id",
    "business_date",
    "operation",
    "debit_account",
    "credit_account",
    "amount",
    "currency",
    "customer_number",
    "reference",
)


def batch_file(session: Session, *, public_id: str, format_code: str) -> tuple[str, bytes]:
    """Return file name and bytes of a batch, as ``csv`` (UTF-8, semicolons) or ``json``; always the same
    bytes.

    Raises JournalError for an unknown batch or format.
    """
    head = session.execute(
        text("""select id, period, batch_no, movements, total, accounts, csv_sha256, json_sha256
                from operational.journal_batches
                where public_id = :id"""),
        {"id": public_id},
    ).one_or_none()
    if head is None or format_code not in ("csv", "json"):
        raise JournalError("journal_batch_unknown", "There is no such batch. Open the list of exports again.")
    rows = session.execute(
        text(_JOURNAL + " where r.batch_id = :batch order by t.business_date, t.id"), {"batch": head.id}
    )
    name = f"journal-{head.period:%Y-%m}-{head.batch_no}.{format_code}"
    written = [_entry(row, head.accounts) for row in rows]
    content = (
        _csv(written) if format_code == "csv" else _json(head.period, head.batch_no, head.total, written)
    )
    if hashlib.sha256(content).digest() != (head.csv_sha256 if format_code == "csv" else head.json_sha256):
        raise JournalError(
            "journal_batch_changed",
            f"Batch {head.batch_no} of {head.period:%Y-%m} no longer has the bytes it was exported with. "
            "Run `iris check` and compare it with the file that the ERP took.",
        )
    return name, content


def _entry(row: Row[Any], accounts: dict[str, str]) -> dict[str, str]:
    values = (
        str(row.id),
        row.business_date.isoformat(),
        row.code,
        accounts[row.debit_account],
        accounts[row.credit_account],
        f"{row.amount:.2f}",
        "PLN",
        row.customer_number or "",
        row.reference,
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _csv(entries: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([_safe(entry[name]) for name in _COLUMNS] for entry in entries)
    return out.getvalue().encode("utf-8-sig")


def _safe(value: str) -> str:
    """A text of a stranger must not become a formula when somebody opens the file in a spreadsheet."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value


def _json(period: date, batch_no: int, total: Decimal, entries: list[dict[str, str]]) -> bytes:
    content = {
        "period": f"{period:%Y-%m}",
        "batch": batch_no,
        "movements": len(entries),
        "total": f"{total:.2f}",
        "entries": entries,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()
