"""Land files of market prices and gas conversion factors: versions in PostgreSQL, quarantine for the rest."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months, civil_day, hours_of_day, start_of_day
from operational.kernel.errors import DomainError
from operational.metering.formats.intervals.layouts import TableLayout
from operational.metering.formats.intervals.model import IntervalFileError
from operational.reference.market_prices import set_month_price
from orchestration.intervals import registry
from orchestration.intervals.lake import passing_folder
from orchestration.intervals.messages import refusal_text
from orchestration.intervals.results import Entry, LakeResult
from orchestration.intervals.sources import Source, digest, recognise

_SQL = Path(__file__).with_name("sql")
_STEPS = {"quarter": timedelta(minutes=15), "hour": timedelta(hours=1)}
_RESOLUTIONS = {15: "quarter", 60: "hour", 0: "month"}  # minutes of operational.market_indices
_FOUR = Decimal("0.0001")
_SECOND_HOUR_CLOCK = 2
_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class _Price:
    row_no: int
    index_code: str
    starts_at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class _Series:
    """Prices of one index; derived ones (hourly means) are not counted as rows of the file."""

    prices: list[_Price]
    resolution: str
    currency: str
    is_derived: bool = False

    @property
    def given(self) -> dict[str, object]:
        """Return the parameters of the statements."""
        return {
            "indexes": [one.index_code for one in self.prices],
            "starts": [one.starts_at for one in self.prices],
            "prices": [one.price for one in self.prices],
            "resolution": self.resolution, "currency": self.currency,
        }  # fmt: skip


class _Refused(Exception):
    """A row that goes to quarantine."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def land_prices_file(
    session: Session, *, path: Path, name: str = "", as_of: datetime, layout: str = ""
) -> LakeResult:
    """Take a file of market prices (day-ahead, RCE, RCEm): a changed price is a new version.

    Prices are PLN per MWh (EUR where the layout says so, for information). A hole in an hourly or 15-minute
    series gets an entry in quarantine and the rest is taken. The caller commits.
    """
    return _land(session, path, name or path.name, as_of, layout, record="market_prices", rest=_prices)


def land_factors_file(
    session: Session, *, path: Path, name: str = "", as_of: datetime, layout: str = ""
) -> LakeResult:
    """Take a file of gas conversion factors per area and month: a changed factor is a new version.

    Factors outside the range of the layout go to quarantine (rules.md 5.4 V12). The caller commits.
    """
    return _land(session, path, name or path.name, as_of, layout, record="conversion_factors", rest=_factors)


def _land(
    session: Session,
    path: Path,
    name: str,
    as_of: datetime,
    layout: str,
    *,
    record: str,
    rest: Callable[[Session, Source, TableLayout, LakeResult, datetime], LakeResult],
) -> LakeResult:
    registry.one_at_a_time(session)
    sha256 = digest(path)
    if known := registry.known_file(session, name=name, sha256=sha256):
        return known
    result = LakeResult("loaded", name, sha256, kind=record)
    with passing_folder() as passing:
        try:
            source = recognise(path, name=name, record=record, passing=passing, layout=layout)
            if source.layout is None or source.table is None:
                raise IntervalFileError("interval_format_unknown", f"{name} is no table of prices.")
            result.format = source.format
            return rest(session, source, source.layout, result, as_of)
        except DomainError as error:
            refused = replace(result, status="refused", code=error.code, message=str(error))
            return registry.refuse_file(session, refused, as_of=as_of)


def _rows(source: Source, layout: TableLayout) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and fields of each row, in our names."""
    text_of = (source.table or source.path).read_text(encoding="utf-8-sig")
    names = {header.casefold(): name for name, header in layout.columns.items()}
    for number, cells in enumerate(csv.reader(io.StringIO(text_of), delimiter=layout.delimiter), 1):
        if number > 1 and any(cell.strip() for cell in cells):
            found = zip(source.headers, cells, strict=False)
            row = {
                names[header.casefold()]: cell.strip() for header, cell in found if header.casefold() in names
            }
            yield number, {**layout.defaults, **row}


def _number(cell: str, layout: TableLayout, code: str) -> Decimal:
    try:
        found = Decimal(
            cell.replace(" ", "").replace("\u00a0", "").replace(",", ".")
            if layout.decimal_mark == ","
            else cell
        )
    except InvalidOperation:
        raise _Refused(code) from None
    if not found.is_finite():
        raise _Refused(code)
    return found


def _prices(
    session: Session, source: Source, layout: TableLayout, result: LakeResult, as_of: datetime
) -> LakeResult:
    found, entries = _read_prices(source, layout)
    found, more = _unique(found)
    entries += more
    indices = session.execute(text("select code, minutes from operational.market_indices"))
    lengths = {row.code: row.minutes for row in indices}
    found, more = _of_known_indexes(found, layout, lengths)
    result.rows_rejected = sum(entry.rows for entry in entries + more)
    entries += more
    series: list[_Series] = []
    for index_code, prices in _by_index(found).items():
        resolution = layout.resolution or _RESOLUTIONS.get(lengths.get(index_code, -1)) or _resolution(prices)
        entries += _holes(prices, resolution)
        named = [replace(one, index_code=index_code.format(resolution=resolution.upper())) for one in prices]
        series.append(_Series(named, resolution, layout.currency))
        if layout.hourly_mean_index and resolution == "quarter":
            series.append(
                _Series(_hourly_means(prices, layout.hourly_mean_index), "hour", layout.currency, True)
            )
    result.rows_accepted = sum(_changed(session, one) for one in series if not one.is_derived)
    result.rows_duplicate = len(found) - result.rows_accepted
    result.rows_read = len(found) + result.rows_rejected
    result.entries = _numbered(entries)
    result.file_id = registry.record_file(session, result, size=source.size, as_of=as_of)
    registry.quarantine(session, result.file_id, result.entries)
    for one in series:
        _store(session, one, result.file_id, as_of=as_of)
        if one.prices and lengths.get(one.prices[0].index_code) == 0:
            _settle_months(session, one, source.name, as_of=as_of)
    return result


def _by_index(found: Sequence[_Price]) -> dict[str, list[_Price]]:
    series: dict[str, list[_Price]] = defaultdict(list)
    for one in found:
        series[one.index_code].append(one)
    return series


def _read_prices(source: Source, layout: TableLayout) -> tuple[list[_Price], list[Entry]]:
    found: list[_Price] = []
    entries: list[Entry] = []
    for number, row in _rows(source, layout):
        try:
            factor = layout.units.get(row.get("unit", "").casefold()) if layout.units else Decimal(1)
            if factor is None:
                raise _Refused("unit_unknown")
            price = _number(row.get("price", ""), layout, "price_unreadable") * factor
            if not layout.lowest <= price <= layout.highest:
                raise _Refused("price_out_of_range", f"{price.normalize():f}")
            price = price.quantize(_FOUR, ROUND_HALF_UP)
            found.append(_Price(number, row.get("index_code", ""), _start(row, layout), price))
        except _Refused as error:
            entries.append(_entry(number, row, error))
    return found, entries


def _entry(number: int, row: dict[str, str], error: _Refused) -> Entry:
    reason, cure = refusal_text(error.code, error.detail)
    return Entry(number, ";".join(row.values()), error.code, reason, cure)


def _start(row: dict[str, str], layout: TableLayout) -> datetime:
    """Return the start in UTC of a price's time."""
    if "starts_at" in row:
        try:
            moment = datetime.fromisoformat(row["starts_at"])
        except ValueError:
            raise _Refused("time_unreadable") from None
        if layout.time == "offset":
            if moment.tzinfo is None:
                raise _Refused("offset_missing")
            return moment.astimezone(UTC)
        hours, minutes = layout.time[1:].split(":")
        shift = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if layout.time[0] == "-" else 1)
        return moment.replace(tzinfo=timezone(shift)).astimezone(UTC)
    try:
        day = _day(row.get("day", ""), layout)
    except ValueError:
        raise _Refused("time_unreadable") from None
    return start_of_day(day) if "hour" not in row else _hour_start(day, row["hour"], layout)


def _day(cell: str, layout: TableLayout) -> date:
    """Read a day; raise ValueError when the cell holds none."""
    return datetime.strptime(cell, layout.date_format).date()  # noqa: DTZ007 - a day of the calendar has no offset


def _hour_start(day: date, label: str, layout: TableLayout) -> datetime:
    """Return the start of an hour of a civil day by its label; 2A is the second 02-03 of October."""
    labels = [one.casefold() for one in layout.hours]
    wanted, is_second = label.casefold(), label.casefold() == layout.second_hour.casefold()
    if not is_second and wanted not in labels:
        raise _Refused("time_unreadable")
    clock = _SECOND_HOUR_CLOCK if is_second else labels.index(wanted)
    starts = [start_of_day(day) + timedelta(hours=place) for place in range(hours_of_day(day))]
    alike = [start for start in starts if _clock(start) == clock]
    if len(alike) <= int(is_second):
        raise _Refused("day_hours_wrong")
    return alike[int(is_second)]


def _clock(moment: datetime) -> int:
    begin = start_of_day(civil_day(moment))
    elapsed = int((moment - begin).total_seconds()) // 3600
    hours = hours_of_day(civil_day(moment))
    after_change = elapsed > _SECOND_HOUR_CLOCK if hours > 24 else elapsed >= _SECOND_HOUR_CLOCK
    return elapsed + (24 - hours if after_change else 0)


def _resolution(found: Sequence[_Price]) -> str:
    """Tell the resolution of a series by its smallest step."""
    starts = sorted({one.starts_at for one in found})
    steps = [later - earlier for earlier, later in pairwise(starts)]
    smallest = min(steps, default=timedelta(days=1))
    if smallest >= timedelta(days=27):
        return "month"
    return (
        "day" if smallest > timedelta(hours=1) else "hour" if smallest > timedelta(minutes=15) else "quarter"
    )


def _unique(found: Sequence[_Price]) -> tuple[list[_Price], list[Entry]]:
    """Drop repetitions; a time with several prices is refused whole."""
    prices: dict[tuple[str, datetime], list[_Price]] = defaultdict(list)
    for one in found:
        prices[one.index_code, one.starts_at].append(one)
    good = [same[0] for same in prices.values() if len({one.price for one in same}) == 1]
    bad = [one for same in prices.values() if len({one.price for one in same}) > 1 for one in same]
    row = [
        (one, {"index": one.index_code, "start": one.starts_at.isoformat(), "price": str(one.price)})
        for one in bad
    ]
    return good, [_entry(one.row_no, cells, _Refused("price_conflict")) for one, cells in row]


def _of_known_indexes(
    found: list[_Price], layout: TableLayout, known: Mapping[str, int]
) -> tuple[list[_Price], list[Entry]]:
    """Keep the prices of market indices; a layout with a default may bring a series for information."""
    if "index_code" in layout.defaults:
        return found, []
    bad = [one for one in found if one.index_code not in known]
    entries = [
        _entry(one.row_no, {"index": one.index_code}, _Refused("price_index_unknown", one.index_code))
        for one in bad
    ]
    return [one for one in found if one.index_code in known], entries


def _holes(found: Sequence[_Price], resolution: str) -> list[Entry]:
    """Return an entry per hole between the first and the last time of one index."""
    step = _STEPS.get(resolution)
    starts = sorted(one.starts_at for one in found)
    entries: list[Entry] = []
    for earlier, later in pairwise(starts):
        if (later - earlier > step) if step else _is_hole(earlier, later, resolution):
            detail = (
                f"{found[0].index_code} after {earlier:%Y-%m-%d %H:%M} UTC until {later:%Y-%m-%d %H:%M} UTC"
            )
            reason, cure = refusal_text("price_series_hole", detail)
            entries.append(Entry(0, detail, "price_series_hole", reason, cure, 0))
    return entries


def _is_hole(earlier: datetime, later: datetime, resolution: str) -> bool:
    day = civil_day(earlier)
    following = add_months(day, 1) if resolution == "month" else day + timedelta(days=1)
    return civil_day(later) > following


def _numbered(entries: Sequence[Entry]) -> list[Entry]:
    """Give entries that belong to no line negative numbers, one entry per line otherwise."""
    lines: dict[int, Entry] = {}
    for place, entry in enumerate(entries, 1):
        lines.setdefault(entry.row_no or -place, replace(entry, row_no=entry.row_no or -place))
    return list(lines.values())


def _hourly_means(found: Sequence[_Price], index_code: str) -> list[_Price]:
    """Return the mean of the quarters of each whole hour."""
    hours: dict[datetime, list[Decimal]] = defaultdict(list)
    for one in found:
        hours[one.starts_at.replace(minute=0)].append(one.price)
    return [
        _Price(0, index_code, start, (sum(prices, Decimal(0)) / _QUARTERS).quantize(_FOUR, ROUND_HALF_UP))
        for start, prices in hours.items()
        if len(prices) == _QUARTERS
    ]


def _changed(session: Session, series: _Series) -> int:
    """Count the prices that are new or different."""
    statement = text((_SQL / "changed_prices.sql").read_text(encoding="utf-8"))
    return int(session.execute(statement, series.given).scalar_one())


def _store(session: Session, series: _Series, file_id: int, *, as_of: datetime) -> None:
    """Write new and changed prices as versions."""
    statement = text((_SQL / "store_prices.sql").read_text(encoding="utf-8"))
    session.execute(statement, {**series.given, "file_id": file_id, "as_of": as_of})


def _settle_months(session: Session, series: _Series, name: str, *, as_of: datetime) -> None:
    """Let deposits be valued by the prices of whole months that a file brought (RES Act art. 4b)."""
    for one in series.prices:
        month = civil_day(one.starts_at).replace(day=1)
        set_month_price(
            session, index_code=one.index_code, month=month, price=one.price, source=name, as_of=as_of
        )


def _factors(
    session: Session, source: Source, layout: TableLayout, result: LakeResult, as_of: datetime
) -> LakeResult:
    entries: list[Entry] = []
    rows: dict[tuple[str, date], Decimal] = {}
    for number, row in _rows(source, layout):
        result.rows_read += 1
        try:
            factor = _number(row.get("factor", ""), layout, "factor_unreadable")
            if not layout.lowest <= factor <= layout.highest:
                raise _Refused("factor_out_of_range", f"{factor.normalize():f}")
            try:
                month = _day(row.get("month", ""), layout).replace(day=1)
            except ValueError:
                raise _Refused("factor_unreadable") from None
            rows[row["area_code"], month] = factor
        except _Refused as error:
            entries.append(_entry(number, row, error))
    given = {
        "areas": [area for area, _ in rows], "starts": [month for _, month in rows],
        "ends": [add_months(month, 1) for _, month in rows], "factors": list(rows.values()),
        "source": source.name, "as_of": as_of,
    }  # fmt: skip
    statement = text((_SQL / "store_factors.sql").read_text(encoding="utf-8"))
    result.rows_accepted = int(session.execute(statement, given).scalar_one())
    result.rows_rejected = len(entries)
    result.rows_duplicate = result.rows_read - result.rows_accepted - result.rows_rejected
    result.entries = _numbered(entries)
    result.file_id = registry.record_file(session, result, size=source.size, as_of=as_of)
    registry.quarantine(session, result.file_id, result.entries)
    return result
