"""Amendments: asked for with the difference and its price, put on paper, signed - and then new versions.

Nothing holds before the signature. The signature writes the dated facts (``versions.recut``) in one
transaction; a day in the past makes corrections of what was billed by itself.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes import effects
from operational.crm.changes.differences import Difference, differences
from operational.crm.changes.rules import CHANNELS, CYCLES, INVOICING, Asked, asked_of, months_left
from operational.crm.changes.versions import ChangeError, Cut, check_version, limit, next_number, recut
from operational.crm.products import market
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.rows import first, one

_STATE: Final = """
  select c.id, c.number, c.customer_id, k.kind as customer_kind, k.invoice_channel, k.language,
    t.id as terms_id, t.price_list_id, t.cycle_months,
    (select min(valid_from) from operational.contract_supply_points p where p.contract_id = c.id
      and p.superseded_at is null) as starts_on,
    (select case when bool_or(valid_to is null) then null else max(valid_to) end
      from operational.contract_supply_points p where p.contract_id = c.id and p.superseded_at is null)
      as ends_before
  from operational.contracts c join operational.customers k on k.id = c.customer_id
  left join lateral (select * from operational.contract_terms t where t.contract_id = c.id
    and t.superseded_at is null and t.valid_from <= :on and (t.valid_to is null or t.valid_to > :on)) t
    on true
  where c.id = :contract for update of c"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an amendment would change and cost; ``is_past`` warns that corrections will follow."""

    differences: tuple[Difference, ...]
    yearly: effects.YearlyEffect
    past: effects.PastEffect | None
    is_past: bool


def _state(session: Session, contract_id: int, on: date) -> Any:
    found = first(session, _STATE, {"contract": contract_id, "on": on})
    if found is None:
        raise ChangeError("contract_not_found", "There is no such contract.")
    if found.terms_id is None or found.starts_on is None:
        raise ChangeError(
            "no_terms_that_day", f"Contract {found.number} has no terms or no supply on {on}. Check the day."
        )
    return found


def _check(state: Any, asked: Asked, on: date) -> None:
    """Refuse what cannot be: each refusal has a code that belongs to one field of the form."""
    if on < state.starts_on or (state.ends_before is not None and on >= state.ends_before):
        raise ChangeError(
            "effective_on_outside",
            f"Contract {state.number} supplies from {state.starts_on} to {state.ends_before or 'now'}. "
            "Choose a day within.",
        )
    terms = asked.terms
    if (
        terms.get("cycle_months", 1) not in CYCLES
        or terms.get("invoicing_rule", INVOICING[0]) not in INVOICING
    ):
        raise ChangeError("terms_unknown", "Choose the terms from the lists of the form.")
    if not 1 <= terms.get("payment_term_days", 14) <= 90:
        raise ChangeError("payment_term_wrong", "The payment term is 1 to 90 days.")
    if "cycle_months" in terms and on.day != 1:
        raise ChangeError("cycle_first_day", "A billing cycle changes on the first day of a month.")
    if asked.conditions.get("invoice_channel", CHANNELS[0]) not in CHANNELS:
        raise ChangeError("terms_unknown", "Choose the terms from the lists of the form.")
    ends_on = asked.conditions.get("ends_on")
    if ends_on and date.fromisoformat(ends_on) <= on:
        raise ChangeError("ends_before_change", "The fixed term has to end after the amendment takes effect.")


def preview(session: Session, *, contract_id: int, effective_on: date, asked: Asked, today: date) -> Preview:
    """Return the difference and its price; nothing is written. Raises ChangeError,
    also when nothing changes.
    """
    oldest = add_months(first_of_month(today), -limit(session, code="amendment_back_months", on=today))
    if effective_on < oldest:
        raise ChangeError(
            "effective_on_closed", f"Months before {oldest} are closed. Choose that day or a later one."
        )
    state = _state(session, contract_id, effective_on)
    _check(state, asked, effective_on)
    found = differences(session, contract_id=contract_id, on=effective_on, asked=asked)
    if not found:
        raise ChangeError("nothing_changes", "The amendment changes nothing. Fill in what shall change.")
    new_list = asked.terms.get("price_list_id")
    yearly = effects.yearly_effect(
        session, contract_id=contract_id, on=effective_on, price_list_id=state.price_list_id,
        new_price_list_id=new_list or state.price_list_id, cycle_months=state.cycle_months,
        new_cycle_months=asked.terms.get("cycle_months", state.cycle_months), points=asked.points,
    )  # fmt: skip
    is_past = effective_on < today
    past = None
    if is_past:
        past = effects.past_effect(
            session, contract_id=contract_id, on=effective_on, new_price_list_id=new_list,
            is_exact=not (asked.points or asked.adds or asked.ends or "cycle_months" in asked.terms),
        )  # fmt: skip
    return Preview(tuple(found), yearly, past, is_past)


def draft_amendment(
    session: Session, *, contract_id: int, effective_on: date, asked: Asked, reason: str, today: date,
    as_of: datetime,
) -> str:  # fmt: skip
    """Keep an amendment as a draft with its difference and price; return its public id."""
    shown = preview(session, contract_id=contract_id, effective_on=effective_on, asked=asked, today=today)
    made: str = session.execute(
        text("""
          insert into operational.amendments (number, contract_id, customer_id, effective_on, reason,
            changes, diff, yearly_before, yearly_after, past_effect, past_documents, created_at)
          select :number, c.id, c.customer_id, :on, :reason, cast(:changes as jsonb), cast(:diff as jsonb),
            :before, :after, :past, :documents, :at
          from operational.contracts c where c.id = :contract returning public_id::text"""),
        {
            "number": next_number(session, prefix="AN", on=today), "contract": contract_id,
            "on": effective_on, "reason": reason, "changes": json.dumps(asked.as_json(), default=str),
            "diff": json.dumps([one.as_json() for one in shown.differences]),
            "before": shown.yearly.before, "after": shown.yearly.after,
            "past": shown.past.gross if shown.past else None,
            "documents": shown.past.documents if shown.past else 0, "at": as_of,
        },
    ).scalar_one()  # fmt: skip
    return made


def locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Return an amendment held for a change; raise ChangeError when it is gone or was changed meanwhile."""
    found = first(
        session,
        "select a.*, c.number as contract_number from operational.amendments a "
        "join operational.contracts c on c.id = a.contract_id "
        "where a.public_id = cast(:id as uuid) for update of a",
        {"id": public_id},
    )
    if found is None:
        raise ChangeError("amendment_not_found", "There is no such amendment.")
    check_version(found.row_version, row_version)
    return found


def mark_sent(session: Session, *, amendment_id: int, paper_id: int, paper_public_id: str) -> None:
    """Note the paper that the customer shall sign. The caller commits."""
    session.execute(
        text(
            "update operational.amendments set state = 'sent', paper_id = :paper, paper_public_id = :public, "
            "row_version = row_version + 1 where id = :id and state in ('draft', 'sent')"
        ),
        {"id": amendment_id, "paper": paper_id, "public": paper_public_id},
    )


def sign_amendment(
    session: Session, *, public_id: str, row_version: int, signed_on: date, channel: str, as_of: datetime
) -> int:
    """Write what a signed amendment says as new versions of the dated facts; return how many were closed.

    The caller commits. Raises ChangeError when it was signed or cancelled before, or when the contract
    changed since the paper was made, so that its difference is no longer true.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    if found.state not in {"draft", "sent"}:
        raise ChangeError("amendment_closed", "This amendment was signed or cancelled before.")
    if channel not in {"stationary", "distance", "off_premises"}:
        raise ChangeError("unknown_signature_channel", "Choose how the amendment was signed.")
    asked = asked_of(found.changes)
    _state(session, found.contract_id, found.effective_on)
    now = differences(session, contract_id=found.contract_id, on=found.effective_on, asked=asked)
    if [one.as_json() for one in now] != found.diff:
        raise ChangeError(
            "amendment_outdated",
            "The contract changed since this paper was made. Cancel it and make a new amendment.",
        )
    closed = write(session, contract_id=found.contract_id, on=found.effective_on, asked=asked, as_of=as_of)
    session.execute(
        text(
            "update operational.amendments set state = 'applied', signed_on = :signed, "
            "signature_channel = :channel, applied_at = :at, applied_by = operational.actor(), "
            "row_version = row_version + 1 where id = :id"
        ),
        {"id": found.id, "signed": signed_on, "channel": channel, "at": as_of},
    )
    return closed


def cancel_amendment(session: Session, *, public_id: str, row_version: int) -> None:
    """Give up an amendment that is not signed. The caller commits."""
    found = locked(session, public_id=public_id, row_version=row_version)
    if found.state not in {"draft", "sent"}:
        raise ChangeError("amendment_closed", "This amendment was signed or cancelled before.")
    session.execute(
        text(
            "update operational.amendments set state = 'cancelled', row_version = row_version + 1 "
            "where id = :id"
        ),
        {"id": found.id},
    )


def write(session: Session, *, contract_id: int, on: date, asked: Asked, as_of: datetime) -> int:
    """Write the new versions of everything that is asked for; return how many versions were closed."""
    closed = 0
    if asked.terms:
        values = dict(asked.terms)
        if "cycle_months" in values:
            values["cycle_anchor"] = on.isoformat()
        closed += recut(session, table="contract_terms", cuts=[Cut(contract_id, on, values)], as_of=as_of)
    conditions = dict(asked.conditions)
    if "price_list_id" in asked.terms:
        conditions |= _version_sold(session, asked.terms["price_list_id"])
    if conditions:
        closed += _write_conditions(session, contract_id, on, conditions, as_of)
    points = [Cut(point, on, values) for point, values in asked.points.items() if values]
    if points:
        closed += recut(session, table="supply_point_terms", cuts=points, as_of=as_of)
    for component in asked.ends:
        market.end_component(session, component_id=component, valid_to=on, as_of=as_of)
    for new in asked.adds:
        market.add_component(
            session, contract_id=contract_id, kind=new.kind, code=new.code, name_pl=new.name,
            name_en=new.name, value=new.value, valid_from=on, valid_to=new.valid_to, as_of=as_of,
        )  # fmt: skip
    return closed + len(asked.ends)


def _version_sold(session: Session, price_list_id: int) -> dict[str, Any]:
    """Return the product's version that a price list belongs to, with its rule for an early end."""
    found = first(
        session,
        "select v.id, (select e.id from operational.early_termination_rules e "
        "where e.product_version_id = v.id and e.superseded_at is null) as rule_id "
        "from operational.product_versions v where v.price_list_id = :list",
        {"list": price_list_id},
    )
    return {} if found is None else {
        "product_version_id": found.id, "early_termination_rule_id": found.rule_id,
    }  # fmt: skip


def _write_conditions(
    session: Session, contract_id: int, on: date, values: dict[str, Any], as_of: datetime
) -> int:
    """Write new conditions; a contract that came without any gets some from its first day."""
    session.execute(
        text("""
          insert into operational.contract_conditions (contract_id, valid_from, recorded_at)
          select c.id, least(cast(:on as date), coalesce((select min(t.valid_from)
            from operational.contract_terms t where t.contract_id = c.id and t.superseded_at is null),
            cast(:on as date))), :at
          from operational.contracts c where c.id = :contract and not exists (
            select from operational.contract_conditions k where k.contract_id = c.id
              and k.superseded_at is null)"""),
        {"contract": contract_id, "on": on, "at": as_of},
    )
    if values.get("ends_on"):
        values = {**_period_until(session, contract_id, on, str(values["ends_on"])), **values}
    if values.get("invoice_channel"):
        session.execute(
            text(
                "update operational.customers k set invoice_channel = :channel, "
                "row_version = k.row_version + 1 "
                "from operational.contracts c where c.id = :contract and k.id = c.customer_id "
                "and k.invoice_channel <> :channel"
            ),
            {"contract": contract_id, "channel": values["invoice_channel"]},
        )
    return recut(session, table="contract_conditions", cuts=[Cut(contract_id, on, values)], as_of=as_of)


def _period_until(session: Session, contract_id: int, on: date, ends_on: str) -> dict[str, int]:
    """Return the length of a fixed term, in begun months, for a contract that had none until now."""
    known = session.scalar(
        text("""
          select period_months from operational.contract_conditions where contract_id = :contract
            and superseded_at is null and valid_from <= :on and (valid_to is null or valid_to > :on)"""),
        {"contract": contract_id, "on": on},
    )
    if known is not None:
        return {}
    return {
        "period_months": months_left(ends_on=on - timedelta(days=1), fixed_until=date.fromisoformat(ends_on))
    }


def paper_values(session: Session, *, public_id: str) -> dict[str, Any]:
    """Return what the paper of an amendment says (template ``amendment``)."""
    found = one(
        session,
        "select a.number, a.effective_on, a.diff, a.reason, a.yearly_before, a.yearly_after, "
        "c.number as contract_number, c.signed_on from operational.amendments a "
        "join operational.contracts c on c.id = a.contract_id where a.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    return dict(found._mapping) | {"day_before": found.effective_on - timedelta(days=1)}
