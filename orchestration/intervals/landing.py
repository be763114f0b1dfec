"""Land a file of intervals: from its bytes to Parquet, registry and quarantine, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.metering.formats.intervals.model import CHANNELS
from operational.metering.formats.intervals.nem import nem13_volumes
from operational.metering.operations import land_readings_file
from orchestration.intervals import judging, registry
from orchestration.intervals.civil import make_civil
from orchestration.intervals.lake import connection, first_row, folder, passing_folder, text_literal
from orchestration.intervals.messages import refusal_text
from orchestration.intervals.results import Entry, LakeResult
from orchestration.intervals.sources import Source, digest, lines_of, recognise
from orchestration.intervals.staging import stage

MOST_ENTRIES = 1000
"""Entries of one file in the quarantine; more of them are told as a number."""
_NAMES = {number: name for name, number in CHANNELS.items()}
_GOOD = "fault is null and rowid not in (select rid from bad) and rowid not in (select rid from doubled)"
_TROUBLED = "select 1 from bad union all select 1 from doubled limit 1"
_GAPS = """
with good as ({good}),
span as (
  select point, channel, min(day) as first_day, max(day) as last_day, min(minutes) as minutes,
    max(s.medium) as medium
  from good g join (select point, max(medium) as medium from days group by point) s using (point) group by all
),
wanted as (
  select s.point, s.channel, s.minutes, h.day, h.hours * 60 // s.minutes as expected
  from span s
  join (select day, 'electricity' as medium, max(hours_of_day)::integer as hours from civil group by day
        union all select gas_day, 'gas', max(hours_of_gas_day)::integer from civil group by gas_day) h
    on h.medium = s.medium and h.day between s.first_day and s.last_day
),
missing as (
  select w.point, w.channel, w.day, w.expected, coalesce(g.have, 0) as have
  from wanted w left join good g using (point, channel, day) where coalesce(g.have, 0) < w.expected
)
select p.code, m.channel, min(m.day) as first_day, max(m.day) as last_day,
  sum(m.expected - m.have) as lacking,
  string_agg(strftime(m.day, '%Y-%m-%d') || ': ' || m.have || ' of ' || m.expected, ', ' order by m.day)
    filter (where m.place <= 5) as told, count(*) as days
from (select *, row_number() over (partition by point, channel order by day) as place from missing) m
join points p on p.id = m.point group by all order by 1, 2 limit {limit}"""


def land_intervals_file(
    session: Session,
    *,
    path: Path,
    name: str = "",
    as_of: datetime,
    layout: str = "",
    point: str = "",
    again: bool = False,
    threads: int | None = None,
) -> LakeResult:
    """Take a file of intervals: Parquet from the good rows, quarantine for the others.

    The format is found by the content;
    ``layout`` names one instead, ``point`` the supply point of a file that names none.
    The same bytes a second time write nothing,
    unless ``again`` asks for the rows that could not be taken then.
    A file that cannot be read at all goes to raw.rejected_files and no error is raised.
    The caller commits; Parquet files of a transaction that is rolled back are never read.
    NEM13 becomes billed volumes.
    """
    name = name or path.name
    registry.one_at_a_time(session)
    sha256 = digest(path)
    known = registry.known_file(session, name=name, sha256=sha256)
    if known and not again:
        return known
    if known:
        sha256 = f"{sha256}#{registry.times_taken(session, sha256=sha256) + 1}"
    result = LakeResult("loaded", name, sha256)
    with passing_folder() as passing, connection(passing, threads=threads) as duck:
        try:
            source = recognise(
                path, name=name, record="intervals", passing=passing, layout=layout, point=point
            )
            if source.kind == "nem13":
                return _accumulated(session, source, as_of=as_of)
            result.format = source.format
            return _land(session, duck, source, result, as_of=as_of)
        except DomainError as error:
            refused = replace(result, status="refused", code=error.code, message=str(error))
            return registry.refuse_file(session, refused, as_of=as_of)


def _accumulated(session: Session, source: Source, *, as_of: datetime) -> LakeResult:
    """Land a NEM13 file as billed volumes: it holds no intervals."""
    found = land_readings_file(session, content=nem13_volumes(source.path), name=source.name, as_of=as_of)
    entries = [Entry(row.row_no, row.content, row.code, row.reason, row.cure) for row in found.rejected]
    return LakeResult(
        found.status, found.name, found.sha256, found.file_id, found.kind, found.format, found.rows_read,
        found.rows_accepted, found.rows_rejected, found.rows_duplicate, 0, entries, found.code, found.message,
    )  # fmt: skip


def _land(
    session: Session, duck: duckdb.DuckDBPyConnection, source: Source, result: LakeResult, *, as_of: datetime
) -> LakeResult:
    with result.timed("prepare"):
        make_civil(duck)
        duck.register("points", registry.supply_points(session))
    overlays = _judged(session, duck, source, result, with_rows=source.layout is None)
    if judging.has_faults(duck) and source.layout is not None:
        overlays = _judged(session, duck, source, result, with_rows=True)
    with result.timed("judge"):
        _count(duck, result)
        result.entries = [*_refused(duck, source), *_gaps(duck)]
    result.file_id = registry.record_file(session, result, size=source.size, as_of=as_of)
    registry.quarantine(session, result.file_id, result.entries)
    with result.timed("write"):
        result.partitions = _write(session, duck, result, overlays, as_of=as_of)
    return result


def _judged(
    session: Session, duck: duckdb.DuckDBPyConnection, source: Source, result: LakeResult, *, with_rows: bool
) -> set[tuple[str, date, str]]:
    """Stage and judge the rows; return the partitions that already hold keys of the file."""
    with result.timed("read"):
        stage(duck, source, with_rows=with_rows)
    with result.timed("judge"):
        judging.judge(duck)
        overlays = set()
        for medium, dso_code, month, first_day, last_day in _places(duck):
            known = registry.overlapping(
                session, folder=folder(), medium=medium, month=month, dso_code=dso_code,
                first_day=first_day, last_day=last_day,
            )  # fmt: skip
            paths = tuple(one.path for one in known)
            if known and judging.compare(duck, judging.Known(paths, medium, dso_code, month)):
                overlays.add((medium, month, dso_code))
    return overlays


def _places(duck: duckdb.DuckDBPyConnection) -> list[tuple[str, str, date, date, date]]:
    return duck.execute(
        "select medium, place, date_trunc('month', day)::date, min(day), max(day) from days"
        " group by 1, 2, 3 order by 1, 2, 3"
    ).fetchall()


def _count(duck: duckdb.DuckDBPyConnection, result: LakeResult) -> None:
    def number(sql: str) -> int:
        found = first_row(duck, sql)
        return int(found[0]) if found else 0

    broken = number("select count(*) from bad_lines")
    result.rows_read = number("select count(*) from staged") + broken
    result.rows_rejected = number("select count(distinct rid) from bad") + broken
    result.rows_duplicate = number(
        "select count(distinct rid) from doubled where rid not in (select rid from bad)"
    )
    result.rows_accepted = result.rows_read - result.rows_rejected - result.rows_duplicate


def _refused(duck: duckdb.DuckDBPyConnection, source: Source) -> list[Entry]:
    """Return the entries of refused rows: one per line, unknown supply points one per code."""
    rows = duck.execute(
        """select s.row_no, b.code, b.detail, count(*)
        from bad b join staged s on s.rowid = b.rid where b.code <> 'unknown_supply_point' group by all
        union all
        select min(s.row_no), b.code, coalesce(s.unknown_code, '?') as detail, count(*)
        from bad b join staged s on s.rowid = b.rid where b.code = 'unknown_supply_point' group by all
        union all
        select row_no, 'line_broken', '', 1 from bad_lines order by 1, 2"""
    ).fetchall()
    numbers = {int(row[0]) for row in rows[:MOST_ENTRIES]}
    lines = lines_of(source.table, numbers) if source.table else {}
    entries: dict[int, Entry] = {}
    for number, code, detail, count in rows[:MOST_ENTRIES]:
        reason, cure = refusal_text(code, detail or "")
        shown = lines.get(int(number), detail or "")
        entries.setdefault(int(number), Entry(int(number), shown, code, reason, cure, int(count)))
    if len(rows) > MOST_ENTRIES:
        reason, cure = refusal_text("more_rows", str(sum(int(row[3]) for row in rows[MOST_ENTRIES:])))
        entries[0] = Entry(0, "", "more_rows", reason, cure, sum(int(row[3]) for row in rows[MOST_ENTRIES:]))
    return list(entries.values())


def _gaps(duck: duckdb.DuckDBPyConnection) -> list[Entry]:
    """Return an entry per point and direction whose days lack intervals; a correction is no whole day."""
    if first_row(duck, "select 1 from days where highest_version > 1 limit 1"):
        return []
    troubled = first_row(duck, _TROUBLED)
    good = (
        "select point, channel, day, count(distinct starts_at) as have, min(minutes) as minutes"
        f" from staged where {_GOOD} group by all"
        if troubled
        else "select point, channel, day, slots as have, shortest as minutes from days"
    )
    found = duck.execute(_GAPS.format(good=good, limit=MOST_ENTRIES)).fetchall()
    entries = []
    for number, (code, channel, first_day, last_day, lacking, told, days) in enumerate(found, 1):
        more = f" and {days - 5} more days" if days > 5 else ""
        reason, cure = refusal_text("interval_gap", f"{code}, {_NAMES[channel]}, {told}{more}")
        content = f"{code};{_NAMES[channel]};{first_day};{last_day};{lacking}"
        entries.append(Entry(-number, content, "interval_gap", reason, cure, 0))
    return entries


def _write(
    session: Session,
    duck: duckdb.DuckDBPyConnection,
    result: LakeResult,
    overlays: set[tuple[str, date, str]],
    *,
    as_of: datetime,
) -> int:
    """Write a Parquet file per partition and its row of the registry; return how many."""
    written = 0
    for medium, dso_code, month, _, _ in _places(duck):
        place = Path("intervals") / f"medium={medium}" / f"month={month:%Y-%m}" / f"dso={dso_code}"
        path = folder() / place / f"{result.file_id}-{uuid4().hex[:8]}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        _copy(duck, path, result.file_id or 0, medium=medium, dso_code=dso_code, month=month)
        written += _record(
            session, duck, path, (medium, month, dso_code), result.file_id or 0,
            is_overlay=(medium, month, dso_code) in overlays, as_of=as_of,
        )  # fmt: skip
    return written


def _copy(
    duck: duckdb.DuckDBPyConnection, path: Path, file_id: int, *, medium: str, dso_code: str, month: date
) -> None:
    troubled = first_row(duck, _TROUBLED)
    duck.execute(
        f"""copy (
          select point as supply_point_id, day, channel, starts_at, minutes, micro, is_estimated, version,
            {file_id}::integer as file_id
          from staged where point in ({judging.points_of(medium, dso_code)})
            and day >= date '{month}' and day < date '{month}' + interval 1 month
            and {_GOOD if troubled else "fault is null"}
          order by day, channel, supply_point_id, starts_at
        ) to {text_literal(path)} (format parquet, compression zstd)"""
    )


def _record(
    session: Session,
    duck: duckdb.DuckDBPyConnection,
    path: Path,
    place: tuple[str, date, str],
    file_id: int,
    *,
    is_overlay: bool,
    as_of: datetime,
) -> int:
    facts: Sequence[object] | None = first_row(
        duck,
        "select count(*), count(distinct supply_point_id), min(day), max(day), min(version), max(version)"
        f" from read_parquet({text_literal(path)})",
    )
    if facts is None or not facts[0]:
        path.unlink()
        return 0
    session.execute(
        text(
            """insert into raw.interval_partitions (file_id, medium, delivery_month, dso_code, path, rows,
              supply_points, first_day, last_day, lowest_version, highest_version, is_overlay, size_bytes,
              recorded_at)
            values (:file_id, :medium, :month, :dso, :path, :rows, :points, :first, :last, :low, :high,
              :overlay, :size, :as_of)"""
        ),
        {
            "file_id": file_id, "medium": place[0], "month": place[1], "dso": place[2],
            "path": path.relative_to(folder()).as_posix(), "rows": facts[0], "points": facts[1],
            "first": facts[2], "last": facts[3], "low": facts[4], "high": facts[5], "overlay": is_overlay,
            "size": path.stat().st_size, "as_of": as_of,
        },
    )  # fmt: skip
    return 1
