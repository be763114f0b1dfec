"""Days and hours of Polish civil time as a table of DuckDB, by their start in UTC.

A row per hour: the day it belongs to (gas: the day from 6:00 to 6:00),
its place in the civil day (1 to 23, 24 or 25), the hour of the clock,
and whether it is the second 02-03 of October.
"""

from datetime import date
from hashlib import md5
from pathlib import Path
from uuid import uuid4

import duckdb

from orchestration.intervals.lake import folder, text_literal

FIRST, LAST = date(2000, 1, 1), date(2045, 1, 1)
GAS_DAY_STARTS_AT = 6
"""Hour of the clock at which the gas day begins (rules.md 2.3)."""

_CIVIL = f"""
with hours as (
  select starts_at, timezone('Europe/Warsaw', starts_at::timestamptz) as local_start
  from range(timestamp '{FIRST} 00:00', timestamp '{LAST} 00:00', interval 1 hour) as t (starts_at)
),
placed as (
  select starts_at, local_start::date as day, hour(local_start)::tinyint as clock,
    row_number() over (partition by local_start::date order by starts_at)::tinyint as position,
    count(*) over (partition by local_start::date)::tinyint as hours_of_day,
    row_number() over (partition by local_start order by starts_at) = 2 as is_second,
    (local_start - interval {GAS_DAY_STARTS_AT} hour)::date as gas_day
  from hours
)
select *, count(*) over (partition by gas_day)::tinyint as hours_of_gas_day from placed
where day > date '{FIRST}' and day < date '{LAST}'"""


def make_civil(connection: duckdb.DuckDBPyConnection) -> Path:
    """Make the table ``civil`` of this connection; return the Parquet file of it, kept in the lake."""
    kept = (
        folder()
        / "dimensions"
        / f"civil-{md5(_CIVIL.encode(), usedforsecurity=False).hexdigest()[:8]}.parquet"
    )
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        own = kept.with_suffix(f".{uuid4().hex[:8]}")
        connection.execute(f"copy ({_CIVIL} order by starts_at) to {text_literal(own)} (format parquet)")
        own.replace(kept)
    connection.execute(f"create temp table civil as from read_parquet({text_literal(kept)})")
    return kept
