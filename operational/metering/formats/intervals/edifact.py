"""EDIFACT MSCONS: load curves with a time per value, or a start and a length per series.

The decimal mark of UNA is honoured: a quantity has no thousands separator, so comma and point mean the same.
Clocks of meters stray: a value whose written times miss the grid of the file belongs to the place in which
it starts (20:16 to 20:30 among quarters is the quarter of 20:15), and where a series has exactly as many values
as the time it declares has places, each stands at its place.
"""  # noqa: E501

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydifact.segmentcollection import RawSegmentCollection

from operational.metering.formats.intervals.model import (
    CHANNELS,
    RESOLUTIONS,
    Interval,
    IntervalFileError,
    micro,
    plain_code,
)

_OBIS = re.compile(r"^\d-\d*:(?P<quantity>\d+)\.\d+\.\d+")
_QUANTITIES = {"1": "import", "2": "export", "3": "inductive", "5": "inductive", "4": "capacitive", "8": "capacitive"}  # fmt: skip  # noqa: E501
# 46 and 220 true value; the others stand for a value that was not measured so.
_TRUE, _ESTIMATED = {"46", "220"}, {"67", "79", "187", "201"}
_WITH_OFFSET = "303"


@dataclass(slots=True)
class _Series:
    """Where the reader stands: the point, the quantity, and the time of the next value."""

    code: str = ""
    channel: int = 0
    begin: datetime | None = None
    end: datetime | None = None
    minutes: int = 0
    quantity: tuple[str, str, str] | None = None
    quantity_from: datetime | None = None
    inside: bool = False
    row_no: int = 0


def read_mscons(content: bytes, *, file_name: str) -> Iterator[Interval]:
    """Yield the intervals of all messages; raise IntervalFileError for what is no MSCONS or is cut off."""
    for declared, found in _all_series(_segments(content, file_name), file_name):
        usual = Counter(interval.minutes for interval in found).most_common(1)
        minutes = usual[0][0] if usual else RESOLUTIONS[0]
        step = timedelta(minutes=minutes)
        if declared and declared[1] - declared[0] == len(found) * step:
            # As many values as the declared time has places: the order is right even where a time is not.
            for place, interval in enumerate(found):
                yield replace(interval, starts_at=declared[0] + place * step, minutes=minutes)
            continue
        for interval in found:
            late = timedelta(minutes=interval.starts_at.minute % minutes)
            stray = interval.minutes != minutes and minutes in RESOLUTIONS
            yield (
                replace(interval, starts_at=interval.starts_at - late, minutes=minutes) if stray else interval
            )


def _all_series(
    segments: list[tuple[str, list[Any]]], file_name: str
) -> Iterator[tuple[tuple[datetime, datetime] | None, list[Interval]]]:
    """Yield what each series (LIN) declares as its time, and its intervals as they are written."""
    if not any(tag == "UNT" for tag, _ in segments):
        raise _broken(file_name, 0, "the message has no end (UNT)")
    series, found = _Series(), list[Interval]()
    for number, (tag, elements) in enumerate(segments, 1):
        series.row_no = number
        if tag in ("UNT", "LIN"):
            found += _sequential(series, file_name)
            if found:
                yield (series.begin, series.end) if series.begin and series.end else None, found
            found, series.inside, series.quantity = [], False, None
        if tag == "UNH":
            series = _Series(row_no=number)
        elif tag in ("LOC", "LIN", "PIA"):
            _head(series, tag, elements)
        elif tag == "QTY":
            found += _sequential(series, file_name)
            kind, value, unit = (str(part) for part in [*_parts(elements, 0), "", ""][:3])
            series.quantity = (kind, value, unit)
            series.inside, series.quantity_from = True, None
        elif tag == "DTM":
            found += _time(series, _parts(elements, 0), file_name)


def _segments(content: bytes, file_name: str) -> list[tuple[str, list[Any]]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydifact warns of lists it lacks; nothing is checked with them
            found = RawSegmentCollection.from_str(content.decode("latin-1"))
            return [(segment.tag, list(segment.elements)) for segment in found.segments]
    except (ValueError, SyntaxError, LookupError, EOFError, TypeError) as error:
        raise _broken(file_name, 0, f"it is not EDIFACT ({error})") from error


def _head(series: _Series, tag: str, elements: list[Any]) -> None:
    """A new point or a new series begins."""
    if tag == "LOC" and str(elements[0]) == "172":
        series.code = plain_code(str(_parts(elements, 1)[-1]))
        series.channel = 0
    elif tag == "LIN":
        series.channel = 0
    elif tag == "PIA":
        for part in _parts(elements, 1):
            if match := _OBIS.match(str(part)):
                series.channel = CHANNELS.get(_QUANTITIES.get(match["quantity"], ""), 0)


def _time(series: _Series, parts: list[Any], file_name: str) -> Iterator[Interval]:
    kind, text, pattern = (str(part) for part in [*parts, "", "", ""][:3])
    if kind == "672":
        series.minutes = int(text)
    elif kind == "163":
        moment = _moment(text, pattern, file_name, series.row_no)
        if series.inside:
            series.quantity_from = moment
        else:
            series.begin = moment
    elif kind == "164" and not series.inside:
        series.end = _moment(text, pattern, file_name, series.row_no)
    elif kind == "164" and series.quantity and series.quantity_from:
        until = _moment(text, pattern, file_name, series.row_no)
        minutes = int((until - series.quantity_from).total_seconds()) // 60
        yield _interval(series, series.quantity, series.quantity_from, minutes, file_name)
        series.quantity = None


def _sequential(series: _Series, file_name: str) -> Iterator[Interval]:
    """Give the value before its place in the series when it has no time of its own."""
    if series.quantity is None:
        return
    if series.begin is None or not series.minutes:
        raise _broken(file_name, series.row_no, "a quantity has neither a time nor a place in a series")
    yield _interval(series, series.quantity, series.begin, series.minutes, file_name)
    series.begin += timedelta(minutes=series.minutes)
    series.quantity = None


def _interval(
    series: _Series, quantity: tuple[str, str, str], start: datetime, minutes: int, file_name: str
) -> Interval:
    qualifier, text, unit = quantity
    if qualifier not in _TRUE | _ESTIMATED:
        raise _broken(file_name, series.row_no, f"the kind of quantity {qualifier} is not known")
    if not series.channel or not series.code:
        raise _broken(file_name, series.row_no, "no supply point (LOC+172) or no OBIS code of energy (PIA)")
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise _broken(file_name, series.row_no, f"'{text}' is no quantity") from error
    reactive = series.channel >= CHANNELS["inductive"]
    found = micro(value, unit or ("kvarh" if reactive else "kwh"), file_name=file_name, place=f"segment {series.row_no}")  # fmt: skip  # noqa: E501
    return Interval(
        series.code, start, minutes, series.channel, found, qualifier in _ESTIMATED, series.row_no
    )


def _moment(text: str, pattern: str, file_name: str, row_no: int) -> datetime:
    """Read `YYYYMMDDHHMM+ZZ` (303); a time without offset has no place in UTC and is refused."""
    match = re.fullmatch(r"(\d{12})([+-]\d{2})", text)
    if pattern != _WITH_OFFSET or match is None:
        raise IntervalFileError(
            "interval_offset_missing",
            f"{file_name}, segment {row_no}: the time '{text}' carries no UTC offset (format 303). "
            "Ask the sender for times with their offset.",
        )
    local = datetime.strptime(match[1] + match[2] + "00", "%Y%m%d%H%M%z")
    return local.astimezone(UTC).replace(tzinfo=None)


def _parts(elements: list[Any], index: int) -> list[Any]:
    """Return the components of an element, of which a single one comes bare."""
    if index >= len(elements):
        return [""]
    found = elements[index]
    return list(found) if isinstance(found, list) else [found]


def _broken(file_name: str, row_no: int, what: str) -> IntervalFileError:
    place = f", segment {row_no}" if row_no else ""
    return IntervalFileError(
        "interval_file_broken", f"{file_name}{place}: {what}. Ask the sender for the file again."
    )
