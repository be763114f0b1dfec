"""Determinants of intervals, written once with Ibis and run by either engine.

Energy is counted in millionths of a kWh (kvarh),
money in 10^-13 PLN (millionths of a kWh times 10^-4 PLN per MWh),
so that every sum is one of whole numbers and both engines agree to the last digit.
Masks, prices and civil days come as tables by the UTC start; nothing here knows a calendar.
"""

from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from operational.metering.formats.intervals.model import CHANNELS
from orchestration.intervals.engines import Engine

IMPORT, EXPORT = CHANNELS["import"], CHANNELS["export"]
BALANCED_IMPORT, BALANCED_EXPORT = 5, 6
_KEY = ["supply_point_id", "channel", "starts_at"]
_DETERMINANTS = {
    IMPORT: "energy",
    EXPORT: "exported",
    CHANNELS["inductive"]: "reactive_inductive",
    CHANNELS["capacitive"]: "reactive_capacitive",
    BALANCED_IMPORT: "balanced_import",
    BALANCED_EXPORT: "balanced_export",
}
_REACTIVE = (CHANNELS["inductive"], CHANNELS["capacitive"])
_WIDE = "decimal(18, 0)"
COLUMNS = (
    "supply_point_id", "day", "determinant", "zone_set", "zone_code", "index_code", "rank", "amount", "unit",
    "intervals", "expected_intervals", "estimated_intervals",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What the intervals are joined with; see `dimensions.py` for the columns."""

    periods: ir.Table
    calendar: ir.Table
    classes: ir.Table
    days: ir.Table
    prices: ir.Table
    point_indexes: ir.Table


def current(intervals: ir.Table, contested: ir.Table | None) -> ir.Table:
    """Return the highest version of every interval.

    ``contested`` (supply_point_id, day, channel) names the days that several files hold;
    only those are ranked.
    """
    # Engines differ in what they make of narrow numbers.
    intervals = intervals.mutate(channel=_.channel.cast("int32"), minutes=_.minutes.cast("int32"))
    if contested is None:
        return intervals
    contested = contested.mutate(channel=_.channel.cast("int32"))
    keys = ["supply_point_id", "day", "channel"]
    newest = ibis.window(group_by=_KEY, order_by=[ibis.desc("version"), ibis.desc("file_id")])
    ranked = intervals.semi_join(contested, keys).mutate(place=ibis.row_number().over(newest))
    chosen = ranked.filter(_.place == 0).drop("place")
    return intervals.anti_join(contested, keys).union(chosen)


def determinants(intervals: ir.Table, found: Dimensions, engine: Engine, *, with_export: bool) -> ir.Table:
    """Return all determinants of the current intervals; ``with_export`` when any of them is fed in."""
    sums = engine.keep(_class_sums(_with_hour(intervals), found))
    parts = [sums]
    values: list[ir.Table] = [_index_values(intervals, found)]
    if with_export:
        balance = engine.keep(_hourly_balance(intervals))
        parts.append(engine.keep(_balanced_sums(balance, found)))
        values += [_balanced_index_values(balance, found), _export_values(balance, found)]
    everything = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
    totals = engine.keep(_day_totals(everything, found))
    tables = [
        _all_day(totals),
        _by_zone(everything, totals, found, "dso"),
        _by_zone(everything, totals, found, "seller"),
        _capacity(everything, totals, found),
        _peaks(intervals, totals, found),
        *(_with_expected(value, found) for value in values),
    ]
    return reduce(lambda left, right: left.union(right), (_shaped(table) for table in tables))


def _with_hour(intervals: ir.Table) -> ir.Table:
    return intervals.mutate(hour_start=_.starts_at.truncate("h"))


def _in_period(rows: ir.Table, periods: ir.Table) -> ir.Table:
    """Join rows with what holds for their point on their day."""
    named = periods.rename(period_point="supply_point_id")
    return rows.join(
        named,
        [rows.supply_point_id == named.period_point, rows.day >= named.day_from, rows.day < named.day_to],
    )


def _class_sums(rows: ir.Table, found: Dimensions) -> ir.Table:
    """Sum the intervals of a day by the class of their hour (zones of DSO and seller, capacity)."""
    placed = _in_period(rows, found.periods).join(found.calendar, ["profile_id", "hour_start"])
    return placed.group_by(["supply_point_id", "day", "channel", "class_id"]).agg(
        amount=_.micro.sum().cast("int64"),
        intervals=_.count(),
        estimated_intervals=_.is_estimated.cast("int64").sum().cast("int64"),
        minutes=_.minutes.min(),
    )


def _hourly_balance(intervals: ir.Table) -> ir.Table:
    """Import less export of every hour of the points that feed in (RES Act art. 4 and 4b)."""
    feeding = intervals.filter(_.channel == EXPORT).select("supply_point_id").distinct()
    both = _with_hour(intervals.filter(_.channel.isin((IMPORT, EXPORT)))).semi_join(
        feeding, "supply_point_id"
    )
    return both.group_by(["supply_point_id", "day", "hour_start"]).agg(
        net=ibis.ifelse(_.channel == IMPORT, _.micro, -_.micro).sum().cast("int64"),
        taken=(_.channel == IMPORT).cast("int64").sum().cast("int64"),
        given=(_.channel == EXPORT).cast("int64").sum().cast("int64"),
        estimated_intervals=_.is_estimated.cast("int64").max().cast("int64"),
    )


def _balanced_sums(balance: ir.Table, found: Dimensions) -> ir.Table:
    """Sum the balances of hours by class; an hour counts when import was there."""
    placed = _in_period(balance, found.periods).join(found.calendar, ["profile_id", "hour_start"])
    sums = placed.group_by(["supply_point_id", "day", "class_id"]).agg(
        taken=ibis.greatest(_.net, 0).sum().cast("int64"),
        given=ibis.greatest(-_.net, 0).sum().cast("int64"),
        intervals=(_.taken > 0).cast("int64").sum().cast("int64"),
        estimated_intervals=_.estimated_intervals.sum().cast("int64"),
    )

    def side(column: str, channel: int) -> ir.Table:
        return sums.select(
            "supply_point_id", "day", channel=ibis.literal(channel, "int32"), class_id=_.class_id,
            amount=_[column], intervals=_.intervals, estimated_intervals=_.estimated_intervals,
            minutes=ibis.literal(60, "int32"),
        )  # fmt: skip

    return side("taken", BALANCED_IMPORT).union(side("given", BALANCED_EXPORT))


def _day_totals(sums: ir.Table, found: Dimensions) -> ir.Table:
    """Sum the day per channel and say how many intervals the civil day has."""
    totals = sums.group_by(["supply_point_id", "day", "channel"]).agg(
        amount=_.amount.sum().cast("int64"),
        intervals=_.intervals.sum().cast("int64"),
        estimated_intervals=_.estimated_intervals.sum().cast("int64"),
        minutes=_.minutes.min(),
    )
    expected = totals.join(found.days, "day")
    return expected.mutate(expected_intervals=_.hours.cast("int64") * 60 // _.minutes.cast("int64")).drop(
        "hours", "minutes"
    )


def _named(rows: ir.Table) -> ir.Table:
    """Name determinant and unit by the channel."""
    return rows.mutate(
        determinant=_.channel.cases(*_DETERMINANTS.items()),
        unit=ibis.ifelse(_.channel.isin(_REACTIVE), "kvarh", "kwh"),
    )


def _all_day(totals: ir.Table) -> ir.Table:
    return _named(totals).mutate(zone_set=ibis.literal("all"), zone_code=ibis.literal("all"))


def _by_zone(sums: ir.Table, totals: ir.Table, found: Dimensions, whose: str) -> ir.Table:
    """Sum by the zones of the DSO or of the seller; completeness is that of the whole day."""
    classes = found.classes.select("class_id", zone_set=_[f"{whose}_set"], zone_code=_[f"{whose}_zone"])
    named = sums.select("supply_point_id", "day", "channel", "class_id", "amount")
    zones = named.join(classes.filter(_.zone_code.notnull()), "class_id")
    summed = zones.group_by(["supply_point_id", "day", "channel", "zone_set", "zone_code"]).agg(
        amount=_.amount.sum().cast("int64")
    )
    return _named(summed.join(totals.drop("amount"), ["supply_point_id", "day", "channel"]))


def _capacity(sums: ir.Table, totals: ir.Table, found: Dimensions) -> ir.Table:
    """Sum the hours of the capacity fee and the other hours of the same working days.

    Capacity Market Act art. 70a.
    """
    classes = found.classes.filter(_.capacity.notnull()).select("class_id", determinant=_.capacity)
    taken = sums.filter(_.channel == IMPORT).select("supply_point_id", "day", "channel", "class_id", "amount")
    summed = (
        taken.join(classes, "class_id")
        .group_by(["supply_point_id", "day", "channel", "determinant"])
        .agg(amount=_.amount.sum().cast("int64"))
    )
    complete = summed.join(totals.drop("amount"), ["supply_point_id", "day", "channel"])
    return complete.mutate(unit=ibis.literal("kwh"))


def _peaks(intervals: ir.Table, totals: ir.Table, found: Dimensions) -> ir.Table:
    """Rank the hours of a day by their highest power; kept are those above the contract, and the first."""
    limits = found.periods.filter(_.peak_limit.notnull())
    taken = _in_period(_with_hour(intervals.filter(_.channel == IMPORT)), limits)
    hours = taken.group_by(["supply_point_id", "day", "hour_start", "peak_limit"]).agg(
        amount=(_.micro * (60 // _.minutes.cast("int64"))).max().cast("int64")
    )
    order = ibis.window(group_by=["supply_point_id", "day"], order_by=[ibis.desc("amount"), "hour_start"])
    ranked = hours.mutate(rank=ibis.row_number().over(order).cast("int64") + 1)
    kept = ranked.filter((_.rank == 1) | (_.amount > _.peak_limit)).drop("hour_start", "peak_limit")
    complete = kept.join(
        totals.filter(_.channel == IMPORT).drop("amount", "channel"), ["supply_point_id", "day"]
    )
    return complete.mutate(determinant=ibis.literal("peak_power"), unit=ibis.literal("kw"))


def _priced(rows: ir.Table, found: Dimensions, use: str) -> ir.Table:
    """Join rows (starts_at, minutes) with the prices of the indexes that their point is billed by."""
    prices = found.prices.filter(_.use == use).drop("use")
    if use == "feed_in":
        return rows.join(prices, ["starts_at", "minutes"])
    wanted = found.point_indexes.rename(index_point="supply_point_id")
    billed = rows.join(
        wanted,
        [
            rows.supply_point_id == wanted.index_point,
            rows.day >= wanted.index_from,
            rows.day < wanted.index_to,
        ],
    )
    named = prices.rename(price_index="index_code", price_start="starts_at", price_minutes="minutes")
    return billed.left_join(
        named,
        [
            billed.index_code == named.price_index,
            billed.starts_at == named.price_start,
            billed.minutes == named.price_minutes,
        ],
    )


def _value(rows: ir.Table, **more: ir.Value) -> ir.Table:
    """Sum energy times price; an interval without a price is not counted as there."""
    return (
        rows.group_by(["supply_point_id", "day", "index_code"])
        .agg(
            amount=(_.micro.cast(_WIDE) * _.price.cast(_WIDE)).sum().cast("decimal(38, 0)"),
            intervals=_.price.count(),
            estimated_intervals=_.is_estimated.cast("int64").sum().cast("int64"),
            minutes=_.minutes.min(),
        )
        .mutate(unit=ibis.literal("pln"), **more)
    )


def _index_values(intervals: ir.Table, found: Dimensions) -> ir.Table:
    taken = intervals.filter(_.channel == IMPORT).drop("channel", "version", "file_id")
    priced = _priced(taken, found, "purchase")
    return _value(priced, determinant=ibis.literal("index_value"), zone_set=ibis.literal("all"))


def _hours_as_rows(balance: ir.Table, micro: ir.Value) -> ir.Table:
    return balance.select(
        "supply_point_id", "day", starts_at=_.hour_start, minutes=ibis.literal(60, "int32"), micro=micro,
        is_estimated=_.estimated_intervals > 0,
    )  # fmt: skip


def _balanced_index_values(balance: ir.Table, found: Dimensions) -> ir.Table:
    priced = _priced(_hours_as_rows(balance, ibis.greatest(_.net, 0)), found, "purchase")
    return _value(priced, determinant=ibis.literal("index_value"), zone_set=ibis.literal("balanced"))


def _export_values(balance: ir.Table, found: Dimensions) -> ir.Table:
    """Value what is fed in after the hourly balance by every index of feed-in, floors being in the prices."""
    priced = _priced(_hours_as_rows(balance, ibis.greatest(-_.net, 0)), found, "feed_in")
    return _value(priced, determinant=ibis.literal("export_value"), zone_set=ibis.literal(""))


def _with_expected(values: ir.Table, found: Dimensions) -> ir.Table:
    complete = values.join(found.days, "day")
    return complete.mutate(expected_intervals=_.hours.cast("int64") * 60 // _.minutes.cast("int64"))


def _shaped(rows: ir.Table) -> ir.Table:
    """Bring a table of determinants to the columns and types of the result."""
    defaults = {
        "zone_set": ibis.literal(""), "zone_code": ibis.literal(""), "index_code": ibis.literal(""),
        "rank": ibis.literal(0, "int64"),
    }  # fmt: skip
    rows = rows.mutate(**{name: value for name, value in defaults.items() if name not in rows.columns})
    types = {"amount": "decimal(38, 0)", "rank": "int64", "intervals": "int64"}
    types |= {"expected_intervals": "int64", "estimated_intervals": "int64"}
    return rows.select(
        **{name: rows[name].cast(types[name]) if name in types else rows[name] for name in COLUMNS}
    )
