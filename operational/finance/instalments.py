"""Instalment plans and deferrals: an agreement on chosen debts, a schedule, and how it ends.

Agreements, schedules and covered debts are never changed; one event ends a plan: completed, breached or
cancelled. Dunning reads the view ``operational.instalment_plans`` (status, covered debts in
``instalment_items``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.items import lock_customers
from operational.finance.policies import limit
from operational.kernel.calendar import add_months
from operational.kernel.errors import DomainError
from operational.kernel.money import round_half_up

ZERO = Decimal("0.00")
_NUMBER_LOCK = 7_401_121


class InstalmentError(DomainError):
    """A plan cannot be made or ended as asked."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of a plan: when and how much in PLN."""

    instalment_no: int
    due_date: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PlanEnds:
    """Plans that a check ended: fully paid, and breached by missed instalments."""

    completed: int
    breached: int


def schedule(*, amount: Decimal, parts: int, first_due: date) -> list[Instalment]:
    """Cut an amount into monthly parts, equal but for the last, which takes what rounding leaves."""
    if not 1 <= parts <= 60 or amount < parts * Decimal("0.01"):
        raise InstalmentError("plan_parts", "A plan has 1 to 60 instalments of at least one grosz.")
    equal = round_half_up(amount / parts)
    if equal * (parts - 1) >= amount:
        equal = (amount / parts).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    amounts = [equal] * (parts - 1) + [amount - equal * (parts - 1)]
    return [Instalment(place + 1, add_months(first_due, place), part) for place, part in enumerate(amounts)]


def agree_plan(
    session: Session,
    *,
    customer_id: int,
    item_ids: Sequence[int],
    parts: int,
    first_due: date,
    interest_rule: str,
    contract_rate_pct: Decimal | None = None,
    reason: str = "",
    on: date,
    as_of: datetime,
) -> str:
    """Agree on instalments (or, with one part, a deferral) for what is open of the chosen debts; return its
    public id.

    ``interest_rule``: none (no interest while the plan holds), statutory (as by law) or contract (the given
    rate, at most the maximum of KC art. 481 par. 2(1)). Raises InstalmentError. The caller commits.
    """
    lock_customers(session, [customer_id])
    rows = _debts(session, customer_id, item_ids)
    if not rows or len(rows) != len(set(item_ids)):
        raise InstalmentError(
            "plan_items",
            "Choose open debts of the customer that no running plan covers, then agree on the plan.",
        )
    if first_due <= on:
        raise InstalmentError("plan_first_due", "The first instalment has to be due after today.")
    _check_rule(session, interest_rule, contract_rate_pct, on)
    total = sum((row[1] for row in rows), ZERO)
    plan = schedule(amount=total, parts=parts, first_due=first_due)
    missed = int(limit(session, code="instalments_missed", on=on))
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _NUMBER_LOCK})
    made = session.execute(
        text("""
          insert into operational.instalment_agreements (number, customer_id, kind, agreed_on, interest_rule,
            contract_rate_pct, missed_allowed, amount, reason, recorded_at)
          select 'UG/' || to_char(cast(:on as date), 'YYYY') || '/' || lpad((count(*) + 1)::text, 6, '0'),
            :customer, :kind,
            :on, :rule, :rate, :missed, :amount, :reason, :as_of from operational.instalment_agreements
          returning id, public_id::text"""),
        {
            "customer": customer_id,
            "kind": "deferral" if parts == 1 else "instalments",
            "on": on,
            "rule": interest_rule,
            "rate": contract_rate_pct if interest_rule == "contract" else None,
            "missed": min(missed, parts),
            "amount": total,
            "reason": reason.strip(),
            "as_of": as_of,
        },
    ).one()
    session.execute(
        text("""insert into operational.instalment_items (agreement_id, open_item_id, amount)
                select :id, * from unnest(cast(:items as bigint[]), cast(:amounts as numeric[]))"""),
        {"id": made.id, "items": [row[0] for row in rows], "amounts": [row[1] for row in rows]},
    )
    session.execute(
        text("""insert into operational.instalments (agreement_id, instalment_no, due_date, amount)
                select :id, * from unnest(cast(:numbers as integer[]), cast(:days as date[]), cast(:amounts
                  as numeric[]))"""),
        {
            "id": made.id,
            "numbers": [item.instalment_no for item in plan],
            "days": [item.due_date for item in plan],
            "amounts": [item.amount for item in plan],
        },
    )
    return str(made.public_id)


def _debts(session: Session, customer_id: int, item_ids: Sequence[int]) -> list[tuple[int, Decimal]]:
    rows = session.execute(
        text("""
          select id, still_open from (
            select i.id, i.amount - coalesce((select sum(a.amount) from operational.allocations a
              where a.debt_item_id = i.id), 0) as still_open
            from operational.open_items i
            where i.customer_id = :customer and i.id = any(:items) and i.amount > 0 and i.reverses_id is null
              and i.refund_id is null and not exists (
                select from operational.instalment_items m join operational.instalment_plans p on p.id =
                  m.agreement_id
                where m.open_item_id = i.id and p.status = 'active')) o
          where still_open > 0 order by id"""),
        {"customer": customer_id, "items": list(item_ids)},
    )
    return [(row[0], row[1]) for row in rows]


def _check_rule(session: Session, rule: str, rate: Decimal | None, on: date) -> None:
    if rule not in ("none", "statutory", "contract"):
        raise InstalmentError("plan_rule", "Choose how the plan bears interest.")
    if rule != "contract":
        return
    statutory: Decimal = session.execute(
        text("""select rate_pct from operational.interest_rates where kind = 'statutory_delay' and
          superseded_at is null
                and valid_from <= :on and (valid_to is null or valid_to > :on)"""),
        {"on": on},
    ).scalar_one()
    highest = statutory * limit(session, code="contract_interest_times", on=on)
    if rate is None or not 0 < rate <= highest:
        raise InstalmentError(
            "plan_rate", f"The rate of the plan has to be above 0 and at most {highest:.2f} % a year."
        )


def check_plans(
    session: Session, *, on: date, as_of: datetime, customer_ids: list[int] | None = None
) -> PlanEnds:
    """End running plans that are paid or broken by the end of ``on``; a second check ends nothing more.

    Paid: nothing of the covered debts is open. Broken: as many instalments as agreed are past due and not
    covered by what was paid since the agreement, the oldest instalment first. The caller commits.
    """
    ended: Iterable[str] = session.execute(
        text("""
          with running as (
            select p.id, p.missed_allowed, p.amount from operational.instalment_plans p
            where p.status = 'active' and (cast(:customers as bigint[]) is null or p.customer_id =
              any(:customers))
          ),
          owed as (
            select m.agreement_id, sum(i.amount - coalesce((select sum(a.amount) from operational.allocations
              a
              where a.debt_item_id = i.id and a.business_date <= :on), 0)) as amount
            from running r join operational.instalment_items m on m.agreement_id = r.id
            join operational.open_items i on i.id = m.open_item_id group by m.agreement_id
          ),
          placed as (
            select s.agreement_id, s.due_date, sum(s.amount) over (partition by s.agreement_id order by
              s.instalment_no) as so_far
            from running r join operational.instalments s on s.agreement_id = r.id
          ),
          missed as (
            select s.agreement_id, count(*) as parts from placed s join running r on r.id = s.agreement_id
            join owed o on o.agreement_id = s.agreement_id
            where s.due_date < :on and s.so_far > r.amount - o.amount group by s.agreement_id
          )
          insert into operational.instalment_events (agreement_id, kind, happened_on, recorded_at)
          select r.id, case when o.amount <= 0 then 'completed' else 'breached' end, :on, :as_of
          from running r join owed o on o.agreement_id = r.id left join missed m on m.agreement_id = r.id
          where o.amount <= 0 or coalesce(m.parts, 0) >= r.missed_allowed
          on conflict (agreement_id) do nothing returning kind"""),
        {"on": on, "as_of": as_of, "customers": customer_ids},
    ).scalars()
    kinds: list[str] = list(ended)
    return PlanEnds(kinds.count("completed"), kinds.count("breached"))


def cancel_plan(session: Session, *, public_id: str, reason: str, on: date, as_of: datetime) -> None:
    """End a running plan by agreement, with a reason; its debts are due as before. The caller commits."""
    if len(reason.strip()) < 3:
        raise InstalmentError("why_missing", "Say why: a reason of three letters or more is needed.")
    found = session.execute(
        text("""
          insert into operational.instalment_events (agreement_id, kind, happened_on, reason, recorded_at)
          select id, 'cancelled', :on, :reason, :as_of from operational.instalment_plans
          where public_id = :public_id and status = 'active' on conflict (agreement_id) do nothing returning
            id"""),
        {"public_id": public_id, "reason": reason.strip(), "on": on, "as_of": as_of},
    ).one_or_none()
    if found is None:
        raise InstalmentError("plan_ended", "This plan does not run any more. Reload the page.")
