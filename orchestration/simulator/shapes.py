"""Shapes of use: the share of a year's energy that falls on each day and tariff zone.

Electricity follows the standard load profiles of BDEW 2025 (households, businesses), gas for heating the
standard profile of a single-family house at an invented temperature. Days are Warsaw days: 23 and 25 hours
are real.
"""

import warnings
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from operational.kernel.calendar import is_public_holiday, public_holidays
from operational.reference.tables import TABLES, read_table

Profile = Literal["home", "business", "heat"]
Floats = NDArray[np.float64]
CAPACITY_HOURS: Final = "capacity_hours"
_YEAR: Final = 365
_KINDS: Final = {"workday": (0,), "saturday": (1,), "sunday": (2,), "holiday": (3,), "nonworking": (1, 2, 3),
                 "all": (0, 1, 2, 3)}  # fmt: skip


@lru_cache(maxsize=64)
def shape(
    profile: Profile, tariff: tuple[str, str], zones: tuple[str, ...], first: date, last: date
) -> Floats:
    """Return shares ``[days, zones]`` of the days first..last; those of the first 365 days sum to 1 over all
    zones.

    ``tariff`` is distributor and group. ``zones`` of one element 'all' takes every hour; ``capacity_hours``
    is the part in the hours of the capacity fee.
    """
    if profile == "heat":
        return _heat(first, last)[:, np.newaxis]
    shares, day, hour = electricity(profile, first, last)
    count = (last - first).days + 1
    columns = []
    for zone in zones:
        in_zone = _mask(*tariff, zone, first, count)[day, hour]
        columns.append(np.bincount(day, weights=shares * in_zone, minlength=count))
    return np.stack(columns, axis=1)


@cache
def electricity(
    profile: Profile, first: date, last: date
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return shares of the 15-minute intervals, with the number of the day and the civil hour of each."""
    from demandlib import bdew

    index = pd.date_range(first, last + timedelta(days=1), freq="15min", tz="Europe/Warsaw", inclusive="left")
    days_off = {
        day: name for year in range(first.year, last.year + 1) for day, name in public_holidays(year).items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # demandlib uses calls that pandas 3 calls old
        values = (bdew.H25 if profile == "home" else bdew.G25)(index, holidays=days_off).to_numpy(dtype=float)
    midnight = index.tz_localize(None).normalize()
    day = ((midnight - pd.Timestamp(first)) // pd.Timedelta(days=1)).to_numpy(dtype=np.int64)
    year = values[day < _YEAR].sum()
    return values / year * min(1.0, (day.max() + 1) / _YEAR), day, index.hour.to_numpy(dtype=np.int64)


@cache
def _heat(first: date, last: date) -> Floats:
    from demandlib import bdew

    index = pd.date_range(first, last + timedelta(days=1), freq="h", inclusive="left")
    middle = np.cos(2 * np.pi * (index.day_of_year.to_numpy() - 20) / _YEAR)
    temperature = pd.Series(9.5 - 11.5 * middle, index=index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        house = bdew.HeatBuilding(
            index, holidays={}, temperature=temperature, shlp_type="EFH", building_class=5, wind_class=0,
            annual_heat_demand=1, name="EFH",
        )  # fmt: skip
        values = house.get_bdew_profile().to_numpy(dtype=float)
    daily: Floats = values.reshape(-1, 24).sum(axis=1)
    scaled: Floats = daily / daily[:_YEAR].sum() * min(1.0, len(daily) / _YEAR)
    return scaled


@cache
def _masks() -> dict[tuple[str, str, str], list[tuple[str, str, str, int, int]]]:
    table = next(table for table in TABLES if table.name == "zone_masks")
    found: dict[tuple[str, str, str], list[tuple[str, str, str, int, int]]] = {}
    for row in read_table(table):
        value = row.values
        key = value["dso_code"], value["tariff_group"], value["zone_code"]
        found.setdefault(key, []).append(
            (
                value["season_from"],
                value["season_to"],
                value["day_type"],
                value["hour_from"],
                value["hour_to"],
            )
        )
    return found


@cache
def _mask(dso: str, group: str, zone: str, first: date, count: int) -> NDArray[np.bool_]:
    """Return for each day and civil hour whether it belongs to the zone, from the reference data."""
    mask = np.zeros((count, 24), dtype=bool)
    if zone == "all":
        mask[:] = True
        return mask
    key = ("", "", zone) if zone == CAPACITY_HOURS else (dso, group, zone)
    spans = _masks()[key]
    for offset in range(count):
        day = first + timedelta(days=offset)
        kind = _kind(day)
        for start, end, day_type, hour_from, hour_to in spans:
            if kind in _KINDS[day_type] and _in_season(day.strftime("%m-%d"), start, end):
                mask[offset, hour_from:hour_to] = True
    return mask


def zone_of_hours(dso: str, group: str, zones: tuple[str, ...], first: date, count: int) -> NDArray[np.int64]:
    """Return for each day and civil hour the place of its zone in ``zones``."""
    masks = np.stack([_mask(dso, group, zone, first, count) for zone in zones])
    found: NDArray[np.int64] = masks.argmax(axis=0)
    return found


def _kind(day: date) -> int:
    if is_public_holiday(day):
        return 3
    return {5: 1, 6: 2}.get(day.weekday(), 0)


def _in_season(day: str, start: str, end: str) -> bool:
    return start <= day <= end if start <= end else day >= start or day <= end
