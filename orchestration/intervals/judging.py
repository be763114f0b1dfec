"""Rows of ``staged`` against each other and against the lake: duplicates, contradictions, mixed units, gaps.

Makes ``bad`` (rid, code, detail): rows that go to quarantine, ``doubled`` (rid): rows said twice alike, and
``days``: what each point and channel has of each day. Costs little where nothing is wrong: one pass finds the
days that hold more rows than quarters, and only those are looked at row by row.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.intervals.lake import first_row, list_literal, text_literal
from orchestration.intervals.staging import FAULTS

_QUARTER = 900  # seconds; the quarters of a civil day have different numbers modulo 100
_DAYS = f"""
create or replace temp table days as
select p.dso_code as place, p.medium, s.* from (
select day, point, channel, count(*)::integer as rows,
  bit_count(
    bit_or(1::hugeint << ((epoch(starts_at)::bigint // {_QUARTER}) % 100)::integer)
  )::integer as slots,
  min(minutes) as shortest, max(minutes) as longest, min(unit) as lowest_unit, max(unit) as highest_unit,
  min(version) as lowest_version, max(version) as highest_version
from staged where fault is null
group by all) s join points p on p.id = s.point"""
_FAULTS = f"""
create or replace temp table bad as
select rowid as rid, (['{"', '".join(FAULTS)}'])[fault] as code, '' as detail
from staged where fault is not null"""
_UNITS = """
insert into bad
select s.rowid, 'mixed_units', '' from staged s semi join
  (select point, channel from days group by all having min(lowest_unit) <> max(highest_unit)) m
  using (point, channel) where s.fault is null"""
_LENGTHS = """
insert into bad
select s.rowid, 'mixed_lengths', d.shortest || ' and ' || d.longest
from staged s join days d using (point, channel, day)
where d.shortest <> d.longest and s.fault is null and s.rowid not in (select rid from bad)"""
_DOUBLED = """
create or replace temp table doubled as
with same as (
  select s.rowid as rid, s.point, s.channel, s.starts_at, s.version, s.micro, s.is_estimated
  from staged s
  semi join (select point, channel, day from days where rows > slots) d using (point, channel, day)
  where s.fault is null and s.rowid not in (select rid from bad)
),
judged as (
  select rid, row_number() over (partition by point, channel, starts_at order by version desc, rid) as place,
    version < max(version) over (partition by point, channel, starts_at) as is_older,
    count(distinct (micro, is_estimated)) over (partition by point, channel, starts_at, version) as contents
  from same
)
select rid,
  case when contents > 1 then 'conflict_in_file' when is_older or place > 1 then 'doubled' end as code
from judged where contents > 1 or place > 1"""


@dataclass(frozen=True, slots=True)
class Known:
    """A partition of the lake that may hold keys of the file."""

    paths: tuple[Path, ...]
    medium: str
    dso_code: str
    delivery_month: date


def judge(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``days``, ``bad`` and ``doubled`` of ``staged``."""
    connection.execute(_DAYS)
    connection.execute(_FAULTS)
    if first_row(connection, "select 1 from days where lowest_unit <> highest_unit limit 1") or (
        first_row(
            connection,
            "select 1 from days group by point, channel having min(lowest_unit) <> max(highest_unit) limit 1",
        )
    ):
        connection.execute(_UNITS)
    if first_row(connection, "select 1 from days where shortest <> longest limit 1"):
        connection.execute(_LENGTHS)
    connection.execute(_DOUBLED)
    connection.execute("insert into bad select rid, code, '' from doubled where code = 'conflict_in_file'")
    connection.execute("delete from doubled where code = 'conflict_in_file'")


def compare(connection: duckdb.DuckDBPyConnection, known: Known) -> bool:
    """Compare ``staged`` with what the lake holds of a partition; return whether both hold a same key.

    The same key and version with the same content is doubled, with another content a contradiction.
    """
    month = (
        f"s.day >= date '{known.delivery_month}' and s.day < date '{known.delivery_month}' + interval 1 month"
    )
    month += f" and s.point in ({points_of(known.medium, known.dso_code)})"
    connection.execute(
        f"""create or replace temp table met as
        select s.rowid as rid,
          max(l.version = s.version and l.micro = s.micro and l.is_estimated = s.is_estimated) as is_same,
          max(l.version = s.version and (l.micro <> s.micro or l.is_estimated <> s.is_estimated)) as is_other,
          max(l.version) as known_version
        from staged s join read_parquet({list_literal(list(known.paths))}) l
          on l.supply_point_id = s.point and l.channel = s.channel and l.starts_at = s.starts_at
        where {month} and s.fault is null
          and s.rowid not in (select rid from bad) and s.rowid not in (select rid from doubled)
        group by s.rowid"""
    )
    connection.execute("insert into bad select rid, 'version_conflict', '' from met where is_other")
    connection.execute("insert into doubled select rid, 'doubled' from met where is_same and not is_other")
    found = first_row(connection, "select 1 from met where not is_same and not is_other limit 1")
    return found is not None


def points_of(medium: str, dso_code: str) -> str:
    """Return the query of the supply points of a distributor."""
    return (
        f"select id from points where medium = {text_literal(medium)} and dso_code = {text_literal(dso_code)}"
    )


def has_faults(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether any row goes to quarantine."""
    found = first_row(connection, "select 1 from bad limit 1")
    return found is not None or first_row(connection, "select 1 from bad_lines limit 1") is not None
