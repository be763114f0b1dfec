"""Ends of fixed terms: the board by month, and what happens by rule when nobody says otherwise.

A contract says itself whether it goes on for an indefinite time, is prolonged or ends
(``contract_conditions.continuation``); on which price list and for how long is dated data
(``continuation_rules``). The nightly operation does it the day after; a clerk may decide earlier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes.versions import ChangeError, Cut, recut
from operational.crm.contracts import activation
from operational.kernel.calendar import add_months
from operational.kernel.rows import first, rows
from operational.messaging.operations import NewMessage, queue_messages

ACTIONS: Final = ("indefinite", "prolong", "end")
_MOST_A_NIGHT: Final = 5000

# Contracts whose fixed term ends in [:from, :to): one row each, with the newest thing that was done about it.
ENDING: Final = """
  select c.id, c.public_id::text, c.number, u.public_id::text as customer_public_id, u.name as customer_name,
    u.customer_number, u.kind as customer_kind, u.id as customer_id, k.ends_on, k.continuation,
    k.period_months, l.id as price_list_id, l.name as price_list, p.name as product, p.id as product_id,
    p.medium, r.offer_days, r.price_list_id as next_price_list_id, n.name as next_price_list, r.months,
    coalesce(d.action, '') as action, d.acted_on, coalesce(d.is_automatic, false) as is_automatic,
    coalesce(t.number, '') as termination,
    (select coalesce(sum(a.annual_kwh), 0) from operational.contract_supply_points s
       join lateral (select annual_kwh from operational.supply_point_terms a
         where a.supply_point_id = s.supply_point_id and a.superseded_at is null
         order by a.valid_from desc limit 1) a on true
       where s.contract_id = c.id and s.superseded_at is null) as annual_kwh
  from operational.contract_conditions k join operational.contracts c on c.id = k.contract_id
  join operational.customers u on u.id = c.customer_id
  left join lateral (select price_list_id from operational.contract_terms t where t.contract_id = c.id
    and t.superseded_at is null and t.valid_from <= k.ends_on order by t.valid_from desc limit 1) t1 on true
  left join operational.price_lists l on l.id = t1.price_list_id
  left join operational.products p on p.id = l.product_id
  left join lateral (select * from operational.continuation_rules r where r.superseded_at is null
    and r.customer_kind in ('', u.kind) and (r.product_id is null or r.product_id = p.id)
    and r.continuation = k.continuation and r.valid_from <= k.ends_on
    and (r.valid_to is null or r.valid_to > k.ends_on)
    order by (r.product_id is not null)::int * 2 + (r.customer_kind <> '')::int desc limit 1) r on true
  left join operational.price_lists n on n.id = r.price_list_id
  left join lateral (select * from operational.renewals d where d.contract_id = c.id
    and d.fixed_until = k.ends_on order by d.action <> 'offer_sent' desc, d.id desc limit 1) d on true
  left join operational.terminations t on t.contract_id = c.id and t.state <> 'withdrawn'
  where k.superseded_at is null and k.ends_on >= :from and k.ends_on < :to
    and (k.valid_to is null or k.valid_to > k.ends_on)
    and exists (select from operational.contract_supply_points s where s.contract_id = c.id
      and s.superseded_at is null and s.valid_from <= k.ends_on
      and (s.valid_to is null or s.valid_to > k.ends_on or d.action = 'ended'))"""


@dataclass(frozen=True, slots=True)
class Continued:
    """What became of the contracts whose term is over: counts."""

    indefinite: int = 0
    prolonged: int = 0
    ended: int = 0


def ending(
    session: Session,
    *,
    month: date,
    action: str = "",
    customer_kind: str = "",
    offset: int = 0,
    limit: int = 51,
) -> list[Any]:
    """Return the contracts whose fixed term ends in a month (its first day given), the earliest first.

    ``action`` narrows to waiting, offer_sent, continued or ended.
    """
    wanted = (
        " and (:kind = '' or u.kind = :kind) and (:action = '' or coalesce(d.action, 'waiting') = :action)"
    )
    return rows(
        session,
        f"{ENDING}{wanted} order by k.ends_on, c.number offset :offset limit :limit",
        {
            "from": month, "to": add_months(month, 1), "kind": customer_kind, "action": action,
            "offset": offset, "limit": limit,
        },
    )  # fmt: skip


def months(session: Session, *, first_month: date, count: int = 6) -> list[tuple[date, int, int]]:
    """Return (month, contracts that end in it, those nobody decided about yet) for months in a row."""
    found = {
        row.month: row
        for row in rows(
            session,
            f"select date_trunc('month', e.ends_on)::date as month, count(*) as contracts, "
            f"count(*) filter (where e.action in ('', 'offer_sent')) as open from ({ENDING}) e group by 1",
            {"from": first_month, "to": add_months(first_month, count)},
        )
    }
    shown = [add_months(first_month, place) for place in range(count)]
    return [(m, found[m].contracts, found[m].open) if m in found else (m, 0, 0) for m in shown]


def note_offer(
    session: Session, *, contract_ids: Sequence[int], offer_id: int | None, note: str, today: date,
    as_of: datetime,
) -> int:  # fmt: skip
    """Record that an offer of renewal was sent to these contracts; return how many. The caller commits."""
    made = session.execute(
        text("""
          insert into operational.renewals (contract_id, fixed_until, action, offer_id, note, acted_on,
            recorded_at)
          select k.contract_id, k.ends_on, 'offer_sent', :offer, :note, :today, :at
          from operational.contract_conditions k where k.contract_id = any(:ids) and k.superseded_at is null
            and k.ends_on >= :today returning id"""),
        {"ids": list(contract_ids), "offer": offer_id, "note": note, "today": today, "at": as_of},
    ).all()
    return len(made)


def decide(
    session: Session, *, terms: Mapping[int, date], action: str, today: date, as_of: datetime
) -> Continued:
    """Let contracts go on or end after their fixed term, before the night would do it by rule.

    ``terms`` holds the last day of the term by contract id, as the board showed it; ``action``: indefinite,
    prolong or end. The caller commits. Raises ChangeError when one was decided.
    """
    if action not in ACTIONS:
        raise ChangeError("action_unknown", "Choose what shall happen after the fixed term.")
    found = rows(
        session,
        f"{ENDING} and c.id = any(:ids) order by c.id",
        {"ids": list(terms), "from": date(1900, 1, 1), "to": date(9999, 1, 1)},
    )
    open_ones = [
        row
        for row in found
        if row.action in {"", "offer_sent"} and not row.termination and terms[row.id] == row.ends_on
    ]
    if not open_ones or len(open_ones) != len(terms):
        raise ChangeError(
            "renewal_decided", "About one of these contracts was decided before. Reload the board."
        )
    return _carry_out(session, open_ones, today, as_of, action=action)


def continue_due(session: Session, *, today: date, as_of: datetime) -> Continued:
    """Do what the rule says with every contract whose fixed term is over; run again it does nothing.

    Terminated contracts are left alone: their end is decided. The caller commits.
    """
    session.execute(text("select pg_advisory_xact_lock(7401191)"))
    found = rows(
        session,
        f"{ENDING} order by k.ends_on, c.id limit {_MOST_A_NIGHT}",
        {"from": today - timedelta(days=366), "to": today},
    )
    waiting = [row for row in found if row.action in {"", "offer_sent"} and not row.termination]
    return _carry_out(session, waiting, today, as_of, action="") if waiting else Continued()


def _carry_out(
    session: Session, found: Sequence[Any], today: date, as_of: datetime, *, action: str
) -> Continued:
    chosen = [(row, action or row.continuation) for row in found]
    going_on = [(row, what) for row, what in chosen if what != "end"]
    cuts = [Cut(row.id, row.ends_on + timedelta(days=1), _conditions(row, what)) for row, what in going_on]
    if cuts:
        recut(session, table="contract_conditions", cuts=cuts, as_of=as_of)
    priced = [
        Cut(row.id, row.ends_on + timedelta(days=1), {"price_list_id": row.next_price_list_id})
        for row, _what in going_on
        if row.next_price_list_id and row.next_price_list_id != row.price_list_id
    ]
    if priced:
        recut(session, table="contract_terms", cuts=priced, as_of=as_of)
    for row, what in chosen:
        if what == "end":
            _end(session, row, as_of)
    _record(session, chosen, today, as_of, is_automatic=not action)
    _tell(session, chosen, as_of)
    counts = [what for _row, what in chosen]
    return Continued(counts.count("indefinite"), counts.count("prolong"), counts.count("end"))


def _conditions(row: Any, what: str) -> dict[str, Any]:
    if what == "indefinite":
        return {"ends_on": None, "period_months": None, "early_termination_rule_id": None}
    length = row.months or row.period_months
    if not length:
        raise ChangeError("prolong_months", f"No length is recorded for prolonging contract {row.number}.")
    until = add_months(row.ends_on + timedelta(days=1), length) - timedelta(days=1)
    return {"ends_on": until, "period_months": length}


def _end(session: Session, row: Any, as_of: datetime) -> None:
    end = row.ends_on + timedelta(days=1)
    for point in rows(
        session,
        "select supply_point_id from operational.contract_supply_points where contract_id = :id "
        "and superseded_at is null and (valid_to is null or valid_to > :end) order by 1",
        {"id": row.id, "end": end},
    ):
        activation.end(
            session, contract_id=row.id, supply_point_id=point.supply_point_id, end=end,
            reason="end of the fixed term", as_of=as_of,
        )  # fmt: skip


def _record(
    session: Session, chosen: Sequence[tuple[Any, str]], today: date, as_of: datetime, *, is_automatic: bool
) -> None:
    session.execute(
        text(
            "insert into operational.renewals (contract_id, fixed_until, action, note, is_automatic, "
            "acted_on, recorded_at) values (:id, :until, :action, :what, :automatic, :today, :at)"
        ),
        [
            {
                "id": row.id, "until": row.ends_on, "action": "ended" if what == "end" else "continued",
                "what": what, "automatic": is_automatic, "today": today, "at": as_of,
            }
            for row, what in chosen
        ],
    )  # fmt: skip


def _tell(session: Session, chosen: Sequence[tuple[Any, str]], as_of: datetime) -> None:
    """Queue a message to every customer, once for each end of a term."""
    messages = [
        NewMessage(
            key=f"renewal:{row.id}:{row.ends_on}",
            customer_id=row.customer_id,
            template="contract.ending" if what == "end" else "contract.continued",
            variables={"contract_number": row.number, "ends_on": row.ends_on}
            if what == "end"
            else {
                "contract_number": row.number,
                "continues_on": row.ends_on + timedelta(days=1),
                "product": row.next_price_list or row.price_list or "",
            },
            references={"contract": row.id},
        )
        for row, what in chosen
    ]
    queue_messages(session, messages=messages, as_of=as_of)


def chosen_terms(session: Session, *, chosen: Sequence[str]) -> dict[int, date]:
    """Return the last days of terms by contract id from the board's marks `<public id>@<last day>`.

    Raises ChangeError when a mark is unknown.
    """
    marks = dict(mark.partition("@")[::2] for mark in chosen)
    try:
        days = {public: date.fromisoformat(day) for public, day in marks.items()}
    except ValueError as error:
        raise ChangeError("contracts_unknown", "Choose contracts of the list first.") from error
    found = rows(
        session,
        "select id, public_id::text as public_id from operational.contracts "
        "where public_id::text = any(:ids) order by id",
        {"ids": list(days)},
    )
    if len(found) != len(days) or not found:
        raise ChangeError("contracts_unknown", "Choose contracts of the list first.")
    return {int(row.id): days[row.public_id] for row in found}


def term_of(session: Session, *, contract_id: int, on: date) -> Any:
    """Return the fixed term of a contract on a day: ends_on, continuation, period_months; None without."""
    return first(
        session,
        "select ends_on, continuation, period_months, notice_months from operational.contract_conditions "
        "where contract_id = :id and superseded_at is null and valid_from <= :on "
        "and (valid_to is null or valid_to > :on)",
        {"id": contract_id, "on": on},
    )
