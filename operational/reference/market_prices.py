"""Prices of the market: series per index, holes in them, and the import of our own CSV.

A price belongs to an index and a UTC start, so days of 23 and 25 hours need no care. Files of the
exchange and of the operator come through the inbox; here is the hand import for what is missing.
Format (UTF-8, semicolon or comma): ``index_code;starts_at;price`` with the start as
ISO 8601 with an offset and zloty per MWh.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import rows

HEADER: Final = ("index_code", "starts_at", "price")
_LIMIT: Final = Decimal(100_000)
_SHOWN_PROBLEMS: Final = 5


class PriceFileError(DomainError):
    """A price file that cannot be taken; the message names the first wrong rows; nothing was written."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = len(problems) - _SHOWN_PROBLEMS
        told = "; ".join(problems[:_SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        super().__init__(
            "invalid_price_file",
            f"The price file was not taken: {told}. Correct the rows and give the file again.",
        )


@dataclass(frozen=True, slots=True)
class ImportedPrices:
    """Rows of an import: new prices, corrected ones, and those that stood there already."""

    inserted: int
    corrected: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Series:
    """An index with what is known of it; ``missing`` counts intervals between first and last price."""

    code: str
    name_pl: str
    name_en: str
    minutes: int
    source: str
    prices: int
    first_start: datetime | None
    last_start: datetime | None
    missing: int


@dataclass(frozen=True, slots=True)
class Hole:
    """Intervals without a price between two that have one: [starts_at, ends_at)."""

    index_code: str
    starts_at: datetime
    ends_at: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class DayOfPrices:
    """A civil day of an index: how many prices it has, lowest, mean and highest in zloty per MWh."""

    day: date
    prices: int
    lowest: Decimal
    mean: Decimal
    highest: Decimal
    negative: int


@dataclass(frozen=True, slots=True)
class MonthPrice:
    """The price of a whole month of an index in zloty per MWh, as known now."""

    index_code: str
    month: date
    price: Decimal
    source: str
    recorded_at: datetime


_GAPS = """
  select index_code, starts_at + make_interval(mins => minutes) as starts_at, next_start as ends_at,
         (extract(epoch from next_start - starts_at) / 60 / minutes)::integer - 1 as missing
    from (select p.index_code, p.starts_at, i.minutes,
                 lead(p.starts_at) over (partition by p.index_code order by p.starts_at) as next_start
            from raw.market_prices p join operational.market_indices i on i.code = p.index_code
           where p.superseded_at is null and i.minutes > 0) one
   where next_start > starts_at + make_interval(mins => minutes)"""


def series(session: Session) -> list[Series]:
    """Return every index with its prices and the number of missing intervals."""
    return [
        Series(*row)
        for row in rows(
            session,
            f"with gaps as ({_GAPS}) select i.code, i.name_pl, i.name_en, i.minutes, i.source, count(p.id),"
            " min(p.starts_at), max(p.starts_at),"
            " coalesce((select sum(g.missing) from gaps g where g.index_code = i.code), 0)::integer"
            " from operational.market_indices i"
            " left join raw.market_prices p on p.index_code = i.code and p.superseded_at is null"
            " where i.minutes > 0 group by i.code order by i.code",
        )
    ]


def holes(session: Session, *, limit: int = 50) -> list[Hole]:
    """Return the holes in all series, newest first."""
    return [
        Hole(*row)
        for row in rows(
            session,
            f"select * from ({_GAPS}) gaps order by starts_at desc limit :limit",
            {"limit": limit},
        )
    ]


def days(session: Session, *, index_code: str, first_day: date, end_day: date) -> list[DayOfPrices]:
    """Return the civil days (Warsaw) of an index from ``first_day`` up to, without, ``end_day``."""
    return [
        DayOfPrices(*row)
        for row in rows(
            session,
            "select (starts_at at time zone 'Europe/Warsaw')::date, count(*), min(price),"
            " round(avg(price), 2),"
            " max(price), count(*) filter (where price < 0) from raw.market_prices"
            " where index_code = :code and superseded_at is null"
            " and starts_at >= cast(:first as timestamp) at time zone 'Europe/Warsaw'"
            " and starts_at < cast(:end as timestamp) at time zone 'Europe/Warsaw' group by 1 order by 1",
            {"code": index_code, "first": first_day, "end": end_day},
        )
    ]


def month_prices(session: Session, *, limit: int = 24) -> list[MonthPrice]:
    """Return the prices of whole months (RCEm), newest first."""
    return [
        MonthPrice(*row)
        for row in rows(
            session,
            "select index_code, valid_from, price_pln_per_mwh, source, recorded_at"
            " from operational.market_month_prices where superseded_at is null"
            " order by valid_from desc, index_code limit :limit",
            {"limit": limit},
        )
    ]


def set_month_price(
    session: Session, *, index_code: str, month: date, price: Decimal, source: str, as_of: datetime
) -> None:
    """Record the price of a month (its first day given), zloty per MWh; a correction closes the old version.

    The caller commits. Raises PriceFileError for an impossible price or an index without monthly prices.
    """
    if not price.is_finite() or abs(price) > _LIMIT or month.day != 1 or not source.strip():
        raise PriceFileError([f"{price} PLN/MWh for {month} without a source, or out of bounds"])
    given = {"code": index_code, "month": month, "price": price, "source": source.strip(), "at": as_of}
    known = rows(
        session, "select 1 from operational.market_indices where code = :code and minutes = 0", given
    )
    if not known:
        raise PriceFileError([f"index {index_code} has no monthly prices"])
    session.execute(
        text(
            "update operational.market_month_prices set superseded_at = :at where superseded_at is null"
            " and index_code = :code and valid_from = :month and price_pln_per_mwh <> :price"
        ),
        given,
    )
    session.execute(
        text(
            "insert into operational.market_month_prices (index_code, price_pln_per_mwh, valid_from,"
            " valid_to, source, recorded_at) select :code, :price, :month, cast(:month as date)"
            " + interval '1 month', :source, :at where not exists (select"
            " from operational.market_month_prices where index_code = :code and valid_from = :month"
            " and superseded_at is null)"
        ),
        given,
    )


def import_prices(session: Session, *, content: bytes, as_of: datetime) -> ImportedPrices:
    """Take prices from our CSV; the same file again changes nothing. The caller commits.

    Raises PriceFileError for an unknown index, a start without offset or off the grid of the index, a price
    that is no number or out of bounds, and two prices for one start.
    """
    minutes = {
        row.code: row.minutes
        for row in rows(session, "select code, minutes from operational.market_indices where minutes > 0")
    }
    parsed = _parsed(content, minutes)
    session.execute(
        text(
            "create temp table new_prices (index_code text, starts_at timestamptz, resolution text,"
            " price numeric) on commit drop"
        )
    )
    session.execute(
        text("insert into new_prices values (:code, :start, :resolution, :price)"),
        [
            {
                "code": code,
                "start": start,
                "resolution": "quarter" if minutes[code] == 15 else "hour",
                "price": price,
            }
            for (code, start), price in parsed.items()
        ],
    )
    closed = session.execute(
        text(
            "update raw.market_prices p set superseded_at = :at from new_prices n"
            " where p.superseded_at is null and p.index_code = n.index_code and p.starts_at = n.starts_at"
            " and p.price <> n.price returning p.id"
        ),
        {"at": as_of},
    ).all()
    added = session.execute(
        text(
            "insert into raw.market_prices (index_code, starts_at, resolution, price, currency, recorded_at)"
            " select n.index_code, n.starts_at, n.resolution, n.price, 'PLN', :at from new_prices n"
            " where not exists (select from raw.market_prices p where p.superseded_at is null"
            " and p.index_code = n.index_code and p.starts_at = n.starts_at) returning id"
        ),
        {"at": as_of},
    ).all()
    session.execute(text("drop table new_prices"))
    return ImportedPrices(len(added) - len(closed), len(closed), len(parsed) - len(added))


def _parsed(content: bytes, minutes: dict[str, int]) -> dict[tuple[str, datetime], Decimal]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise PriceFileError(["the file is not UTF-8"]) from None
    separator = ";" if lines and ";" in lines[0] else ","
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    if tuple(next(reader, ())) != HEADER:
        raise PriceFileError([f"the first row must be {separator.join(HEADER)}"])
    found: dict[tuple[str, datetime], Decimal] = {}
    problems: list[str] = []
    for number, cells in enumerate((cells for cells in reader if cells), start=2):
        try:
            code, start, price = _row(cells, minutes)
            if (code, start) in found:
                raise ValueError(f"{code} at {cells[1]} stands twice")
            found[code, start] = price
        except ValueError as problem:
            problems.append(f"row {number}: {problem}")
    if problems or not found:
        raise PriceFileError(problems or ["the file holds no price"])
    return found


def _row(cells: list[str], minutes: dict[str, int]) -> tuple[str, datetime, Decimal]:
    if len(cells) != len(HEADER):
        raise ValueError(f"{len(cells)} cells instead of {len(HEADER)}")
    code, shown, number = (cell.strip() for cell in cells)
    if code not in minutes:
        raise ValueError(f"'{code}' is no index; known are {', '.join(sorted(minutes))}")
    start = datetime.fromisoformat(shown)
    if start.tzinfo is None:
        raise ValueError(f"'{shown}' has no offset; write 2026-10-25T02:00+01:00 or ...Z")
    if start.timestamp() % (minutes[code] * 60):
        raise ValueError(f"'{shown}' is no start of an interval of {minutes[code]} minutes")
    try:
        price = Decimal(number.replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"'{number}' is no price") from None
    if not price.is_finite() or abs(price) > _LIMIT:
        raise ValueError(f"{number} PLN/MWh lies outside {-_LIMIT}..{_LIMIT}")
    return code, start, price
