"""The invented supplier's products and price lists, with energy prices near those of the public tariffs."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from operational.crm.portfolio.rows import Portfolio, PriceListItemRow, PriceListRow, ProductRow

SOURCE: Final = "price list of the demonstration supplier, invented"
PRODUCTS: Final = (
    ProductRow("DOM", "Prąd dla domu", "electricity"),
    ProductRow("FIRMA", "Prąd dla firmy", "electricity"),
    ProductRow("GAZ", "Gaz dla domu", "gas"),
)
PRICE_LISTS: Final = (
    PriceListRow("DOM", "Prąd dla domu 2025/2026", "DOM"),
    PriceListRow("DOM-ZMIANA", "Prąd dla domu, cena zmienna", "DOM"),
    PriceListRow("DOM-POMYLKA", "Prąd dla domu, osiedle Pogodne", "DOM"),
    PriceListRow("FIRMA", "Prąd dla firmy 2025/2026", "FIRMA"),
    PriceListRow("GAZ", "Gaz dla domu 2025/2026", "GAZ"),
)
# group, zone, net price with excise in the second half of 2025 and from 2026 on
_HOME: Final = (
    ("G11", "all", "0.5050", "0.5020"), ("G12", "day", "0.5050", "0.5480"), ("G12", "night", "0.5050",
    "0.4180"),
    ("G12w", "peak", "0.5050", "0.6270"), ("G12w", "offpeak", "0.5050", "0.4180"),
    ("G13", "morning_peak", "0.5050", "0.4718"), ("G13", "afternoon_peak", "0.5050", "0.7830"),
    ("G13", "other", "0.5050", "0.4260"),
)  # fmt: skip
_FIRM: Final = (
    ("C11", "all", "0.6890", "0.6690"), ("C12a", "peak", "0.7350", "0.7150"), ("C12a", "offpeak", "0.5840",
    "0.5640"),
    ("C21", "all", "0.6090", "0.5890"), ("B23", "morning_peak", "0.6320", "0.6150"),
    ("B23", "afternoon_peak", "0.7910", "0.7680"), ("B23", "other", "0.4980", "0.4820"),
)  # fmt: skip
_TRADE_FEES: Final = (("C11", "15.00"), ("C12a", "35.00"), ("C21", "49.00"), ("B23", "99.00"))
_GAS_FEES: Final = (("W-1.1", "3.30"), ("W-2.1", "5.40"), ("W-3.6", "6.30"), ("W-3.12T", "6.30"))


def add_prices(portfolio: Portfolio, first: date) -> None:
    """Add products, price lists and items that hold from ``first`` on; energy changes on 1 January 2026."""
    portfolio.products.extend(PRODUCTS)
    portfolio.price_lists.extend(PRICE_LISTS)
    for price_list in ("DOM", "DOM-ZMIANA", "DOM-POMYLKA"):
        portfolio.price_list_items.extend(_energy(price_list, _HOME, first))
    portfolio.price_list_items.extend(_energy("FIRMA", _FIRM, first))
    portfolio.price_list_items.extend(
        _item("FIRMA", "trade_fee", "month", fee, first, group=group) for group, fee in _TRADE_FEES
    )
    portfolio.price_list_items.append(_item("GAZ", "gas_fuel", "kwh", "0.20426", first, zone="all"))
    portfolio.price_list_items.extend(
        _item("GAZ", "gas_subscription", "month", fee, first, group=group) for group, fee in _GAS_FEES
    )


def _energy(
    price_list: str, prices: tuple[tuple[str, str, str, str], ...], first: date
) -> Iterator[PriceListItemRow]:
    change = max(first, date(2026, 1, 1))
    for group, zone, before, after in prices:
        if first < change:
            yield _item(price_list, "energy_active", "kwh", before, first, change, group=group, zone=zone)
        yield _item(price_list, "energy_active", "kwh", after, change, group=group, zone=zone)


def _item(
    price_list: str, charge: str, unit: str, price: str, *period: date, group: str = "", zone: str = ""
) -> PriceListItemRow:
    start, end = period[0], period[1] if len(period) > 1 else None
    return PriceListItemRow(price_list, charge, unit, Decimal(price), start, end, group, zone, SOURCE)
