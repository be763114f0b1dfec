"""Indexation: new prices for many contracts at once, prepared by one person and applied by another.

Preparing writes down who is in, who is left out and why, and what a year costs more. Applying writes exactly
that in one transaction; contracts that changed meanwhile stop it. Notices follow through the outbox.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes.versions import ChangeError, Cut, check_version, next_number, recut
from operational.kernel.rows import first, rows

_SQL: Final = Path(__file__).parent / "sql"
_PRICE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What an indexation asks for. ``rule``: percent (then ``percent``) or price_list (then
    ``target_price_list_id``); the filters leave out nobody when empty.
    """

    name: str
    rule: str
    percent: Decimal | None
    target_price_list_id: int | None
    from_price_list_id: int | None
    product_id: int | None
    customer_kind: str
    effective_on: date
    notice_days: int
    includes_fixed: bool
    reason: str


def _check(order: Order, today: date) -> None:
    if len(order.name.strip()) < 3:
        raise ChangeError("name_missing", "Name the indexation with three letters or more.")
    if order.rule == "percent":
        if order.percent is None or not order.percent.is_finite() or not -100 < order.percent <= 500:
            raise ChangeError("percent_wrong", "Give a change between -100 and 500 percent.")
        if order.percent == 0:
            raise ChangeError("percent_wrong", "Give a change between -100 and 500 percent.")
    elif order.rule != "price_list" or order.target_price_list_id is None:
        raise ChangeError("rule_unknown", "Choose a percentage or a new price list.")
    if order.effective_on < today + timedelta(days=order.notice_days):
        raise ChangeError(
            "notice_too_short",
            f"Customers are told {order.notice_days} days ahead. Choose "
            f"{today + timedelta(days=order.notice_days)} or later.",
        )


def prepare(session: Session, *, order: Order, today: date, as_of: datetime) -> str:
    """Write down an indexation with everybody it concerns, one statement whatever their number; return its
    public id. The caller commits. Raises ChangeError, also when nobody is concerned.
    """
    _check(order, today)
    given = {
        "rule": order.rule, "percent": order.percent, "target": order.target_price_list_id,
        "source": order.from_price_list_id, "product": order.product_id, "kind": order.customer_kind,
        "on": order.effective_on, "includes_fixed": order.includes_fixed, "today": today, "at": as_of,
        "name": order.name.strip(), "days": order.notice_days, "reason": order.reason.strip(),
    }  # fmt: skip
    made = session.execute(
        text("""
          insert into operational.indexations (number, name, rule, percent, target_price_list_id,
            from_price_list_id, product_id, customer_kind, effective_on, notice_days, known_on,
            includes_fixed, reason, created_at)
          values (:number, :name, :rule, :percent, :target, :source, :product, :kind, :on, :days, :today,
            :includes_fixed, :reason, :at) returning id, public_id::text"""),
        {**given, "number": next_number(session, prefix="IX", on=today)},
    ).one()
    statement = (_SQL / "indexation_items.sql").read_text(encoding="utf-8")
    session.execute(text(statement), {**given, "id": made.id, "digits": _PRICE_DIGITS})
    counted: int = session.execute(
        text("""
          update operational.indexations x set contracts = s.contracts, skipped = s.skipped,
            yearly_effect = s.effect
          from (select count(*) filter (where skip_reason = '') as contracts,
                  count(*) filter (where skip_reason <> '') as skipped,
                  coalesce(sum(yearly_effect) filter (where skip_reason = ''), 0) as effect
                from operational.indexation_items where indexation_id = :id) s
          where x.id = :id returning x.contracts"""),
        {"id": made.id},
    ).scalar_one()
    if not counted:
        raise ChangeError("nobody_concerned", "No contract fits. Widen the filters or choose another day.")
    return str(made.public_id)


def locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Return a prepared indexation held for the decision; raise ChangeError when it was decided before."""
    found = first(
        session,
        "select x.*, x.created_by = operational.actor() as is_own from operational.indexations x "
        "where x.public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if found is None:
        raise ChangeError("indexation_not_found", "There is no such indexation.")
    check_version(found.row_version, row_version)
    if found.state != "prepared":
        raise ChangeError("indexation_decided", "This indexation was applied or rejected before.")
    return found


def reject(session: Session, *, public_id: str, row_version: int) -> None:
    """Reject a prepared indexation; its own author may take it back too. The caller commits."""
    found = locked(session, public_id=public_id, row_version=row_version)
    _decide(session, found.id, "rejected", None)


def apply(session: Session, *, public_id: str, row_version: int, as_of: datetime) -> int:
    """Write the new prices of every contract of an indexation as a second person; return how many.

    One transaction: all or nothing. Raises ChangeError for one's own indexation, and when a contract's prices
    changed since it was prepared.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    if found.is_own:
        raise ChangeError("four_eyes", "You asked for this yourself, so another person has to approve it.")
    changed: int = session.execute(
        text("""
          select count(*) from operational.indexation_items i where i.indexation_id = :id
            and i.skip_reason = '' and not exists (select from operational.contract_terms t
              where t.contract_id = i.contract_id and t.superseded_at is null and t.valid_from <= :on
                and (t.valid_to is null or t.valid_to > :on) and t.price_list_id = i.price_list_id)"""),
        {"id": found.id, "on": found.effective_on},
    ).scalar_one()
    if changed:
        raise ChangeError(
            "indexation_outdated",
            f"{changed} contracts changed since this was prepared. Reject it and prepare it again.",
        )
    targets = _price_lists(session, found, as_of)
    items = rows(
        session,
        "select contract_id, price_list_id from operational.indexation_items where indexation_id = :id "
        "and skip_reason = '' order by contract_id",
        {"id": found.id},
    )
    cuts = [
        Cut(row.contract_id, found.effective_on, {"price_list_id": targets[row.price_list_id]})
        for row in items
    ]
    recut(session, table="contract_terms", cuts=cuts, as_of=as_of)
    _decide(session, found.id, "applied", as_of)
    return len(cuts)


def _decide(session: Session, indexation_id: int, state: str, as_of: datetime | None) -> None:
    session.execute(
        text(
            "update operational.indexations set state = :state, decided_by = operational.actor(), "
            "decided_at = :at, row_version = row_version + 1 where id = :id"
        ),
        {"state": state, "at": as_of, "id": indexation_id},
    )


def _price_lists(session: Session, found: Any, as_of: datetime) -> dict[int, int]:
    """Return the new price list by the old one; a percentage makes copies with changed prices per kWh."""
    sources: list[int] = list(
        session.execute(
            text(
                "select distinct price_list_id from operational.indexation_items "
                "where indexation_id = :id and skip_reason = '' order by 1"
            ),
            {"id": found.id},
        ).scalars()
    )
    if found.rule == "price_list":
        return dict.fromkeys(sources, int(found.target_price_list_id))
    suffix = found.number.replace("/", "-")
    made = rows(
        session,
        """with old as (select l.* from operational.price_lists l where l.id = any(:sources)),
           new as (
             insert into operational.price_lists (code, name, product_id, created_at)
             select code || '-' || :suffix, name || ' (' || :number || ')', product_id, :at from old
             returning id, code),
           mapped as (
             insert into operational.indexation_price_lists (indexation_id, from_price_list_id,
               to_price_list_id)
             select :id, o.id, n.id from new n join old o on n.code = o.code || '-' || :suffix
             returning from_price_list_id, to_price_list_id)
           select from_price_list_id, to_price_list_id from mapped""",
        {"sources": sources, "suffix": suffix, "number": found.number, "at": as_of, "id": found.id},
    )
    session.execute(
        text("""
          insert into operational.price_list_items (price_list_id, tariff_group, charge_code, zone_code, unit,
            price, valid_from, valid_to, source, recorded_at)
          select m.to_price_list_id, i.tariff_group, i.charge_code, i.zone_code, i.unit,
            case when i.unit = 'kwh' then round(i.price * (100 + :percent) / 100, :digits) else i.price end,
            greatest(i.valid_from, cast(:on as date)), i.valid_to, :number, :at
          from operational.indexation_price_lists m
          join operational.price_list_items i on i.price_list_id = m.from_price_list_id
            and i.superseded_at is null and (i.valid_to is null or i.valid_to > :on)
          where m.indexation_id = :id"""),
        {
            "id": found.id, "percent": found.percent, "digits": _PRICE_DIGITS, "on": found.effective_on,
            "number": found.number, "at": as_of,
        },
    )  # fmt: skip
    return {row.from_price_list_id: row.to_price_list_id for row in made}
