"""Posting: every line of an own PLN account becomes one movement of the ledger account ``bank``, exactly
once.

Money in is a payment: of a customer when the transfer tells whose it is, else in suspense. Everything else -
fees, outgoing transfers, the bank's reversals - goes against ``bank_other``. So ``bank`` is the sum of the
  lines.
The idempotency key ``bank:<business_key>`` makes a second posting of a line impossible.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.results import Posting
from operational.finance.rules import (
    POSTING_CURRENCY,
    PREVIEW_PREFIX,
    Match,
    MatchedBy,
    References,
    match,
    own_account,
    read_references,
)
from operational.kernel.settings import get_settings

CHUNK_LINES = 4096
_POSTING_LOCK = 7_401_100  # class of the advisory locks, one per chunk of bank lines

# One condition for "still to be posted", used by every statement of this module.
_PENDING = f"""
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  where s.account = any(:accounts) and l.currency = '{POSTING_CURRENCY}' and l.amount <> 0
    and l.business_key not like '{PREVIEW_PREFIX}%'
    and not exists (select from operational.ledger_transfers t where t.idempotency_key = 'bank:' ||
      l.business_key)"""

_CREDITS = text(f"""
  select l.id, l.virtual_account, l.title, l.description {_PENDING} and l.id >= :first and l.id < :next
    and l.amount > 0 and not l.is_reversal and (cast(:file as bigint) is null or s.file_id = :file) order by
      l.id""")

_PAYMENTS = text("""
  with decided as (
    select * from unnest(cast(:lines as bigint[]), cast(:customers as bigint[]), cast(:matched as text[]))
      as d(line_id, customer_id, matched_by)
  ),
  paid as (
    insert into operational.payments (idempotency_key, bank_line_id, amount, booked_on, title, payer_name,
      payer_account, customer_id, matched_by, recorded_at)
    select 'bank:' || l.business_key, l.id, l.amount, l.booked_on, l.title, l.payer_name, l.payer_account,
      d.customer_id, d.matched_by, :as_of
    from raw.bank_lines l join decided d on d.line_id = l.id
    where l.id >= :first and l.id < :next order by l.id
    on conflict (idempotency_key) do nothing
    returning id, idempotency_key, amount, booked_on, customer_id
  ),
  booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id,
      payment_id, idempotency_key, recorded_at)
    select 'bank', case when customer_id is null then 'suspense' else 'receivable' end, amount,
      case when customer_id is null then 'payment_unmatched' else 'payment' end, booked_on, customer_id, id,
      idempotency_key, :as_of
    from paid order by id
  ),
  opened as (
    insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date, recorded_at)
    select customer_id, id, -amount, booked_on, booked_on, :as_of from paid where customer_id is not null
      order by id
  )
  select count(customer_id) as posted,
    coalesce(sum(amount) filter (where customer_id is not null), 0) as posted_amount,
    count(*) - count(customer_id) as suspense,
    coalesce(sum(amount) filter (where customer_id is null), 0) as suspense_amount
  from paid""")

_OTHERS = text(f"""
  with booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      idempotency_key, recorded_at)
    select case when l.amount > 0 then 'bank' else 'bank_other' end,
      case when l.amount > 0 then 'bank_other' else 'bank' end, abs(l.amount),
      case when l.is_reversal then 'bank_reversal' when l.amount > 0 then 'bank_credit' else 'bank_debit' end,
      l.booked_on, 'bank:' || l.business_key, :as_of
    {_PENDING} and l.id >= :first and l.id < :next and (l.amount < 0 or l.is_reversal)
      and (cast(:file as bigint) is null or s.file_id = :file)
    order by l.id
    on conflict (idempotency_key) do nothing returning amount
  )
  select count(*) as outgoing, coalesce(sum(amount), 0) as outgoing_amount from booked""")


def own_accounts(session: Session, file_id: int | None = None) -> list[str]:
    """Return the accounts of stored statements that are ours by the settings (bank code, listed accounts)."""
    settings = get_settings()
    listed = [item for item in settings.seller_accounts.split(",") if item.strip()]
    found: Sequence[Any] = (
        session.execute(
            text("""select distinct account from raw.bank_statements
                where cast(:file as bigint) is null or file_id = :file order by account"""),
            {"file": file_id},
        )
        .scalars()
        .all()
    )
    return [item for item in found if own_account(item, bank_code=settings.seller_bank_code, listed=listed)]


def pending_chunks(session: Session, *, file_id: int | None = None) -> list[int]:
    """Return the numbers of the chunks (of CHUNK_LINES line ids) that hold lines still to be posted,
    ascending."""
    statement = text(
        f"select distinct l.id / {CHUNK_LINES} as chunk {_PENDING}"
        " and (cast(:file as bigint) is null or s.file_id = :file) order by chunk"
    )
    given = {"accounts": own_accounts(session, file_id), "file": file_id}
    return [row.chunk for row in session.execute(statement, given)]


def lock_chunk(session: Session, chunk: int, *, wait: bool) -> bool:
    """Take a chunk for this transaction; without ``wait`` False when another loader has it."""
    given = {"class": _POSTING_LOCK, "chunk": chunk}
    if wait:
        session.execute(text("select pg_advisory_xact_lock(:class, cast(:chunk as integer))"), given)
        return True
    taken = session.execute(text("select pg_try_advisory_xact_lock(:class, cast(:chunk as integer))"), given)
    return bool(taken.scalar_one())


def post_chunk(session: Session, *, chunk: int, as_of: datetime, file_id: int | None = None) -> Posting:
    """Post what is still to be posted of a chunk that this transaction has locked; return counts and PLN."""
    given: dict[str, Any] = {
        "accounts": own_accounts(session, file_id),
        "first": chunk * CHUNK_LINES,
        "next": (chunk + 1) * CHUNK_LINES,
        "file": file_id,
    }
    incoming = session.execute(_CREDITS, given).all()
    matches = _match(session, incoming)
    paid = session.execute(
        _PAYMENTS,
        {
            "lines": [row.id for row in incoming],
            "customers": [item.customer_id if item else None for item in matches],
            "matched": [str(item.matched_by) if item else None for item in matches],
            "first": given["first"],
            "next": given["next"],
            "as_of": as_of,
        },
    ).one()
    others = session.execute(_OTHERS, {**given, "as_of": as_of}).one()
    return Posting(**paid._mapping, **others._mapping)


def _match(session: Session, incoming: Sequence[Row[Any]]) -> list[Match | None]:
    """Decide whose each payment is; the account the bank itself reports is looked at before any text is
    searched."""
    reported = _customers_of_accounts(session, {row.virtual_account for row in incoming})
    named = {
        row.id: read_references(
            virtual_account=row.virtual_account, title=row.title, description=row.description
        )
        for row in incoming
        if row.virtual_account not in reported
    }
    by_account = _customers_of_accounts(session, {item for told in named.values() for item in told.accounts})
    by_document = _customers_of_documents(session, named.values())
    return [
        match(named[row.id], customer_of_account=by_account, customer_of_document=by_document)
        if row.id in named
        else Match(reported[row.virtual_account], MatchedBy.VIRTUAL_ACCOUNT)
        for row in incoming
    ]


def _customers_of_accounts(session: Session, accounts: set[str]) -> dict[str, int]:
    if not accounts:
        return {}
    rows = session.execute(
        text("select virtual_account, id from operational.customers where virtual_account = any(:accounts)"),
        {"accounts": sorted(accounts)},
    )
    return {row[0]: row[1] for row in rows}


def _customers_of_documents(session: Session, named: Iterable[References]) -> dict[str, int]:
    numbers = sorted({number for item in named for number in item.documents})
    if not numbers:
        return {}
    rows = session.execute(
        text("select number, customer_id from operational.documents where number = any(:numbers)"),
        {"numbers": numbers},
    )
    return {row[0]: row[1] for row in rows}
