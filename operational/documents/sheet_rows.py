"""The queries of a document's sheet: plain rows, no meaning added.

Every query names the document or the ids that its lines were computed from, so it reads only immutable rows
(and works under the portal's row-level security, which shows the customer's own rows).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

Pair = tuple[int, int | None]

_HEAD = text("""
    select d.id, d.public_id, d.customer_id, d.kind, d.number, d.invoice_id, d.version_no, d.issue_date,
    d.period_from,
           d.period_to, d.due_date, d.net_amount, d.vat_amount, d.gross_amount, d.energy_kwh, d.is_estimated,
           d.content, c.number as contract_number, c.kind as contract_kind, u.name, u.nip, u.customer_number,
           u.kind as customer_kind, u.language, u.virtual_account, a.street, a.building, a.flat,
           a.postal_code, a.city
      from operational.documents d
      join operational.contracts c on c.id = d.contract_id
      join operational.customers u on u.id = d.customer_id
      join operational.addresses a on a.id = u.address_id
     where d.id = :document_id""")

_CHAIN = text("""
    select d.id, d.public_id, d.kind, d.number, d.version_no, d.issue_date, d.gross_amount, d.is_estimated,
           (select jsonb_agg(jsonb_build_object('rate', v.vat_rate::text, 'net', v.net_amount::text,
                                                'vat', v.vat_amount::text) order by v.vat_rate)
              from operational.document_vat v where v.document_id = d.id) as vat
      from operational.documents d where d.id = :root_id or d.invoice_id = :root_id
     order by d.version_no""")

_LINES = text("""
    select l.line_no, l.scope_id, l.charge_code, l.section, l.zone_code, l.period_from, l.period_to, l.unit,
           l.quantity_before, l.quantity_after, l.price_before, l.price_after, l.net_before, l.net_after,
           l.vat_rate, l.energy_kwh_before, l.energy_kwh_after, l.is_estimated, l.calculation,
           g.name_pl, g.name_en, s.supply_point_id, p.code as point_code, p.medium, o.name as dso_name,
           a.street, a.building, a.flat, a.postal_code, a.city, t.tariff_group, t.contracted_power_kw,
           e.price_pln_per_kwh as excise_price,
           coalesce((select jsonb_object_agg(f.id::text, f.factor_kwh_per_m3::text)
                       from operational.gas_conversion_factors f
                      where f.id in (select (item ->> 'factor_id')::bigint
                                       from jsonb_array_elements(l.calculation -> 'gas') item)), '{}') as
                                       gas_factors
      from operational.document_lines l
      join operational.charges g on g.code = l.charge_code
      join operational.billing_scopes s on s.id = l.scope_id
      join operational.supply_points p on p.id = s.supply_point_id
      join operational.dsos o on o.code = p.dso_code
      join operational.addresses a on a.id = p.address_id
      left join operational.supply_point_terms t on t.id = (l.calculation ->> 'terms_id')::bigint
      left join operational.excise_rates e on e.id = (l.calculation ->> 'excise_rate_id')::bigint
     where l.document_id = :document_id
     order by l.line_no""")

_READINGS = text("""
    select r.id, r.reading_date, r.value, r.kind, g.zone_code, g.unit, g.digits, g.multiplier, m.serial
      from operational.readings r
      join operational.registers g on g.id = r.register_id
      join operational.meters m on m.id = g.meter_id
     where r.id = any(:ids)""")

_VOLUMES = text("""
    select id, zone_code, period_from, period_to, quantity, unit, quality
      from operational.billed_volumes where id = any(:ids)""")

_HISTORY = text("""
    select s.supply_point_id, l.scope_id, l.document_id, min(l.period_from) as period_from, max(l.period_to)
    as period_to,
           sum(l.energy_kwh_after - l.energy_kwh_before) as energy_kwh, bool_or(l.is_estimated) as
           is_estimated
      from operational.billing_scopes s
      join operational.document_lines l on l.scope_id = s.id
     where s.supply_point_id = any(:supply_point_ids) and s.customer_id = :customer_id and l.document_id <=
     :document_id
       and (l.energy_kwh_after <> 0 or l.energy_kwh_before <> 0)
     group by s.supply_point_id, l.scope_id, l.document_id
     order by s.supply_point_id, l.document_id""")


def head(session: Session, *, document_id: int) -> Any:
    """Return the document with its contract and customer, or None."""
    return session.execute(_HEAD, {"document_id": document_id}).one_or_none()


def chain(session: Session, *, root_id: int) -> list[Any]:
    """Return the invoice and its corrections in order, each with its VAT rows as JSON."""
    return list(session.execute(_CHAIN, {"root_id": root_id}))


class _LineRow:
    """A line's row whose gas factors are numbers."""

    def __init__(self, row: Any) -> None:
        self._mapping: Mapping[str, Any] = row._mapping
        self.gas_factors = {key: Decimal(value) for key, value in row.gas_factors.items()}

    def __getattr__(self, name: str) -> Any:
        try:
            return self._mapping[name]
        except KeyError as error:
            raise AttributeError(name) from error


def lines(session: Session, *, document_id: int) -> list[Any]:
    """Return the lines with charge, point, terms and excise rate of each."""
    return [_LineRow(row) for row in session.execute(_LINES, {"document_id": document_id})]


def reading_pairs(calculation: Mapping[str, Any]) -> list[Pair]:
    """Return the (start, end) ids of readings that a line was computed from; an estimate has no end yet."""
    found = calculation.get("readings") or []
    return [(int(start), None if end is None else int(end)) for start, end in found if start is not None]


def reading_intervals(
    session: Session, *, calculations: Iterable[Mapping[str, Any]]
) -> dict[Pair, dict[str, Any]]:
    """Return, per pair of ids, the fields of a ReadingInterval with the use between the two."""
    pairs = {pair for calculation in calculations for pair in reading_pairs(calculation)}
    if not pairs:
        return {}
    ids = sorted({reading for pair in pairs for reading in pair if reading is not None})
    rows = {row.id: row for row in session.execute(_READINGS, {"ids": ids})}
    return {
        (start, end): _interval(rows[start], None if end is None else rows[end])
        for start, end in pairs
        if start in rows and (end is None or end in rows)
    }


def _interval(start: Any, end: Any | None) -> dict[str, Any]:
    return {
        "meter_serial": start.serial,
        "zone_code": start.zone_code,
        "unit": start.unit,
        "multiplier": start.multiplier,
        "start_date": start.reading_date,
        "start_value": start.value,
        "start_kind": start.kind,
        "end_date": end.reading_date if end else None,
        "end_value": end.value if end else None,
        "end_kind": end.kind if end else "estimated",
        "used": _used(start, end) if end else None,
    }


def _used(start: Any, end: Any) -> Decimal:
    difference: Decimal = end.value - start.value
    full = Decimal(10) ** start.digits
    if difference < 0 and start.value > full * Decimal("0.9") and end.value < full * Decimal("0.1"):
        difference += full  # the register rolled over to zero
    used: Decimal = difference * end.multiplier
    return used


def volumes(session: Session, *, calculations: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return, per id, the fields of a Volume that lines were computed from."""
    ids = sorted({int(key) for calculation in calculations for key in calculation.get("volumes") or []})
    if not ids:
        return {}
    found = {}
    for row in session.execute(_VOLUMES, {"ids": ids}):
        fields = dict(row._mapping)
        found[fields.pop("id")] = fields
    return found


def use_history(
    session: Session, *, document_id: int, customer_id: int, supply_point_ids: list[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return, per supply point, the energy of its periods as known up to the document, oldest first."""
    given = {"document_id": document_id, "customer_id": customer_id, "supply_point_ids": supply_point_ids}
    scopes: dict[int, dict[int, dict[str, Any]]] = {}
    for row in session.execute(_HISTORY, given):
        periods = scopes.setdefault(row.supply_point_id, {})
        known = periods.get(row.scope_id)
        if known is None:
            periods[row.scope_id] = {
                "period_from": row.period_from,
                "period_to": row.period_to,
                "energy_kwh": row.energy_kwh,
                "is_estimated": row.is_estimated,
            }
        else:
            known["energy_kwh"] += row.energy_kwh
            known["is_estimated"] = row.is_estimated
    return {
        point: sorted(
            (use for use in periods.values() if use["energy_kwh"] > 0), key=lambda use: use["period_from"]
        )
        for point, periods in scopes.items()
    }
