"""Termination: the notice, the day on which the contract ends by rule, the penalty for an early end.

The days of notice, the limits of law and the product's formula are dated data. Confirming ends the supply,
and the final bill follows; the debit note itself is issued by ``finance.notes``, which knows the ledger.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes import rules
from operational.crm.changes.versions import ChangeError, check_version, limit, next_number
from operational.crm.contracts import activation
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.rows import first, rows

ZERO: Final = Decimal("0.00")
PARTIES: Final = ("customer", "seller", "agreement")

_STATE: Final = """
  select c.id, c.number, c.customer_id, u.kind as customer_kind, k.ends_on as fixed_until,
    k.product_version_id,
    e.id as rule_id, e.formula, e.amount, e.most_pln, e.free_months, p.medium, t.price_list_id,
    (select case when bool_or(s.valid_to is null) then null else max(s.valid_to) - 1 end
      from operational.contract_supply_points s where s.contract_id = c.id and s.superseded_at is null)
      as supplied_until,
    (select min(s.valid_from) from operational.contract_supply_points s where s.contract_id = c.id
      and s.superseded_at is null) as supplied_from
  from operational.contracts c join operational.customers u on u.id = c.customer_id
  left join lateral (select * from operational.contract_conditions k where k.contract_id = c.id
    and k.superseded_at is null and k.valid_from <= :on order by k.valid_from desc limit 1) k on true
  left join operational.early_termination_rules e on e.id = coalesce(k.early_termination_rule_id, (
    select r.id from operational.early_termination_rules r where r.product_version_id = k.product_version_id
      and r.superseded_at is null))
  left join lateral (select price_list_id from operational.contract_terms t where t.contract_id = c.id
    and t.superseded_at is null and t.valid_from <= :on order by t.valid_from desc limit 1) t on true
  left join operational.price_lists l on l.id = t.price_list_id
  left join operational.products p on p.id = l.product_id
  where c.id = :contract for update of c"""

# kWh and net energy value a year of the points: annual use x the mean price of the energy of the list.
_YEAR: Final = """
  select coalesce(sum(t.annual_kwh), 0) as kwh, coalesce(sum(t.annual_kwh * coalesce(i.price, 0)), 0) as net
  from operational.contract_supply_points k
  join lateral (select annual_kwh, tariff_group from operational.supply_point_terms t
    where t.supply_point_id = k.supply_point_id and t.superseded_at is null and t.valid_from <= :on
    order by t.valid_from desc limit 1) t on true
  left join lateral (select avg(i.price) as price from operational.price_list_items i
    where i.price_list_id = :price_list and i.superseded_at is null and i.unit = 'kwh'
      and i.charge_code in ('energy_active', 'gas_fuel') and i.tariff_group in ('', t.tariff_group)
      and i.valid_from <= :on and (i.valid_to is null or i.valid_to > :on)) i on true
  where k.contract_id = :contract and k.superseded_at is null and k.valid_from <= :on
    and (k.valid_to is null or k.valid_to > :on)"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice comes to: the first day it may end on, the chosen last day, and the penalty."""

    earliest_end: date
    ends_on: date
    rule_id: int | None
    rule_source: str
    fixed_until: date | None
    is_early: bool
    penalty: rules.Penalty
    left: rules.Left
    formula: str
    law: str


def judge(
    session: Session, *, contract_id: int, notice_on: date, given_by: str, ends_on: date | None, today: date
) -> Notice:
    """Return when a notice ends the contract and what an early end costs; nothing is written.

    ``ends_on`` None: the earliest day the rule allows. By agreement any day of the supply may be chosen.
    Raises ChangeError with a code that belongs to one field.
    """
    if given_by not in PARTIES:
        raise ChangeError("party_unknown", "Choose who gives notice.")
    state = first(session, _STATE, {"contract": contract_id, "on": notice_on})
    if state is None:
        raise ChangeError("contract_not_found", "There is no such contract.")
    if state.supplied_from is None or (state.supplied_until and state.supplied_until < notice_on):
        raise ChangeError("not_supplied", f"Contract {state.number} supplies nothing on {notice_on}.")
    if notice_on > today:
        raise ChangeError("notice_in_future", "The notice came on a day that is not here yet.")
    oldest = add_months(first_of_month(today), -limit(session, code="amendment_back_months", on=today))
    rule = _rule(session, state, notice_on, given_by)
    earliest = notice_on if rule is None else rules.end_of_notice(
        notice_on=notice_on, formula=rule.formula, months=rule.months, days=rule.days
    )  # fmt: skip
    last = ends_on or earliest
    if last < max(earliest, oldest):
        raise ChangeError(
            "end_too_early", f"By the rule of notice the contract ends on {earliest} at the earliest."
        )
    if last < state.supplied_from:
        raise ChangeError("end_before_start", f"Supply began on {state.supplied_from}. Choose a later day.")
    is_early = state.fixed_until is not None and last < state.fixed_until
    return _with_penalty(session, state, rule, earliest, last, is_early=is_early, by=given_by)


def _rule(session: Session, state: Any, notice_on: date, given_by: str) -> Any:
    if given_by == "agreement":
        return None
    found = first(
        session,
        "select * from operational.notice_rules where customer_kind = :kind and term = :term "
        "and given_by = :by and superseded_at is null and valid_from <= :on "
        "and (valid_to is null or valid_to > :on)",
        {
            "kind": state.customer_kind, "by": given_by, "on": notice_on,
            "term": "fixed" if state.fixed_until and state.fixed_until >= notice_on else "indefinite",
        },
    )  # fmt: skip
    if found is None:
        raise ChangeError("notice_rule_missing", f"No rule of notice holds on {notice_on}. Record one.")
    return found


def _with_penalty(
    session: Session, state: Any, rule: Any, earliest: date, last: date, *, is_early: bool, by: str
) -> Notice:
    """Compute what an early end by the customer leaves undone and costs; the seller's own costs nothing."""
    until = state.fixed_until
    year = first(
        session, _YEAR, {"contract": state.id, "price_list": state.price_list_id, "on": min(last, earliest)}
    )
    left, law = rules.Left(0, ZERO, ZERO), None
    if is_early and by == "customer":
        share = Decimal((until - last).days) / 365
        left = rules.Left(
            rules.months_left(ends_on=last, fixed_until=until),
            (year.kwh * share).quantize(Decimal("0.001")),
            (year.net * share).quantize(Decimal("0.01")),
        )
        law = _law(session, state, last)
    formula = None if state.rule_id is None else rules.PenaltyRule(
        state.rule_id, state.formula, state.amount, state.most_pln, state.free_months
    )  # fmt: skip
    charged = rules.penalty(
        formula if is_early and by == "customer" else None, left,
        loss_pln_per_kwh=law.loss_pln_per_kwh if law else None,
    )  # fmt: skip
    return Notice(
        earliest, last, rule.id if rule else None, rule.source if rule else "", until, is_early, charged,
        left, state.formula or "none", law.source if law else "",
    )  # fmt: skip


def _law(session: Session, state: Any, on: date) -> Any:
    found = first(
        session,
        "select measure, loss_pln_per_kwh, source from operational.penalty_limits "
        "where customer_kind = :kind and medium = :medium and superseded_at is null and valid_from <= :on "
        "and (valid_to is null or valid_to > :on)",
        {"kind": state.customer_kind, "medium": state.medium, "on": on},
    )
    if found is None:
        raise ChangeError("penalty_limit_missing", f"No limit of penalties holds on {on}. Record one.")
    return found


def draft_termination(
    session: Session, *, contract_id: int, notice_on: date, given_by: str, ends_on: date | None, reason: str,
    today: date, as_of: datetime,
) -> str:  # fmt: skip
    """Keep a notice with its end and penalty as a draft; return its public id. The caller commits.

    Raises ChangeError, also when a termination of the contract is under way.
    """
    found = judge(
        session, contract_id=contract_id, notice_on=notice_on, given_by=given_by, ends_on=ends_on, today=today
    )
    open_one = first(
        session,
        "select number from operational.terminations where contract_id = :id and state <> 'withdrawn'",
        {"id": contract_id},
    )
    if open_one is not None:
        raise ChangeError("termination_exists", f"Termination {open_one.number} exists. Withdraw it first.")
    made: str = session.execute(
        text("""
          insert into operational.terminations (number, contract_id, customer_id, notice_on, given_by, reason,
            rule_id, earliest_end, ends_on, is_early, penalty_amount, calculation, created_at)
          select :number, c.id, c.customer_id, :notice, :by, :reason, :rule, :earliest, :ends, :early,
            :penalty, cast(:calculation as jsonb), :at
          from operational.contracts c where c.id = :contract returning public_id::text"""),
        {
            "number": next_number(session, prefix="WY", on=today), "contract": contract_id,
            "notice": notice_on, "by": given_by, "reason": reason, "rule": found.rule_id,
            "earliest": found.earliest_end, "ends": found.ends_on, "early": found.is_early,
            "penalty": found.penalty.amount, "calculation": json.dumps(_calculation(found), default=str),
            "at": as_of,
        },
    ).scalar_one()  # fmt: skip
    return made


def _calculation(found: Notice) -> dict[str, Any]:
    return {
        "fixed_until": found.fixed_until, "formula": found.formula, "law": found.law,
        "rule": found.rule_source, **asdict(found.penalty),
        **{f"left_{key}": value for key, value in asdict(found.left).items()},
    }  # fmt: skip


def locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Return a termination held for a change; raise ChangeError when it is gone or was changed meanwhile."""
    found = first(
        session,
        "select t.*, c.number as contract_number from operational.terminations t "
        "join operational.contracts c on c.id = t.contract_id "
        "where t.public_id = cast(:id as uuid) for update of t",
        {"id": public_id},
    )
    if found is None:
        raise ChangeError("termination_not_found", "There is no such termination.")
    check_version(found.row_version, row_version)
    return found


def confirm_termination(session: Session, *, public_id: str, row_version: int, as_of: datetime) -> Any:
    """End the supply of every point after the last day; the final bill follows. The caller commits.

    Starts that were only requested are given up. Raises ChangeError.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    if found.state != "draft":
        raise ChangeError("termination_closed", "This termination was confirmed or withdrawn before.")
    end = found.ends_on + timedelta(days=1)
    for row in rows(
        session,
        "select supply_point_id from operational.contract_supply_points where contract_id = :id "
        "and superseded_at is null and (valid_to is null or valid_to > :end) order by 1",
        {"id": found.contract_id, "end": end},
    ):
        activation.end(
            session, contract_id=found.contract_id, supply_point_id=row.supply_point_id, end=end,
            reason=f"termination {found.number}", as_of=as_of,
        )  # fmt: skip
    for row in rows(
        session,
        "select supply_point_id from operational.start_requests where contract_id = :id "
        "and superseded_at is null",
        {"id": found.contract_id},
    ):
        activation.cancel_start(
            session, contract_id=found.contract_id, supply_point_id=row.supply_point_id,
            reason=f"termination {found.number}", as_of=as_of,
        )  # fmt: skip
    session.execute(
        text(
            "update operational.terminations set state = 'confirmed', confirmed_at = :at, "
            "confirmed_by = operational.actor(), row_version = row_version + 1 where id = :id"
        ),
        {"at": as_of, "id": found.id},
    )
    return found


def withdraw_termination(session: Session, *, public_id: str, row_version: int) -> None:
    """Take back a notice that is not confirmed. The caller commits."""
    found = locked(session, public_id=public_id, row_version=row_version)
    if found.state != "draft":
        raise ChangeError("termination_closed", "This termination was confirmed or withdrawn before.")
    session.execute(
        text(
            "update operational.terminations set state = 'withdrawn', row_version = row_version + 1 "
            "where id = :id"
        ),
        {"id": found.id},
    )
