"""The profile an offer is counted on: supply points of a customer with their yearly kWh per zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.sales.rules import spread
from operational.crm.sales.terms import term
from operational.kernel.money import round_half_up
from operational.kernel.rows import rows

DAYS_OF_YEAR = 365


@dataclass(frozen=True, slots=True)
class PointProfile:
    """What a price is counted on: tariff group, phases, power in kW and yearly kWh per zone.

    ``source``: `history` when it comes from twelve months of billed use,
    `annual` when it is the distributor's
    forecast spread over the zones, `entered` when a person typed it.
    """

    supply_point_id: int | None
    code: str
    address: str
    medium: str
    dso_code: str
    tariff_group: str
    phases: int
    contracted_power_kw: Decimal | None
    zone_kwh: Mapping[str, Decimal]
    source: str
    contract_id: int | None = None

    @property
    def annual_kwh(self) -> Decimal:
        """Return the yearly use of all zones."""
        return sum(self.zone_kwh.values(), Decimal(0))


_POINTS = """
  select s.id, s.code, s.medium, s.dso_code, a.street || ' ' || a.building || ', ' || a.city as address,
         t.tariff_group, t.phases, t.contracted_power_kw, t.annual_kwh, k.contract_id, c.customer_id
    from operational.contracts c
    join operational.contract_supply_points k on k.contract_id = c.id and k.superseded_at is null
     and (k.valid_to is null or k.valid_to > :on)
    join operational.supply_points s on s.id = k.supply_point_id
    join operational.addresses a on a.id = s.address_id
    join lateral (
      select * from operational.supply_point_terms t
       where t.supply_point_id = s.id and t.superseded_at is null and t.valid_from <= greatest(:on,
       k.valid_from)
       order by t.valid_from desc limit 1) t on true
   where (c.customer_id = :customer_id or k.contract_id = any(:contract_ids))
     and (:medium = '' or s.medium = :medium)
   order by s.code"""

# What was billed of the year before the day, corrections included; a chain of documents counts differences.
_HISTORY = """
  select b.supply_point_id, l.zone_code, sum(l.energy_kwh_after - l.energy_kwh_before) as kwh,
         min(l.period_from) as first_day, max(l.period_to) as end_day
    from operational.billing_scopes b
    join operational.document_lines l on l.scope_id = b.id
   where b.supply_point_id = any(:points) and b.period_to > :since and l.period_from >= :since
     and l.period_to <= :on and l.energy_kwh_after <> l.energy_kwh_before
   group by b.supply_point_id, l.zone_code
  having sum(l.energy_kwh_after - l.energy_kwh_before) > 0"""

_MASKS = """
  select dso_code, tariff_group, zone_code,
         sum((hour_to - hour_from) * case day_type when 'workday' then 5 when 'nonworking' then 2 else 7 end)
           as hours
    from operational.zone_masks
   where superseded_at is null and valid_from <= :on and (valid_to is null or valid_to > :on)
     and (dso_code, tariff_group) in (select * from unnest(cast(:dsos as text[]), cast(:groups as text[])))
   group by dso_code, tariff_group, zone_code"""


def profiles(
    session: Session,
    *,
    on: date,
    customer_id: int = 0,
    contract_ids: Sequence[int] = (),
    medium: str = "",
) -> tuple[PointProfile, ...]:
    """Return the profiles of a customer's (or some contracts') points that are supplied on the day or later.

    Billed use of the year before the day is scaled to 365 days when it covers at least the dated term
    `history_days_least`; otherwise the point's yearly forecast is spread over the zones of its tariff group.
    Three statements, whatever the number of points.
    """
    found = rows(
        session,
        _POINTS,
        {"on": on, "customer_id": customer_id, "contract_ids": list(contract_ids), "medium": medium},
    )
    history = _history(session, points=[row.id for row in found], on=on)
    shares = zone_shares(session, pairs=[(row.dso_code, row.tariff_group) for row in found], on=on)
    return tuple(
        PointProfile(
            row.id, row.code, row.address, row.medium, row.dso_code, row.tariff_group, row.phases,
            row.contracted_power_kw,
            history.get(row.id) or spread(row.annual_kwh, shares[row.dso_code, row.tariff_group]),
            "history" if row.id in history else "annual", row.contract_id,
        )
        for row in found
        if row.id in history or row.annual_kwh > 0
    )  # fmt: skip


def _history(session: Session, *, points: Sequence[int], on: date) -> dict[int, dict[str, Decimal]]:
    """Return yearly kWh per zone of points with enough billed days; kWh to three places."""
    least = int(term(session, code="history_days_least", on=on))
    since = on - timedelta(days=DAYS_OF_YEAR + 1)
    by_point: dict[int, list[tuple[str, Decimal, date, date]]] = {}
    for row in rows(session, _HISTORY, {"points": list(points), "since": since, "on": on}):
        zone = row.zone_code or "all"
        by_point.setdefault(row.supply_point_id, []).append((zone, row.kwh, row.first_day, row.end_day))
    known = {}
    for point, zones in by_point.items():
        days = (max(end for *_, end in zones) - min(first for _, _, first, _ in zones)).days
        if days >= least:
            known[point] = {
                zone: round_half_up(kwh * DAYS_OF_YEAR / days, 3) for zone, kwh, _first, _end in zones
            }
    return known


def zone_shares(
    session: Session, *, pairs: Sequence[tuple[str, str]], on: date
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Return the share of each zone's hours in a week by (distributor, tariff group); `all` without zones.

    It stands in for a profile that nobody knows; the form says so and lets the figures be entered.
    """
    given = {"on": on, "dsos": [dso for dso, _ in pairs], "groups": [group for _, group in pairs]}
    shares: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in rows(session, _MASKS, given):
        shares.setdefault((row.dso_code, row.tariff_group), {})[row.zone_code] = Decimal(row.hours)
    return {pair: shares.get(pair) or {"all": Decimal(1)} for pair in pairs}
