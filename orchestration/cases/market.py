"""Facts of market products of a case: formulas, prosumers, discounts, declarations, deposits."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.cases.format import Case, DepositLot, Determinant, Step

_POINT: Final = "(select id from operational.supply_points where code = :point)"
_CONTRACT: Final = "(select id from operational.contracts where number = :key)"
_LIST: Final = "(select id from operational.price_lists where code = :key)"
_UNITS: Final[Mapping[str, str]] = {
    "index_value": "pln",
    "export_value": "pln",
    "peak_power": "kw",
    "reactive_inductive": "kvarh",
    "reactive_capacitive": "kvarh",
}


def load_market_terms(
    session: Session, *, case: Case, key: str, point_code: str, recorded_at: datetime
) -> None:
    """Write what does not change from step to step: formulas, prosumer terms, components, earlier lots."""
    for formula in case.formulas:
        _insert(session, "price_formulas", {"price_list_id": _LIST}, {
            "index_code": formula.index, "margin": formula.margin, "multiplier": formula.multiplier,
            "floor_pln_per_mwh": formula.floor, "cap_pln_per_mwh": formula.cap,
            "adds_excise": formula.adds_excise, "valid_from": formula.valid_from,
            "valid_to": formula.valid_to, "source": "case", "recorded_at": recorded_at,
        }, {"key": key})  # fmt: skip
    for prosumer in case.prosumer:
        _insert(session, "prosumer_terms", {"supply_point_id": _POINT}, {
            "scheme": prosumer.scheme, "installed_kw": prosumer.installed_kw,
            "has_opted_in": prosumer.opted_in, "valid_from": prosumer.valid_from,
            "valid_to": prosumer.valid_to, "recorded_at": recorded_at,
        }, {"point": point_code})  # fmt: skip
    _load_dated(session, case, key, point_code, recorded_at)
    for lot in case.deposit_lots:
        _load_lot(session, lot, point_code, recorded_at)


def load_market_step(session: Session, *, step: Step, key: str, point_code: str) -> None:
    """Write the components and declarations that become known in a step."""
    _load_dated(session, step, key, point_code, step.moment)


def load_determinants(session: Session, *, step: Step, key: str, point_code: str) -> None:
    """Write the determinants of a step as the lake does; those of the same key and day are superseded.

    ``{dso}`` in a zone set is the case's own distributor.
    """
    for found in step.determinants:
        day = found.day
        while day < (found.to or found.day + timedelta(days=1)):
            zone_set = found.zone_set.replace("{dso}", key)
            _load_determinant(
                session, found, day=day, zone_set=zone_set, point_code=point_code, recorded_at=step.moment
            )
            day += timedelta(days=1)


def _load_determinant(
    session: Session,
    found: Determinant,
    *,
    day: date,
    zone_set: str,
    point_code: str,
    recorded_at: datetime,
) -> None:
    given = {
        "point": point_code, "day": day, "determinant": found.determinant, "zone_set": zone_set,
        "zone": found.zone, "index": found.index, "quantity": found.quantity, "intervals": found.intervals,
        "expected": found.expected, "at": recorded_at, "estimated": found.estimated, "rank": found.rank,
        "unit": _UNITS.get(found.determinant, "kwh"),
    }  # fmt: skip
    session.execute(
        text(
            "update raw.interval_determinants set superseded_at = :at where superseded_at is null"
            " and supply_point_code = :point and day = :day and determinant = :determinant"
            " and zone_set = :zone_set and zone_code = :zone and index_code = :index"
            " and rank = :rank"
        ),
        given,
    )
    session.execute(
        text(
            "insert into raw.interval_determinants (supply_point_code, day, determinant, zone_set, zone_code,"
            " index_code, rank, quantity, unit, intervals, expected_intervals, estimated_intervals,"
            " recorded_at) values (:point, :day, :determinant, :zone_set, :zone, :index, :rank, :quantity,"
            " :unit, :intervals, :expected, :estimated, :at)"
        ),
        given,
    )


def _load_dated(
    session: Session, owner: Case | Step, key: str, point_code: str, recorded_at: datetime
) -> None:
    for component in owner.components:
        _insert(session, "contract_components", {"contract_id": _CONTRACT}, {
            "kind": component.kind, "code": component.code, "name_pl": component.code,
            "name_en": component.code, "value": component.value, "valid_from": component.valid_from,
            "valid_to": component.valid_to, "recorded_at": recorded_at,
        }, {"key": key})  # fmt: skip
    for declaration in owner.declarations:
        _insert(session, "cap_declarations", {"supply_point_id": _POINT}, {
            "category": declaration.category, "declared_on": declaration.valid_from,
            "valid_from": declaration.valid_from, "valid_to": declaration.valid_to,
            "recorded_at": recorded_at,
        }, {"point": point_code})  # fmt: skip


def _load_lot(session: Session, lot: DepositLot, point_code: str, recorded_at: datetime) -> None:
    given = {
        "point": point_code, "month": lot.month, "assigned": lot.assigned_on, "value": lot.value,
        "credited": lot.credited, "spent": lot.left - lot.credited, "at": recorded_at,
        "key": f"{point_code}:{lot.month}",
    }  # fmt: skip
    session.execute(
        text(
            "insert into operational.deposit_lots (customer_id, supply_point_id, feed_in_month, price_kind,"
            " assigned_on, expires_on, refund_share, recorded_at) select c.customer_id, p.id, :month, 'RCEm',"
            " :assigned, cast(:assigned as date) + interval '12 months', 0.2, :at"
            " from operational.supply_points p"
            " join operational.contract_supply_points k on k.supply_point_id = p.id"
            " join operational.contracts c on c.id = k.contract_id where p.code = :point"
        ),
        given,
    )
    for kind, amount, value in (("credit", lot.credited, lot.value), ("use", lot.left - lot.credited, 0)):
        if amount:
            session.execute(
                text(
                    "insert into operational.deposit_entries (lot_id, customer_id, kind, amount, fed_value,"
                    " business_date, idempotency_key, recorded_at) select l.id, l.customer_id, :kind,"
                    " :amount, :fed_value, :assigned, 'case:' || :key || :kind, :at"
                    " from operational.deposit_lots l where l.feed_in_month = :month"
                    f" and l.supply_point_id = {_POINT}"
                ),
                {**given, "kind": kind, "amount": amount, "fed_value": value},
            )


def _insert(
    session: Session,
    table: str,
    looked_up: Mapping[str, str],
    values: Mapping[str, object],
    keys: Mapping[str, str],
) -> None:
    columns = ", ".join([*looked_up, *values])
    places = ", ".join([*looked_up.values(), *(f":{name}" for name in values)])
    session.execute(
        text(f"insert into operational.{table} ({columns}) values ({places})"), {**values, **keys}
    )
