"""Checks over whole reference files: no two values at once, no day, bracket or hour without a value.

Every check raises ReferenceDataError that names file and row, so that a wrong file is never half loaded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from operational.reference.tables import ReferenceDataError, Row, Table

_FOREVER: Final = date.max
_SOME_LEAP_YEAR: Final = date(2024, 1, 1)
_DAY_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "all": ("workday", "saturday", "sunday", "holiday"),
    "nonworking": ("saturday", "sunday", "holiday"),
    "workday": ("workday",),
    "saturday": ("saturday",),
    "sunday": ("sunday",),
    "holiday": ("holiday",),
}


def validate(files: Sequence[tuple[Table, Sequence[Row]]]) -> None:
    """Check all files together: references between them, periods, brackets of annual use, hours of days."""
    by_name = {table.name: (table, rows) for table, rows in files}
    for table, rows in files:
        _check_periods(table, rows)
    _check_references(by_name)
    _check_brackets(*by_name["statutory_rates"])
    _check_hours(*by_name["zone_masks"])


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row.values[column] for column in table.key)


def _label(table: Table, row: Row) -> str:
    return ", ".join(str(row.values[column]) for column in table.key if row.values[column] not in ("", 0))


def _check_periods(table: Table, rows: Sequence[Row]) -> None:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_key(table, row)].append(row)
        start, end = row.values.get("valid_from"), row.values.get("valid_to")
        if start and end and end <= start:
            raise ReferenceDataError(
                "reference_wrong_period", file=table.file, row=row.number,
                what=f"valid_to {end} is not after valid_from {start}.",
                cure="valid_to is the first day without the value.",
            )  # fmt: skip
    for group in groups.values():
        _check_group(table, group)


def _check_group(table: Table, group: list[Row]) -> None:
    if not table.versioned:
        if len(group) > 1:
            raise ReferenceDataError(
                "reference_duplicate", file=table.file, row=group[1].number,
                what=f"{_label(table, group[1])} stands in row {group[0].number} already.",
                cure="Remove one.",
            )  # fmt: skip
        return
    group.sort(key=lambda row: row.values["valid_from"])
    for earlier, later in pairwise(group):
        end, start = earlier.values["valid_to"] or _FOREVER, later.values["valid_from"]
        if end > start:
            raise ReferenceDataError(
                "reference_overlap", file=table.file, row=later.number,
                what=f"{_label(table, later)} from {start} overlaps row {earlier.number}, valid to {end}.",
                cure="End the earlier row where the later one begins.",
            )  # fmt: skip
        if end < start and table.gapless:
            raise ReferenceDataError(
                "reference_hole", file=table.file, row=later.number,
                what=f"{_label(table, later)} has no value from {end} to {start}.", cure="Fill the hole.",
            )  # fmt: skip


def _check_references(by_name: Mapping[str, tuple[Table, Sequence[Row]]]) -> None:
    charges = {row.values["code"]: row.values for row in by_name["charges"][1]}
    dsos = {row.values["code"] for row in by_name["dsos"][1]}
    for name, source in (("dso_rates", "dso"), ("statutory_rates", "statutory")):
        table, rows = by_name[name]
        for row in rows:
            charge = charges.get(row.values["charge_code"])
            if charge is None or charge["rate_source"] != source:
                raise ReferenceDataError(
                    "reference_unknown_charge", file=table.file, row=row.number,
                    what=f"'{row.values['charge_code']}' is no charge of source {source} in charges.csv.",
                    cure="Correct the code or add the charge.",
                )  # fmt: skip
            if name == "dso_rates" and row.values["dso_code"] not in dsos:
                raise ReferenceDataError(
                    "reference_unknown_dso", file=table.file, row=row.number,
                    what=f"'{row.values['dso_code']}' is not in dsos.csv.", cure="Correct or add it.",
                )  # fmt: skip
            per_energy = charge["quantity_basis"] in ("zone_energy", "total_energy", "capacity_energy")
            if per_energy != (row.values["unit"] == "kwh"):
                raise ReferenceDataError(
                    "reference_wrong_unit", file=table.file, row=row.number,
                    what=f"unit {row.values['unit']} does not fit {row.values['charge_code']}.",
                    cure="Charges on energy are per kwh, the others per month, kw_month or kw_hour.",
                )  # fmt: skip


def _check_brackets(table: Table, rows: Sequence[Row]) -> None:
    """Every day with a rate has one for any annual use: brackets touch and reach from zero to infinity."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.values[column] for column in table.key[:3])].append(row)
    for group in groups.values():
        starts = sorted({row.values["valid_from"] for row in group})
        ends = sorted({row.values["valid_to"] or _FOREVER for row in group})
        for moment in starts:
            _check_bracket_chain(table, [row for row in group if _holds(row, moment)])
        for end in ends[:-1]:
            if not any(_holds(row, end) for row in group):
                raise ReferenceDataError(
                    "reference_hole", file=table.file, row=group[-1].number,
                    what=f"{_label(table, group[0])} has no value from {end}.", cure="Fill the hole.",
                )  # fmt: skip


def _holds(row: Row, moment: date) -> bool:
    return bool(row.values["valid_from"] <= moment < (row.values["valid_to"] or _FOREVER))


def _check_bracket_chain(table: Table, rows: list[Row]) -> None:
    def low(row: Row) -> tuple[float, bool]:
        left = row.values["annual_kwh_range"].split(",")[0]
        return float(left[1:] or 0), left[0] == "("

    def high(row: Row) -> tuple[float, bool]:
        right = row.values["annual_kwh_range"].split(",")[1]
        return float(right[:-1] or "inf"), right[-1] == "]"

    rows.sort(key=low)
    whole = low(rows[0])[0] == 0 and high(rows[-1])[0] == float("inf")
    if not whole or any(high(left) != low(right) for left, right in pairwise(rows)):
        texts = " ".join(row.values["annual_kwh_range"] for row in rows)
        raise ReferenceDataError(
            "reference_brackets", file=table.file, row=rows[0].number,
            what=f"the brackets {texts} valid from {rows[0].values['valid_from']} overlap or leave a hole.",
            cure="They must cover every annual use once, e.g. [0,500) [500,1200] (1200,).",
        )  # fmt: skip


def _check_hours(table: Table, rows: Sequence[Row]) -> None:
    """Each hour of each kind of day belongs to exactly one zone of a group, in every season."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.values["dso_code"], row.values["tariff_group"]].append(row)
    days = [(_SOME_LEAP_YEAR + timedelta(days=offset)).strftime("%m-%d") for offset in range(366)]
    for (dso, tariff), group in groups.items():
        seasons = sorted({(row.values["season_from"], row.values["season_to"]) for row in group})
        for active in {tuple(season for season in seasons if _in_season(day, season)) for day in days}:
            fitting = [row for row in group if (row.values["season_from"], row.values["season_to"]) in active]
            _check_day(table, f"{dso} {tariff}".strip(), fitting or group[:1], empty=not fitting)


def _in_season(day: str, season: tuple[str, str]) -> bool:
    start, end = season
    return start <= day <= end if start <= end else day >= start or day <= end


def _check_day(table: Table, label: str, rows: Sequence[Row], *, empty: bool) -> None:
    count: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows if not empty else ():
        for kind, hour in _hours(row):
            count[kind, hour] += 1
    for kind in _DAY_CLASSES["all"]:
        for hour in range(24):
            if count[kind, hour] != 1:
                raise ReferenceDataError(
                    "reference_zone_hours", file=table.file, row=rows[0].number,
                    what=f"hour {hour} of a {kind} of group {label} lies in {count[kind, hour]} zones.",
                    cure="Each hour must lie in exactly one.",
                )  # fmt: skip


def _hours(row: Row) -> Iterable[tuple[str, int]]:
    for kind in _DAY_CLASSES[row.values["day_type"]]:
        for hour in range(row.values["hour_from"], row.values["hour_to"]):
            yield kind, hour
