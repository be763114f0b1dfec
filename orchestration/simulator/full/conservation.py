"""Was billed what was used? Each point of the full market, its billed energy against the simulator's truth.

What the rules round is rounded here too, independently: registers show whole kWh (m3), a prosumer of a small
group is billed whole kWh a month and zone, cubic metres become whole kWh by the factor of their month. The
balance of each hour and the settlement of net-metering are computed anew from the truth.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months, months
from orchestration.simulator.dso import is_read
from orchestration.simulator.full.customers import FullMarket
from orchestration.simulator.full.netting import settled
from orchestration.simulator.full.prices import known_factors
from orchestration.simulator.market import Market, Point
from orchestration.simulator.shapes import zone_of_hours

_ONE_DAY: Final = timedelta(days=1)
_ZERO: Final = Decimal(0)
_BILLED: Final = text("""
    select p.code, sum(l.energy_kwh_after - l.energy_kwh_before) as energy_kwh
    from operational.supply_points p
    join operational.billing_scopes b on b.supply_point_id = p.id
    join operational.document_lines l on l.scope_id = b.id
    group by p.code""")
_FED_IN: Final = text("""
    select p.code, sum(e.fed_kwh) as fed_kwh
    from operational.deposit_entries e join operational.deposit_lots l on l.id = e.lot_id
    join operational.supply_points p on p.id = l.supply_point_id
    where e.kind = 'credit' group by p.code""")
_WAITING: Final = text("""
    select p.code, string_agg(distinct e.code, ', ') as codes
    from operational.billing_exceptions e join operational.supply_points p on p.id = e.supply_point_id
    where e.resolved_at is null and e.severity = 'blocking' group by p.code""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A point: what was used and billed, what was fed in and credited (kWh), and what waits."""

    code: str
    group: str
    mode: str
    true_kwh: Decimal
    billed_kwh: Decimal
    true_fed_kwh: Decimal
    credited_kwh: Decimal
    waits: str

    @property
    def is_whole(self) -> bool:
        """Tell whether everything used was billed, and everything fed in was credited, once."""
        return self.true_kwh == self.billed_kwh and self.true_fed_kwh == self.credited_kwh


def compare(session: Session, *, full: FullMarket, end: date) -> list[Kept]:
    """Compare every point for its supply of ``[first, end)``, in the order of their codes."""
    billed = {row.code: row for row in session.execute(_BILLED)}
    fed = {row.code: row.fed_kwh for row in session.execute(_FED_IN)}
    waits = {row.code: row.codes for row in session.execute(_WAITING)}
    result = []
    for point in sorted(full.market.points, key=lambda found: found.code):
        row = billed.get(point.code)
        true, exported = true_energy(full, point, end)
        result.append(
            Kept(
                point.code, point.group, _mode(full, point), true, row.energy_kwh if row else _ZERO, exported,
                fed.get(point.code, _ZERO), waits.get(point.code, ""),
            )
        )  # fmt: skip
    return result


def true_energy(full: FullMarket, point: Point, end: date) -> tuple[Decimal, Decimal]:
    """Return the kWh that must be billed and those that must be credited to the deposit, up to ``end``."""
    stop = min(point.end or date.max, end)
    scheme = full.special(point).scheme
    if point.medium == "gas":
        return _gas(full, point, stop), _ZERO
    if scheme == "net_metering":
        return sum(_netted(full, point, stop), _ZERO), _ZERO
    if scheme:
        taken, fed = balanced_months(full, point, stop)
        whole = [_whole(wh) for zones in taken.values() for wh in zones.values()]
        return sum(whole, _ZERO), Decimal(sum(sum(zones.values()) for zones in fed.values())) / 1000
    if point.mode == "intervals":
        return full.truths[point.code].total("import", point.start, stop), _ZERO
    if point.mode == "volumes":
        zones = (full.market.used(point, zone, point.start, stop) for zone in point.zones)
        return sum(zones, _ZERO), _ZERO
    return sum((Decimal(used) for _, _, used in register_uses(full.market, point, stop)), _ZERO), _ZERO


def register_uses(market: Market, point: Point, end: date) -> Iterator[tuple[date, date, int]]:
    """Yield the use between readings, whole units of each register, of the cycles that end until ``end``."""
    ends = [add_months(month, 1) for month in months(market.first, end) if is_read(point, month)]
    stop = min(max((day for day in ends if day <= end), default=point.start), point.end or date.max)
    if point.end is not None and point.end <= end:
        stop = point.end
    for meter in point.meters:
        start = max(meter.first_day, point.start)
        last = min((meter.last_day or date.max - _ONE_DAY) + _ONE_DAY, stop)
        cuts = [start, *(day for day in sorted({*ends}) if start < day < last), last]
        for zone in point.zones if start < last else ():
            values = [
                meter.initial[zone],
                *(market.register_value(point, zone, day - _ONE_DAY, meter) for day in cuts[1:]),
            ]
            for place, (begin, until) in enumerate(pairwise(cuts)):
                yield begin, until, (values[place + 1] - values[place]) % 10**meter.digits


def balanced_months(
    full: FullMarket, point: Point, end: date
) -> tuple[dict[date, dict[str, int]], dict[date, dict[str, int]]]:
    """Return Wh taken and fed in after the balance of each hour, by month and zone of the distributor."""
    truth = full.truths[point.code]
    market = full.market
    taken, given = truth.balanced()
    per_hour = 60 // truth.clock.minutes
    day, hour = truth.clock.day[::per_hour], truth.clock.hour[::per_hour]
    names = zone_of_hours(
        point.dso, point.group, point.zones, market.first, (market.last - market.first).days + 1
    )
    zone = names[day, hour]
    found: tuple[dict[date, dict[str, int]], dict[date, dict[str, int]]] = ({}, {})
    for month in months(market.first, end):
        low = (max(month, point.start) - market.first).days
        high = (min(add_months(month, 1), end) - market.first).days
        within = (day >= low) & (day < high)
        for target, values in zip(found, (taken, given), strict=True):
            target[month] = {
                name: int(values[within & (zone == number)].sum()) for number, name in enumerate(point.zones)
            }
    return found


def _netted(full: FullMarket, point: Point, end: date) -> Iterator[Decimal]:
    taken, fed = balanced_months(full, point, end)
    ratio = Decimal("0.8") if full.special(point).installed_kw <= 10 else Decimal("0.7")
    for zones in settled(taken, fed, ratio=ratio, zones=_dearest_first(point)):
        yield from (left.quantize(Decimal(1), ROUND_HALF_UP) for left in zones.values())


def _dearest_first(point: Point) -> tuple[str, ...]:
    """Return the zones by the variable network rate, from the highest down."""
    order = ("all", "afternoon_peak", "morning_peak", "peak", "day", "other", "offpeak", "night")
    return tuple(sorted(point.zones, key=order.index))


def _gas(full: FullMarket, point: Point, end: date) -> Decimal:
    """Return whole kWh: the cubic metres between readings cut by months, each by the factor of its month."""
    area = next(
        terms.gas_area_code or "" for terms in full.portfolio.terms if terms.supply_point_code == point.code
    )
    total = _ZERO
    for start, until, used in register_uses(full.market, point, end):
        for month in months(start.replace(day=1), until):
            first, last = max(start, month), min(until, add_months(month, 1))
            cubic = _share(used, first, last, start, until)
            total += (cubic * known_factors()[area, month]).quantize(Decimal(1), ROUND_HALF_UP)
    return total


def _share(used: int, first: date, last: date, start: date, until: date) -> Decimal:
    """Return the even share of days [first, last) of [start, until); the rounded shares make the whole."""

    def so_far(day: date) -> Decimal:
        return (Decimal(used) * (day - start).days / (until - start).days).quantize(Decimal(1), ROUND_HALF_UP)

    return so_far(last) - so_far(first)


def _whole(wh: int) -> Decimal:
    return (Decimal(wh) / 1000).quantize(Decimal(1), ROUND_HALF_UP)


def _mode(full: FullMarket, point: Point) -> str:
    return full.special(point).scheme or point.mode


def sums(found: list[Kept]) -> dict[str, tuple[int, Decimal, Decimal]]:
    """Return by mode how many points, true kWh and billed kWh."""
    result: dict[str, tuple[int, Decimal, Decimal]] = defaultdict(lambda: (0, _ZERO, _ZERO))
    for one in found:
        count, true, billed = result[one.mode]
        result[one.mode] = (count + 1, true + one.true_kwh, billed + one.billed_kwh)
    return dict(result)
