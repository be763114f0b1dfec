"""Files of market prices (RDN, RCE, RCEm) and gas factors, with a hole and corrections.

Prices are invented from the seed, near those of the years they play in; where the reference data know the
monthly price, the file tells the same.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from operational.kernel.calendar import WARSAW, add_months, months
from operational.reference.tables import TABLES, read_table
from orchestration.simulator.dso import Delivery
from orchestration.simulator.full.customers import FullMarket
from orchestration.simulator.full.truth import Clock, clock

_HEADER: Final = "index_code,starts_at,price,unit"
_LOST_HOURS: Final = 7
_ONE_DAY: Final = timedelta(days=1)
_HOLE_EVERY, _CORRECTION_EVERY = 5, 4  # months


def price_files(full: FullMarket, month: date) -> list[Delivery]:
    """Return the files of prices about the month, in the order of their arrival."""
    files = [*_day_ahead(full, month), *_operator(full, month)]
    return sorted(files, key=lambda file: (file.received_at, file.name))


def factor_files(full: FullMarket) -> list[Delivery]:
    """Return one file a month of the gas factors that the reference data know; the same values again."""
    result = []
    for month in months(full.market.first, full.market.last + _ONE_DAY):
        rows = [
            f"{area};{month:%Y-%m};{str(factor).replace('.', ',')}"
            for (area, first), factor in sorted(known_factors().items())
            if first == month
        ]
        if rows:
            content = "\n".join(["Obszar (ORCS);Miesiąc;Współczynnik konwersji (kWh/m3)", *rows, ""])
            result.append(
                Delivery(
                    _at(add_months(month, 1), 2, 5),
                    f"psg_factors_{month:%Y-%m}.csv",
                    content.encode(),
                    "factors",
                )
            )
    return result


def prices_of(full: FullMarket, index_code: str) -> tuple[Clock, NDArray[np.int64]]:
    """Return the true prices of an index in 10^-2 PLN per MWh on the intervals of its clock."""
    market = full.market
    minutes = 60 if index_code == "RDN" else 15
    found = clock(market.first, market.last, minutes)
    quarters = _quarters(market.seed, market.first, market.last, 0 if index_code.startswith("RDN") else 1)
    if minutes == 60:
        return found, np.rint(quarters.reshape(-1, 4).mean(axis=1)).astype(np.int64)
    return found, quarters


@cache
def _quarters(seed: int, first: date, last: date, kind: int) -> NDArray[np.int64]:
    found = clock(first, last, 15)
    rng = np.random.default_rng([seed, 9, kind])
    clock_hour = found.hour + 0.5
    peak = 160 * np.exp(-(((clock_hour - 19) / 2.5) ** 2)) + 60 * np.exp(-(((clock_hour - 8) / 2.0) ** 2))
    noon = np.exp(-(((clock_hour - 13) / 2.5) ** 2))
    daily = rng.normal(0, 60, size=int(found.day.max()) + 1)[found.day]
    # Sunny days press the price at noon, sometimes below zero.
    sunny = np.maximum(rng.normal(150, 160, size=int(found.day.max()) + 1), 0)[found.day]
    price = 430 + daily + peak - noon * sunny * 1.6 + rng.normal(0, 15, len(clock_hour))
    result: NDArray[np.int64] = np.rint(price * 100).astype(np.int64)
    return result


def _day_ahead(full: FullMarket, month: date) -> Iterator[Delivery]:
    arrival, mended = _at(add_months(month, 1), 1, 7), _at(add_months(month, 1), 12, 6)
    for index_code in ("RDN", "RDN15"):
        found, values = prices_of(full, index_code)
        place = found.stretch(month, add_months(month, 1))
        rows = [
            f"{index_code},{label},{value / 100:.2f},PLN/MWh"
            for label, value in zip(found.labels[place], values[place].tolist(), strict=True)
        ]
        name = f"tge_{index_code.lower()}_{month:%Y-%m}"
        if index_code == "RDN" and _number(full, month) % _HOLE_EVERY == 1:  # hours are lost, then told
            kept = [*rows[:100], *rows[100 + _LOST_HOURS :]]
            yield _file(arrival, name, kept)
            yield _file(mended, f"{name}_complete", rows)
        else:
            yield _file(arrival, name, rows)


def _operator(full: FullMarket, month: date) -> Iterator[Delivery]:
    """RCE of the quarters, RCEm on the 11th, and now and then an RCEm corrected two months later."""
    found, values = prices_of(full, "RCE")
    place = found.stretch(month, add_months(month, 1))
    starts = [datetime.fromisoformat(label).astimezone(UTC) for label in found.labels[place]]
    rows = [
        f"{start:%Y-%m-%d %H:%M};{value / 100:.2f}".replace(".", ",")
        for start, value in zip(starts, values[place].tolist(), strict=True)
    ]
    content = "\n".join(["dtime_utc;rce_pln", *rows, ""]).encode()
    yield Delivery(_at(add_months(month, 1), 1, 8), f"pse_rce_{month:%Y-%m}.csv", content, "prices")
    price = month_price(full, month)
    first = price + 7 if _is_corrected(full, month) else price
    yield _monthly(_at(add_months(month, 1), 11, 9), f"pse_rcem_{month:%Y-%m}", month, first)
    if _is_corrected(full, month):
        yield _monthly(_at(add_months(month, 3), 4, 9), f"pse_rcem_{month:%Y-%m}_corrected", month, price)


def month_price(full: FullMarket, month: date) -> Decimal:
    """Return the final RCEm of a month, PLN per MWh."""
    known = _known_month_prices().get(month)
    if known is not None:
        return known
    found, values = prices_of(full, "RCE")
    noon = (found.hour >= 9) & (found.hour < 16)
    place = found.stretch(month, add_months(month, 1))
    mean = np.maximum(values[place][noon[place]], 0).mean()
    return (Decimal(int(mean)) / 100).quantize(Decimal("0.01"))


def _is_corrected(full: FullMarket, month: date) -> bool:
    return _number(full, month) % _CORRECTION_EVERY == 1 and month not in _known_month_prices()


def _monthly(arrival: datetime, name: str, month: date, price: Decimal) -> Delivery:
    content = f"Miesiąc;RCEm (PLN/MWh)\n{month:%Y-%m};{str(price).replace('.', ',')}\n"
    return Delivery(arrival, f"{name}.csv", content.encode(), "prices")


def _file(arrival: datetime, name: str, rows: list[str]) -> Delivery:
    return Delivery(arrival, f"{name}.csv", "\n".join([_HEADER, *rows, ""]).encode(), "prices")


def _number(full: FullMarket, month: date) -> int:
    first = full.market.first
    return (month.year - first.year) * 12 + month.month - first.month


def _at(month: date, day: int, hour: int) -> datetime:
    return datetime.combine(month.replace(day=day), time(hour), tzinfo=WARSAW)


@cache
def _known_month_prices() -> dict[date, Decimal]:
    table = next(table for table in TABLES if table.name == "market_month_prices")
    return {
        row.values["valid_from"]: Decimal(str(row.values["price_pln_per_mwh"])) for row in read_table(table)
    }


@cache
def known_factors() -> dict[tuple[str, date], Decimal]:
    """Return the kWh per cubic metre of the reference data by area and month."""
    table = next(table for table in TABLES if table.name == "gas_conversion_factors")
    return {
        (row.values["area_code"], row.values["valid_from"]): Decimal(str(row.values["factor_kwh_per_m3"]))
        for row in read_table(table)
    }
