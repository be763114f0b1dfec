"""Posting: every line of an own PLN account becomes one movement of the ledger account ``bank``, exactly
once.

Money in is a payment: of a customer when the transfer tells whose it is surely enough, else in suspense.
Everything else - fees, outgoing transfers, the bank's reversals - goes against ``bank_other``. So ``bank`` is
the sum of the lines. What a channel pays out as one sum (mass payments, card, cash desk) goes against the
channel's clearing account, where the single payments stand already or will stand.
The idempotency key ``bank:<business_key>`` makes a second posting of a line impossible.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.bank_settings import AUTOMATIC, channels, confidences
from operational.finance.own import own_accounts
from operational.finance.results import Posting
from operational.finance.rules import (
    POSTING_CURRENCY,
    PREVIEW_PREFIX,
    Match,
    MatchedBy,
    References,
    find_refunds,
    match,
    read_references,
)

__all__ = ["CHUNK_LINES", "lock_chunk", "own_accounts", "pending_chunks", "post_chunk"]

CHUNK_LINES = 4096
_POSTING_LOCK = 7_401_100  # class of the advisory locks, one per chunk of bank lines

# One condition for "still to be posted", used by every statement of this module.
_PENDING = f"""
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  where s.account = any(:accounts) and l.currency = '{POSTING_CURRENCY}' and l.amount <> 0
    and l.business_key not like '{PREVIEW_PREFIX}%'
    and not exists (select from operational.statement_links k where k.statement_id = s.id and k.state =
      'held')
    and not exists (select from operational.ledger_transfers t where t.idempotency_key = 'bank:' ||
      l.business_key)"""
# Lines of a list of mass payments stand in the bank account as one sum: they go against what is on its way.
_MONEY = "case when s.feed = 'collect' then 'collect_clearing' else 'bank' end"

_CREDITS = text(f"""
  select l.id, l.virtual_account, l.title, l.payer_name, l.description, s.feed {_PENDING} and l.id >= :first
  and l.id < :next and l.amount > 0 and not l.is_reversal and (cast(:file as bigint) is null or s.file_id =
  :file) order by l.id""")

_PAYMENTS = text("""
  with decided as (
    select * from unnest(cast(:lines as bigint[]), cast(:customers as bigint[]), cast(:matched as text[]),
      cast(:confidences as smallint[])) as d(line_id, customer_id, matched_by, confidence)
  ),
  paid as (
    insert into operational.payments (idempotency_key, bank_line_id, amount, booked_on, title, payer_name,
      payer_account, customer_id, matched_by, confidence, method, recorded_at)
    select 'bank:' || l.business_key, l.id, l.amount, l.booked_on, l.title, l.payer_name, l.payer_account,
      d.customer_id, d.matched_by, d.confidence, case when s.feed = 'collect' then 'collect' else 'transfer'
        end,
      :as_of
    from raw.bank_lines l join decided d on d.line_id = l.id join raw.bank_statements s on s.id =
      l.statement_id
    where l.id >= :first and l.id < :next order by l.id
    on conflict (idempotency_key) do nothing
    returning id, idempotency_key, amount, booked_on, customer_id, method
  ),
  booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id,
      payment_id, idempotency_key, recorded_at)
    select case when method = 'collect' then 'collect_clearing' else 'bank' end,
      case when customer_id is null then 'suspense' else 'receivable' end, amount,
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

_SETTLED = text("""
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
    idempotency_key, recorded_at)
  select 'bank', d.account, l.amount, 'channel_settlement', l.booked_on, 'bank:' || l.business_key, :as_of
  from raw.bank_lines l
  join unnest(cast(:lines as bigint[]), cast(:accounts as text[])) as d(line_id, account) on d.line_id = l.id
  order by l.id on conflict (idempotency_key) do nothing""")

_OTHERS = text(f"""
  with booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      idempotency_key, recorded_at)
    select case when l.amount > 0 then {_MONEY} else 'bank_other' end,
      case when l.amount > 0 then 'bank_other' else {_MONEY} end, abs(l.amount),
      case when l.is_reversal then 'bank_reversal' when l.amount > 0 then 'bank_credit' else 'bank_debit' end,
      l.booked_on, 'bank:' || l.business_key, :as_of
    {_PENDING} and l.id >= :first and l.id < :next and (l.amount < 0 or l.is_reversal)
      and (cast(:file as bigint) is null or s.file_id = :file)
    order by l.id
    on conflict (idempotency_key) do nothing returning amount
  )
  select count(*) as outgoing, coalesce(sum(amount), 0) as outgoing_amount from booked""")


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
    credits_ = session.execute(_CREDITS, given).all()
    settled = _settlements(session, credits_)
    incoming = [row for row in credits_ if row.id not in settled]
    sure = confidences(session)
    matches = [_sure(item, sure) for item in _match(session, incoming)]
    paid = session.execute(
        _PAYMENTS,
        {
            "lines": [row.id for row in incoming],
            "customers": [item.customer_id if item else None for item in matches],
            "matched": [str(item.matched_by) if item else None for item in matches],
            "confidences": [sure[item.matched_by] if item else None for item in matches],
            "first": given["first"],
            "next": given["next"],
            "as_of": as_of,
        },
    ).one()
    if settled:
        session.execute(
            _SETTLED, {"lines": list(settled), "accounts": list(settled.values()), "as_of": as_of}
        )
    others = session.execute(_OTHERS, {**given, "as_of": as_of}).one()
    return Posting(**paid._mapping, **others._mapping)


def _sure(found: Match | None, sure: Mapping[str, int]) -> Match | None:
    """Drop a match of a kind below the level from which the machine posts by itself."""
    return found if found is not None and sure[found.matched_by] >= sure[AUTOMATIC] else None


def _settlements(session: Session, incoming: Sequence[Row[Any]]) -> dict[int, str]:
    """Return the lines by which a channel pays out, with the channel's clearing account.

    The words of a channel are searched only in transfers to no virtual account, so that a payer who writes
    them cannot take a customer's payment away.
    """
    words = [
        (item.settlement_words.casefold(), item.clearing_account)
        for item in channels(session)
        if item.is_active and item.settlement_words
    ]
    found: dict[int, str] = {}
    for row in incoming:
        if row.feed == "ledger" and not row.virtual_account:
            told = f"{row.title} {row.payer_name}".casefold()
            account = next((account for word, account in words if word in told), None)
            if account is not None:
                found[row.id] = account
    return found


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
        text("""
          select number, customer_id from operational.documents where number = any(:numbers)
          union all select number, customer_id from operational.interest_notes where number = any(:numbers)
          union all select number, customer_id from operational.instalment_agreements
            where number = any(:numbers)
          union all select 'ZW' || lpad(id::text, 10, '0'), customer_id from operational.refunds
            where id = any(:refunds) and status in ('exported', 'paid')"""),
        {"numbers": numbers, "refunds": list(find_refunds(" ".join(numbers)))},
    )
    return {row[0]: row[1] for row in rows}
