"""From a file to the table ``staged`` of DuckDB: one row per interval, in UTC, judged for itself.

``staged`` has row_no (0 when it is not needed), point (id in the register),
unknown_code (when it has none), day, starts_at, minutes, channel, micro,
unit (number of the unit in the layout), is_estimated, version, fault.
Rows are judged for themselves here, against each other in `judging.py`.
"""

from collections.abc import Mapping
from decimal import Decimal

import duckdb
import pyarrow as pa

from operational.metering.formats.intervals.edifact import read_mscons
from operational.metering.formats.intervals.green_button import read_green_button
from operational.metering.formats.intervals.layouts import TableLayout
from operational.metering.formats.intervals.model import (
    CHANNELS,
    RESOLUTIONS,
    Interval,
    IntervalFileError,
    plain_code,
    regular,
)
from operational.metering.formats.intervals.nem import read_nem
from orchestration.intervals.lake import name_literal, text_literal
from orchestration.intervals.sources import Source

REJECTED_LINES = 100_000
FAULTS = (
    "unknown_supply_point", "offset_missing", "day_hours_wrong", "time_unreadable", "minutes_unknown",
    "off_grid", "channel_unknown", "unit_unknown", "value_unreadable", "negative_value", "version_unreadable",
)  # fmt: skip
"""What can be wrong with a row by itself; ``staged`` holds the place in this list, which is smaller."""
_MICRO = 1_000_000
_OPTIONAL = ("minutes", "unit", "quality", "version", "channel")
_LARGEST = 10**8  # kWh of one interval; more is a broken number
_OFFSET = "(substr(c.t, -6, 1) in ('+', '-') or (substr(c.t, -3, 1) in ('+', '-') and length(c.t) > 13))"


def stage(connection: duckdb.DuckDBPyConnection, source: Source, *, with_rows: bool) -> None:
    """Make ``staged`` of a file; the tables ``civil`` and ``points`` must be there.

    ``with_rows`` keeps line numbers, which costs time, so that it is done only when something is wrong.
    """
    connection.execute("drop table if exists staged; drop table if exists bad_lines")
    connection.execute("create temp table bad_lines (row_no bigint, content varchar)")
    if source.layout is None:
        _register_parsed(connection, source)
        cells = "select * from parsed"
    else:
        cells = _cells(source, source.layout, with_rows=with_rows)
    # DuckDB cannot tell how long a CSV file is, and would build the hash tables of the joins from it.
    connection.execute("set disabled_optimizers = 'build_side_probe_side'")
    connection.execute(f"create temp table staged as {_placed(cells, with_rows=with_rows)}")
    connection.execute("reset disabled_optimizers")
    if source.layout is not None:
        connection.execute(
            "insert into bad_lines select line, any_value(csv_line) from reject_errors group by line;"
            " drop table if exists reject_errors; drop table if exists reject_scans"
        )


def _placed(cells: str, *, with_rows: bool) -> str:
    """Give cells their supply point and day, and say what is wrong with those that have none."""
    unknown = "case when p.id is null then c.point_code end" if with_rows else "null::varchar"
    checks = (
        ("p.id is null", "unknown_supply_point"),
        ("c.starts_at is null or h.day is null", "time_unreadable"),
        (f"c.minutes is null or c.minutes not in ({', '.join(map(str, RESOLUTIONS))})", "minutes_unknown"),
        ("epoch_us(c.starts_at) % (c.minutes::bigint * 60000000) <> 0", "off_grid"),
        ("c.channel is null", "channel_unknown"),
        ("c.unit is null", "unit_unknown"),
        ("c.micro is null", "value_unreadable"),
        ("c.micro < 0", "negative_value"),
        ("c.version is null or c.version not between 1 and 9999", "version_unreadable"),
    )
    whens = [f"when {condition} then {fault_number(code)}" for condition, code in checks]
    whens.insert(1, "when c.fault is not null then c.fault")
    return f"""
      with cells as ({cells})
      select c.row_no, p.id as point, {unknown} as unknown_code,
        case when p.medium = 'gas' then h.gas_day else h.day end as day,
        c.starts_at, c.minutes, c.channel, c.micro, c.unit, c.is_estimated, c.version,
        cast(case {" ".join(whens)} end as tinyint) as fault
      from cells c
      left join points p on p.code = c.point_code
      left join civil h on h.starts_at = date_trunc('hour', c.starts_at)"""


def fault_number(code: str) -> int:
    """Return the place of a code in the list of faults, counted from 1."""
    return FAULTS.index(code) + 1


def _register_parsed(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    found = _parsed(source)
    columns = {
        "row_no": pa.array([one.row_no for one in found], pa.int64()),
        "point_code": pa.array([one.supply_point_code for one in found], pa.string()),
        "starts_at": pa.array([one.starts_at for one in found], pa.timestamp("us")),
        "minutes": pa.array([one.minutes for one in found], pa.int16()),
        "channel": pa.array([one.channel for one in found], pa.int8()),
        "micro": pa.array([one.micro for one in found], pa.int64()),
        "unit": pa.array([1] * len(found), pa.int8()),
        "is_estimated": pa.array([one.is_estimated for one in found], pa.bool_()),
        "version": pa.array([1] * len(found), pa.int32()),
        "fault": pa.array([None] * len(found), pa.int8()),
    }
    connection.register("parsed", pa.table(columns))


def _parsed(source: Source) -> list[Interval]:
    if source.kind == "mscons":
        found = read_mscons(source.path.read_bytes(), file_name=source.name)
    elif source.kind == "green_button":
        if not source.point:
            raise IntervalFileError(
                "interval_point_missing",
                f"{source.name} names no supply point of ours."
                " Say it with --point CODE, or call the file CODE__NAME.",
            )
        found = read_green_button(source.path.read_bytes(), file_name=source.name, code=source.point)
    else:
        found = read_nem(source.path)
    return regular(found, file_name=source.name)


# ----------------------------------------------------------------------------------------- tables of a layout
def _cells(source: Source, layout: TableLayout, *, with_rows: bool) -> str:
    if layout.point_from_name and not source.point:
        raise IntervalFileError(
            "interval_point_missing",
            f"{source.name} names no supply point. Say it with --point CODE, or call the file CODE__NAME.",
        )
    reader = _Reader(source, layout)
    base = reader.base(with_rows=with_rows)
    typed = {"long": reader.long, "channels": reader.channels, "points": reader.points, "hours": reader.hours}
    return f"with base as ({base}), cell as ({typed[layout.shape]()}) {reader.values()}"


class _Reader:
    """Writes the SQL of one layout and one header."""

    def __init__(self, source: Source, layout: TableLayout) -> None:
        self._source = source
        self._layout = layout
        self._found = {header.casefold(): header for header in source.headers}

    def base(self, *, with_rows: bool) -> str:
        """Read the table as text."""
        columns = ", ".join(
            f"{text_literal(header or '_time')}: 'varchar'" for header in self._source.headers
        )
        quote = "'\"'" if self._source.has_quotes else "''"
        number = "row_number() over () + 1" if with_rows else "0"
        parallel = ", parallel = false" if with_rows else ""
        return f"""select {number} as row_no, *
        from read_csv({text_literal(self._source.table)}, header = true, auto_detect = false,
          delim = {text_literal(self._layout.delimiter)}, quote = {quote}, escape = {quote},
          store_rejects = true, rejects_limit = {REJECTED_LINES}, new_line = '{self._source.line_end}',
          columns = {{{columns}}}{parallel})"""

    def _cell(self, name: str) -> str:
        """Return the column of a field as SQL, its default when the file has none, or null."""
        header = self._layout.columns.get(name)
        default = self._layout.defaults.get(name)
        if header is not None and header.casefold() in self._found:
            plain = name_literal(self._found[header.casefold()] or "_time")
            column = f"nullif({plain}, '')" if name in _OPTIONAL else plain
            return column if default is None else f"coalesce({column}, {text_literal(default)})"
        return "null" if default is None else text_literal(default)

    def _shared(self, *, point: bool = True) -> str:
        code = (
            text_literal(self._source.point)
            if self._layout.point_from_name
            else self._cell("supply_point_code")
        )
        return (f"{code} as point_code, " if point else "") + (
            f"row_no, {self._cell('minutes')} as minutes_text, {self._cell('quality')} as quality_text, "
            f"{self._cell('version')} as version_text, {self._cell('unit')} as unit_text"
        )

    def long(self) -> str:
        """One value per line."""
        return f"""select {self._shared()}, {self._cell("channel")} as channel_text,
          {self._cell("value")} as value_text, {self._cell("starts_at")} as t,
          {self._cell("day")} as day_text, {self._cell("hour")} as hour_text,
          cast(null as integer) as place, cast(null as tinyint) as day_fault from base"""

    def channels(self) -> str:
        """One column per channel; an empty cell is no value."""
        headers = [
            self._found[name.casefold()] for name in self._layout.channels if name.casefold() in self._found
        ]
        return self._unpivoted(headers, headers, f"{self._shared()}", "channel_text")

    def points(self) -> str:
        """One column per supply point."""
        known = self._layout.required_headers
        headers = [header for header in self._source.headers if header.casefold() not in known]
        codes = [plain_code(header) for header in headers]
        shared = f"{self._shared(point=False)}, {self._cell('channel')} as channel_text"
        return self._unpivoted(codes, headers, shared, "point_code")

    def _unpivoted(self, names: list[str], headers: list[str], shared: str, name: str) -> str:
        cells = ", ".join(f"nullif({name_literal(header)}, '')" for header in headers)
        return f"""select * from (
          select {shared}, {self._cell("starts_at")} as t, null as day_text, null as hour_text,
            cast(null as integer) as place, cast(null as tinyint) as day_fault,
            unnest([{", ".join(map(text_literal, names))}]) as {name}, unnest([{cells}]) as value_text
          from base)
          where value_text is not null"""

    def hours(self) -> str:
        """One line per day; a day that is not cut like the civil day is refused whole."""
        labels = [*self._layout.hours, *([self._layout.second_hour] if self._layout.second_hour else [])]
        labels = [label for label in labels if label.casefold() in self._found]
        cells = ", ".join(
            f"nullif(trim({name_literal(self._found[label.casefold()])}), '')" for label in labels
        )
        filled = "len(list_filter(cells, lambda x: x is not null))"
        if self._layout.second_hour:
            wrong = f"h.hours_of_day <> 24 and {filled} <> h.hours_of_day"
        else:
            numbered = "list_zip(range(1, len(cells) + 1), cells)"
            last = f"list_max(list_transform({numbered}, lambda x: if(x[2] is null, 0, x[1])))"
            wrong = f"{last} > h.hours_of_day or (h.hours_of_day <> 24 and {filled} <> h.hours_of_day)"
        day = f"cast(try_strptime(day_text, {text_literal(self._layout.date_format)}) as date)"
        names = ", ".join(text_literal(label) for label in labels)
        return f"""select * from (
          select b.* exclude (cells), unnest([{names}]) as hour_text,
            unnest(range(1, len(b.cells) + 1))::integer as place, unnest(b.cells) as value_text,
            case when {wrong} then {fault_number("day_hours_wrong")} end as day_fault
          from (select {self._shared()}, {self._cell("channel")} as channel_text, null as t,
              {self._cell("day")} as day_text, [{cells}] as cells from base) b
          left join (select distinct day, hours_of_day from civil) h on h.day = {day})
          where value_text is not null"""

    def values(self) -> str:
        """Turn the texts of cells into values; what cannot be turned is null."""
        layout = self._layout
        mark = "replace(value_text, ',', '.')" if layout.decimal_mark == "," else "value_text"
        start, joins, fault = self._time()
        factor = self._factor()
        estimated = self._estimated()
        # A double holds every number below 2^53 millionths exactly,
        # and is read ten times faster than a decimal.
        number = f"try_cast({mark} as double)"
        micro = number if factor == "1" else f"{number} * {factor}"
        return f"""
          select c.row_no, c.point_code, {start} as starts_at,
            try_cast(c.minutes_text as smallint) as minutes, {self._channel()} as channel,
            case when abs({number}) < {_LARGEST} then cast(round({micro} * {_MICRO}) as bigint) end as micro,
            {self._unit()} as unit, {estimated} as is_estimated,
            cast(
              coalesce(try_cast(c.version_text as integer), if(c.version_text is null, 1, null)) as integer
            ) as version,
            {fault} as fault
          from cell c {joins}"""

    def _time(self) -> tuple[str, str, str]:
        """Return the start in UTC, the joins it needs, and the fault that only the time can have."""
        layout = self._layout
        if layout.time == "local":
            if "starts_at" in layout.columns:
                raise IntervalFileError(
                    "meter_layout_invalid",
                    f"The layout {layout.name} has local times without the hour's label:"
                    " hour 02 comes twice in October.",
                )
            read = f"try_strptime(c.day_text, {text_literal(layout.date_format)})"
            day = f"h.day = cast({read} as date)"
            gone = (
                "case when c.day_fault is not null then c.day_fault"
                f" when h.starts_at is null and {read} is not null"
                f" then {fault_number('day_hours_wrong')} end"
            )
            if layout.second_hour:
                labels = ", ".join(
                    f"({text_literal(label.casefold())}, {clock}, false)"
                    for clock, label in enumerate(layout.hours)
                )
                labels += f", ({text_literal(layout.second_hour.casefold())}, 2, true)"
                joins = f"""left join (values {labels}) l (label, clock, is_second)
                    on l.label = lower(c.hour_text)
                  left join civil h on {day} and h.clock = l.clock and h.is_second = l.is_second"""
            else:
                joins = (
                    f"left join civil h on {day}"
                    " and h.position = coalesce(c.place, try_cast(c.hour_text as integer))"
                )
            return "h.starts_at", joins, gone
        if layout.time == "offset":
            # The end of the text is looked at first: DuckDB would take a time without offset for UTC.
            start = f"""case when suffix(c.t, 'Z') then try_cast(c.t as timestamp)
              when {_OFFSET} then cast(try_cast(c.t as timestamptz) as timestamp) end"""
            has = f"(suffix(c.t, 'Z') or {_OFFSET})"
            fault = (
                f"case when not {has} and try_cast(c.t as timestamp) is not null"
                f" then {fault_number('offset_missing')} end"
            )
            return start, "", fault
        hours, minutes = layout.time[1:].split(":")
        sign = "-" if layout.time[0] == "+" else "+"
        return (
            f"try_cast(c.t as timestamp) {sign} interval {int(hours) * 60 + int(minutes)} minute",
            "",
            "null",
        )

    def _channel(self) -> str:
        numbers = {word: CHANNELS[ours] for word, ours in self._layout.channels.items()}
        return f"cast({_word('c.channel_text', numbers)} as tinyint)"

    def _unit(self) -> str:
        named = "unit" in self._layout.columns or "unit" in self._layout.defaults
        if not self._layout.units or not named:
            return "cast(1 as tinyint)"
        numbers = {unit: number for number, unit in enumerate(self._layout.units, 1)}
        return f"cast({_word('c.unit_text', numbers)} as tinyint)"

    def _factor(self) -> str:
        factors = {unit: factor for unit, factor in self._layout.units.items() if factor != Decimal(1)}
        return f"coalesce({_word('c.unit_text', factors)}, 1)" if factors else "1"

    def _estimated(self) -> str:
        words = [word for word, ours in self._layout.words.get("quality", {}).items() if ours == "estimated"]
        if not words or "quality" not in self._layout.columns:
            return "false"
        return f"coalesce(lower(c.quality_text) in ({', '.join(map(text_literal, words))}), false)"


def _word(column: str, meanings: Mapping[str, object]) -> str:
    """Return the SQL that turns a word into its meaning, whatever its capitals; null for an unknown one."""
    folded = {word.casefold(): meaning for word, meaning in meanings.items()}
    whens = " ".join(f"when {text_literal(word)} then {meaning}" for word, meaning in folded.items())
    return f"case lower(trim({column})) {whens} end"
