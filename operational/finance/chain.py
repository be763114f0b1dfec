"""The chain of statements: each opens with the balance the one before closed with, or one is missing.

A statement of our account that opens with a balance nobody closed with is held: its lines are kept and seen,
but not posted, until the missing one comes or a person lets it pass with a reason. Files come in any order,
so a statement may also be joined from behind, and overlapping exports by the lines that were new in them. An
account whose balance is the same every evening (swept to zero) shows no gap by balances.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.own import own_accounts
from operational.kernel.errors import DomainError

# A repeated statement brought no line of its own and moved nothing: it is no link.
_NEW_LINKS = text("""
  insert into operational.statement_links (statement_id, account, currency, opening, closing, moved,
    opened_on,
    closed_on, state, recorded_at)
  select s.id, s.account, s.currency, s.opening_balance, s.closing_balance, x.moved, s.opened_on, s.closed_on,
    'held', :as_of
  from raw.bank_statements s
  cross join lateral (select coalesce(sum(l.amount), 0) as moved, count(*) as lines
    from raw.bank_lines l where l.statement_id = s.id) x
  where s.account = any(:accounts) and s.feed = 'ledger' and s.opening_balance is not null
    and s.closing_balance is not null and (x.lines > 0 or s.opening_balance = s.closing_balance)
    and not exists (select from operational.statement_links k where k.statement_id = s.id)
  order by s.id""")

# An account without any joined statement begins with its earliest one.
_ANCHORS = text("""
  update operational.statement_links set state = 'linked' where id in (
    select distinct on (h.account, h.currency) h.id from operational.statement_links h
    where h.state = 'held' and not exists (select from operational.statement_links k
      where k.account = h.account and k.currency = h.currency and k.state <> 'held')
    order by h.account, h.currency, h.opened_on, h.closed_on, h.id)""")

_JOIN = text("""
  with recursive joined as (
    select k.id, k.account, k.currency, k.opening, k.closing, k.moved, k.opened_on, k.closed_on
    from operational.statement_links k
    where k.state <> 'held' and exists (select from operational.statement_links h
      where h.state = 'held' and h.account = k.account and h.currency = k.currency)
    union
    select h.id, h.account, h.currency, h.opening, h.closing, h.moved, h.opened_on, h.closed_on
    from operational.statement_links h join joined j on j.account = h.account and j.currency = h.currency
      and (h.opening = j.closing or h.closing - h.moved = j.closing
        or h.closing = j.opening or h.opening + h.moved = j.opening
        or h.opened_on = j.opened_on and h.opening = j.opening
        or h.closed_on = j.closed_on and h.closing = j.closing)
    where h.state = 'held'
  )
  update operational.statement_links set state = 'linked'
  where state = 'held' and id in (select id from joined)""")
_STILL_HELD = text(
    "update operational.statement_links set was_held = true where state = 'held' and not was_held"
)
# Found by what is not posted yet, so a loader that was killed in between leaves nothing behind.
_FREED_FILES = text("""
  select distinct s.file_id from operational.statement_links k
  join raw.bank_statements s on s.id = k.statement_id
  where k.was_held and k.state <> 'held' and exists (select from raw.bank_lines l where l.statement_id = s.id
    and l.amount <> 0 and not exists (select from operational.ledger_transfers t
      where t.idempotency_key = 'bank:' || l.business_key))
  order by s.file_id""")


@dataclass(frozen=True, slots=True)
class HeldStatement:
    """A statement that waits for the one before it: what it opens with, what the account closed with last."""

    statement_id: int
    file_id: int
    file_name: str
    account: str
    currency: str
    number: str
    opened_on: date | None
    opening: Decimal
    closed_before: Decimal | None
    lines: int
    amount: Decimal
    recorded_at: datetime


class ChainError(DomainError):
    """A held statement cannot be let pass as wished; nothing was changed."""


def link_statements(session: Session, *, as_of: datetime) -> list[int]:
    """Join the statements of our accounts; return the ids of files that waited and may be posted now.

    Waits for another loader, so that two of them see each other's statements.
    """
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('statement-chain', 0))"))
    session.execute(_NEW_LINKS, {"accounts": own_accounts(session), "as_of": as_of})
    session.execute(_ANCHORS)
    session.execute(_JOIN)
    session.execute(_STILL_HELD)
    return list(session.execute(_FREED_FILES).scalars())


def accept_gap(session: Session, *, statement_id: int, reason: str, as_of: datetime) -> list[int]:
    """Let a held statement pass although one before it is missing; return the files to be posted now.

    Raises ChainError: statement_not_held, gap_reason_missing.
    """
    if not reason.strip():
        raise ChainError(
            "gap_reason_missing", "Say why the statement may be posted without the one before it."
        )
    done = session.execute(
        text("""update operational.statement_links set state = 'accepted', decided_by = operational.actor(),
                  reason = :reason, row_version = row_version + 1
                where statement_id = :id and state = 'held' returning statement_id"""),
        {"id": statement_id, "reason": reason.strip()},
    ).one_or_none()
    if done is None:
        raise ChainError("statement_not_held", "This statement does not wait any more. Open the page again.")
    return link_statements(session, as_of=as_of)


def held_statements(session: Session) -> list[HeldStatement]:
    """Return the statements that wait for the one before them, by account and day."""
    rows = session.execute(
        text("""
          select k.statement_id, s.file_id, f.name as file_name, k.account, k.currency,
            s.statement_number as number, k.opened_on, k.opening,
            (select b.closing from operational.statement_links b where b.account = k.account
               and b.currency = k.currency and b.state <> 'held' and b.closed_on <= k.closed_on
             order by b.closed_on desc, b.id desc limit 1) as closed_before,
            x.lines, k.moved as amount, k.recorded_at
          from operational.statement_links k join raw.bank_statements s on s.id = k.statement_id
          join raw.files f on f.id = s.file_id
          cross join lateral (select count(*) as lines from raw.bank_lines l where l.statement_id = s.id) x
          where k.state = 'held' order by k.account, k.opened_on, k.id""")
    )
    return [HeldStatement(**row._mapping) for row in rows]
