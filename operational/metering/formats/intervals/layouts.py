"""Layouts of tables as data: one TOML file per layout of intervals, prices or conversion factors.

A layout says which header stands for which field and how time and value are written; it holds no code.
docs/formats.md describes every key. DuckDB reads the tables by them, so that size does not matter.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from operational.metering.formats.intervals.model import CHANNELS
from operational.metering.formats.layouts import LayoutError

PACKAGED_FOLDER = Path(__file__).parent / "data"
RECORDS = ("intervals", "market_prices", "conversion_factors")
Shape = Literal["long", "channels", "points", "hours"]

_REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "long": (("supply_point_code",), ("value",)),
    "channels": (("supply_point_code",),),
    "points": (),
    "hours": (("supply_point_code",), ("day",)),
    "price": (("price",),),
    "factor": (("area_code",), ("factor",)),
}
_FIELDS = {
    "supply_point_code", "starts_at", "day", "hour", "minutes", "channel", "value", "unit", "quality", "version",  # noqa: E501
    "index_code", "price", "area_code", "factor", "month",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One layout of a table.

    `columns` maps our field to the header. `shape` of intervals: `long` one value per line, `channels` one
    column per channel, `points` one column per supply point, `hours` one line per day with a column per hour.
    `time`: `offset` (every time carries its UTC offset), `local` (Polish civil time) or a fixed offset such as
    `+10:00`. `hours` of a local day: labels of columns or cells in the order of time; `second_hour` is the
    label of the hour that comes twice in October, empty when hours are counted 1 to 23, 24 or 25.
    `point_from_name`: the file name begins with the supply point's code and `__`.
    """  # noqa: E501

    name: str
    title: str
    record: str
    columns: dict[str, str]
    shape: Shape = "long"
    time: str = "offset"
    time_format: str = ""
    date_format: str = "%Y-%m-%d"
    delimiter: str = ","
    encodings: tuple[str, ...] = ("utf-8-sig",)
    decimal_mark: str = "."
    optional: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    hours: tuple[str, ...] = ()
    second_hour: str = ""
    units: dict[str, Decimal] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    point_from_name: bool = False
    point_columns: tuple[str, ...] = ()
    resolution: str = ""
    currency: str = "PLN"
    hourly_mean_index: str = ""
    lowest: Decimal = Decimal(0)
    highest: Decimal = Decimal(0)

    @property
    def required_headers(self) -> set[str]:
        """Return the headers, in small letters, without which a table has not this layout."""
        mapped = {header for name, header in self.columns.items() if name not in self.optional}
        if self.shape == "channels":
            return {header.casefold() for header in mapped}
        first = set(self.hours[:1]) if self.shape == "hours" else set()
        return {header.casefold() for header in mapped | first}

    @property
    def known_headers(self) -> set[str]:
        """Return every header, in small letters, that this layout can use or leaves out knowingly."""
        more = {*self.ignored, *self.hours, *(self.channels if self.shape == "channels" else ())}
        if self.second_hour:
            more.add(self.second_hour)
        return self.required_headers | {header.casefold() for header in {*self.columns.values(), *more}}

    def fits(self, headers: Sequence[str]) -> bool:
        """Tell whether a table with these headers has this layout; their order does not matter."""
        found = {header.casefold() for header in headers}
        if not self.required_headers <= found:
            return False
        if self.shape == "points":
            return len(found) > len(self.required_headers)
        if self.shape == "channels" and not found & {header.casefold() for header in self.channels}:
            return False
        return found <= self.known_headers


@cache
def load_table_layouts(folder: Path = PACKAGED_FOLDER) -> tuple[TableLayout, ...]:
    """Load every `*.toml` of a folder, by name; raises LayoutError for a wrong one."""
    return tuple(_load(path) for path in sorted(folder.glob("*.toml")))


def table_layout_named(name: str) -> TableLayout:
    """Return a packaged layout by its name; raises LayoutError when there is none."""
    for layout in load_table_layouts():
        if layout.name == name:
            return layout
    known = ", ".join(layout.name for layout in load_table_layouts())
    raise LayoutError("meter_layout_unknown", f"There is no layout '{name}'. Known layouts: {known}.")


def _load(path: Path) -> TableLayout:
    try:
        return _build(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        message = f"The layout {path.name} cannot be used: {error}. docs/formats.md describes every key."
        raise LayoutError("meter_layout_invalid", message) from error


def _build(raw: dict[str, Any]) -> TableLayout:
    raw = dict(raw)
    tuples: dict[str, Any] = {
        key: tuple(raw.pop(key)) for key in ("encodings", "optional", "ignored", "hours", "point_columns") if key in raw  # noqa: E501
    }  # fmt: skip
    words = {
        name: {word.casefold(): ours for word, ours in pairs.items()}
        for name, pairs in raw.pop("words", {}).items()
    }
    units = {unit.casefold(): Decimal(str(factor)) for unit, factor in raw.pop("units", {}).items()}
    bounds: dict[str, Any] = {key: Decimal(str(raw.pop(key))) for key in ("lowest", "highest") if key in raw}
    layout = TableLayout(words=words, units=units, **tuples, **bounds, **raw)
    _check(layout)
    return layout


def _check(layout: TableLayout) -> None:
    if layout.record not in RECORDS:
        raise ValueError(f"record must be one of {', '.join(RECORDS)}")
    if unknown := [name for name in [*layout.columns, *layout.defaults] if name not in _FIELDS]:
        raise ValueError(f"{unknown[0]} is no field")
    kind = {"market_prices": "price", "conversion_factors": "factor"}.get(layout.record, layout.shape)
    for choices in _REQUIRED[kind]:
        named = {
            *layout.columns,
            *layout.defaults,
            *(["supply_point_code"] if layout.point_from_name else []),
        }
        if not named & set(choices):
            raise ValueError(f"the field {choices[0]} has neither a column nor a default")
    if wrong := [ours for ours in layout.channels.values() if ours not in CHANNELS]:
        raise ValueError(f"'{wrong[0]}' is no channel; use {', '.join(CHANNELS)}")
    if layout.decimal_mark not in (".", ",") or len(layout.delimiter) != 1:
        raise ValueError("decimal_mark is '.' or ',' and delimiter one character")
    for encoding in layout.encodings:
        "".encode(encoding)  # raises LookupError for an unknown name
