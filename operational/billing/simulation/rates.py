"""Which rows of facts a simulation gives another price.

A price list is changed by a share or by a file; the law and distributors by a file in the layout of
operational/reference/data. A file names rows by their key, not by date: the price holds for every day that
the month's bills cover, as if it had always been so. A row that meets nothing is refused.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.money import round_half_up

PRICE_PLACES: Final = 8


class UselessSupposition(DomainError):
    """What is supposed names nothing that the portfolio knows, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Another price for a row of facts; PLN per unit of the row, or a VAT rate as a fraction."""

    fact: str
    fact_id: int
    price_before: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a file names rows of a table: columns it is told by, key columns, the column with the price."""

    fact: str
    marks: tuple[str, ...]
    keys: tuple[str, ...]
    value: str


_LAYOUTS: Final = (
    _Layout(
        "dso_rates",
        ("dso_code", "charge_code"),
        ("dso_code", "tariff_group", "charge_code", "zone_code", "phases", "unit"),
        "price",
    ),
    _Layout(
        "statutory_rates",
        ("charge_code",),
        ("charge_code", "tariff_prefix", "customer_class", "annual_kwh_range", "unit"),
        "price",
    ),
    _Layout("vat_rates", ("medium",), ("medium",), "rate"),
)
_LIST_KEYS: Final = ("tariff_group", "charge_code", "zone_code")


def changed_by_share(session: Session, *, price_list: str, percent: Decimal) -> list[Rate]:
    """Return every price of a list, by its code, changed by a number of percent; prices to 8 places."""
    found = _list_rows(session, price_list)
    factor = 1 + percent / 100
    return [
        Rate("price_list_items", row["id"], row["price"], round_half_up(row["price"] * factor, PRICE_PLACES))
        for row in found
    ]


def prices_of_file(session: Session, *, price_list: str, content: bytes, name: str) -> list[Rate]:
    """Return the prices of a CSV (charge_code, zone_code, tariff_group, price) for a price list."""
    rows = _read(content, name, needed=("charge_code", "price"))
    found = _list_rows(session, price_list)
    return _matched(rows, found, keys=_LIST_KEYS, value="price", fact="price_list_items", name=name)


def reference_of_file(session: Session, *, content: bytes, name: str) -> list[Rate]:
    """Return the rates of a CSV in the layout of dso_rates.csv, statutory_rates.csv or vat_rates.csv."""
    head = set(_read(content, name, needed=())[0])
    for layout in _LAYOUTS:
        if {*layout.marks, layout.value} <= head:
            break
    else:
        raise UselessSupposition(
            "simulation_file_unknown",
            f"The columns of {name} are those of no reference file. Use the head line of dso_rates.csv, "
            "statutory_rates.csv or vat_rates.csv.",
        )
    rows = _read(content, name, needed=(layout.value,))
    columns = ", ".join(f"coalesce({key}::text, '') as {key}" for key in layout.keys)
    found = session.execute(
        text(
            f"select id, {layout.value} as price, {columns} from operational.{layout.fact}"
            " where superseded_at is null"
        )
    ).mappings()
    return _matched(rows, list(found), keys=layout.keys, value=layout.value, fact=layout.fact, name=name)


def _list_rows(session: Session, code: str) -> Sequence[Any]:
    rows = session.execute(
        text(
            "select i.id, i.price, i.tariff_group, i.charge_code, i.zone_code"
            " from operational.price_list_items i join operational.price_lists l on l.id = i.price_list_id"
            " where l.code = :code and i.superseded_at is null"
        ),
        {"code": code},
    ).mappings()
    found = list(rows)
    if not found:
        raise UselessSupposition(
            "simulation_price_list_unknown",
            f"There is no price list {code} with prices. Its code stands on the page of its product.",
        )
    return found


def _read(content: bytes, name: str, *, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        told = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UselessSupposition(
            "simulation_file_broken", f"{name} is not UTF-8. Save it as UTF-8."
        ) from error
    head = told.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(told), delimiter=";" if head.count(";") > head.count(",") else ",")
    rows = [{(key or "").strip(): (value or "").strip() for key, value in row.items()} for row in reader]
    lacking = [column for column in needed if not rows or column not in rows[0]]
    if not rows or lacking:
        raise UselessSupposition(
            "simulation_file_broken",
            f"{name} holds no row with the columns {', '.join(needed) or 'of a reference file'}. "
            "The first line names the columns.",
        )
    return rows


def _matched(
    rows: Sequence[Mapping[str, str]],
    found: Sequence[Any],
    *,
    keys: Sequence[str],
    value: str,
    fact: str,
    name: str,
) -> list[Rate]:
    """Give each row of the file to the facts with its key; columns that the file lacks match any value."""
    rates: dict[int, Rate] = {}
    for number, row in enumerate(rows, start=2):
        named = {key: row[key] for key in keys if key in row}
        price = _decimal(row[value], name, number)
        hit = [one for one in found if all(str(one[key]) == wanted for key, wanted in named.items())]
        if not hit:
            key = ", ".join(f"{column}={wanted}" for column, wanted in named.items())
            raise UselessSupposition(
                "simulation_row_unknown",
                f"{name}, row {number}: nothing is known by {key}. Correct the row or leave it out.",
            )
        for one in hit:
            fact_id, before = int(one["id"]), Decimal(one["price"])
            if fact_id in rates:
                raise UselessSupposition(
                    "simulation_row_twice",
                    f"{name}, row {number}: the rate was named by an earlier row. "
                    "Keep the one that shall hold.",
                )
            rates[fact_id] = Rate(fact, fact_id, before, price)
    return list(rates.values())


def _decimal(told: str, name: str, number: int) -> Decimal:
    try:
        found = Decimal(told.replace(",", ".").replace(" ", ""))
    except InvalidOperation as error:
        raise UselessSupposition(
            "simulation_row_broken", f"{name}, row {number}: '{told}' is no number."
        ) from error
    if not found.is_finite() or abs(found) > 1_000_000:
        raise UselessSupposition("simulation_row_broken", f"{name}, row {number}: {told} is out of range.")
    return found
