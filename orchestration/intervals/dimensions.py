"""The tables that intervals are joined with, expanded once to UTC starts, as Parquet for both engines.

* periods: supply_point_id, day_from, day_to, profile_id,
  peak_limit (millionths of a kW; null: no control of power)
* calendar: profile_id, hour_start, class_id - a profile is a pair of masks, a class a combination of zones
* classes: class_id, dso_set, dso_zone, seller_set, seller_zone,
  capacity (the determinant of that hour, or null)
* days: day, hours
* prices: use, index_code, starts_at, minutes, price (10^-4 PLN per MWh, bounds applied)
* point_indexes: supply_point_id, index_code, index_from, index_to
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals.civil import make_civil
from orchestration.intervals.engines import Engine
from orchestration.intervals.expressions import Dimensions
from orchestration.intervals.lake import text_literal

_SQL = Path(__file__).with_name("sql")
_TABLES = ("periods", "calendar", "classes", "days", "prices", "point_indexes")
_TYPES = {
    "int": pa.int64(), "str": pa.string(), "date": pa.date32(), "time": pa.timestamp("us"),
    "num": pa.decimal128(24, 8), "bool": pa.bool_(),
}  # fmt: skip
_READS = {
    "periods": "supply_point_id:int day_from:date day_to:date dso_set:str seller_set:str peak_kw:num",
    "masks": "zone_set:str zone_code:str season_from:str season_to:str day_type:str hour_from:int hour_to:int"
    " valid_from:date valid_to:date",
    "holidays": "day:date",
    "prices": "index_code:str starts_at:time resolution:str price:num",
    "indexes": "use:str index_code:str determinant_index:str floor:num cap:num is_floored:bool",
    "point_indexes": "supply_point_id:int index_code:str index_from:date index_to:date",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the Parquet files of the dimensions are."""

    folder: Path
    medium: str

    def read(self, engine: Engine) -> Dimensions:
        """Return the tables in an engine."""
        return Dimensions(**{name: engine.read([self.folder / f"{name}.parquet"]) for name in _TABLES})


def make(
    session: Session,
    duck: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    medium: str,
    dso_codes: Iterable[str],
    first_day: date,
    last_day: date,
    points: Iterable[int] | None = None,
) -> Kept:
    """Write the dimensions of some distributors' days; ``points`` limits them to some supply points."""
    folder.mkdir(parents=True, exist_ok=True)
    given: dict[str, Any] = {
        "medium": medium, "dso_codes": list(dso_codes), "first_day": first_day, "last_day": last_day,
        "points": None if points is None else list(points),
        # A month's price starts up to a month before the first day it holds for.
        "prices_from": first_day - timedelta(days=32), "prices_to": last_day + timedelta(days=2),
    }  # fmt: skip
    for name, columns in _READS.items():
        duck.register(f"given_{name}", _fetched(session, name, columns, given))
    duck.execute("drop table if exists civil")
    make_civil(duck)
    variables = f"set variable first_day = date '{first_day}'; set variable last_day = date '{last_day}';"
    duck.execute(variables + f"set variable medium = {text_literal(medium)}")
    duck.execute((_SQL / "dimensions_in_lake.sql").read_text(encoding="utf-8"))
    for name in _TABLES:
        duck.execute(f"copy dim_{name} to {text_literal(folder / f'{name}.parquet')} (format parquet)")
    return Kept(folder, medium)


def _fetched(session: Session, name: str, columns: str, given: dict[str, Any]) -> pa.Table:
    statement = text((_SQL / f"dimension_{name}.sql").read_text(encoding="utf-8"))
    used = {key: value for key, value in given.items() if key in statement._bindparams}
    rows = session.execute(statement, used).all()
    fields = [column.split(":") for column in columns.split()]
    arrays = [pa.array([row[place] for row in rows], _TYPES[kind]) for place, (_, kind) in enumerate(fields)]
    return pa.table(dict(zip([name for name, _ in fields], arrays, strict=True)))
