"""The customers of the full market: one or two of every kind of product and group, and what is special."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np

from operational.crm.portfolio.rows import Portfolio, PriceListItemRow, PriceListRow
from operational.kernel.calendar import add_months
from orchestration.simulator.blueprint import ZONES, CustomerPlan, PointPlan
from orchestration.simulator.full.truth import Truth, truth_of
from orchestration.simulator.market import Market, Point
from orchestration.simulator.names import nip
from orchestration.simulator.portfolio import build_customer
from orchestration.simulator.prices import SOURCE, add_prices

FIRST_NUMBER: Final = 300_001
# One of each kind that is billed in a way of its own.
SMALL: Final = frozenset({
    "Filip Wymieniony", "Irena z Serwisem", "Gazownik W-2.1", "Kamila Godzinowa", "Norbert Zdalny",
    "Olga Słoneczna", "Stefan Nowy", "Urszula Magazynowa", "Tartak Sosna sp. z o.o.", "Reklama Świetlna",
    "Gmina Cichy Zakątek", "Fabryka Kotłów Płomień S.A.",
})  # fmt: skip
_PRICE_LISTS: Final = (
    PriceListRow("DOM-PLUS", "Prąd dla domu, cena umowna powyżej maksymalnej", "DOM"),
    PriceListRow("DYN", "Prąd po cenie godzinowej", "DOM"),
    PriceListRow("DYN15", "Prąd po cenie 15-minutowej, nie poniżej zera", "DOM"),
    PriceListRow("DYN-FIRMA", "Prąd dla firmy po cenie godzinowej", "FIRMA"),
)
_PLUS: Final = (
    ("G11", "all", "0.6210"), ("G12", "day", "0.6640"), ("G12", "night", "0.5120"),
    ("G12w", "peak", "0.7010"), ("G12w", "offpeak", "0.4890"),
)  # fmt: skip
_FIRM: Final = (
    ("R", "all", "0.7100"), ("B21", "all", "0.5620"), ("B22", "peak", "0.6810"), ("B22", "offpeak", "0.4920"),
    ("C22a", "peak", "0.7230"), ("C22a", "offpeak", "0.5310"), ("C23", "morning_peak", "0.6440"),
    ("C23", "afternoon_peak", "0.8020"), ("C23", "other", "0.5060"), ("A23", "morning_peak", "0.5910"),
    ("A23", "afternoon_peak", "0.7340"), ("A23", "other", "0.4530"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Special:
    """What is special about a customer: prosumer scheme and kW, components (kind, code, value), a share."""

    scheme: str = ""
    installed_kw: Decimal = Decimal(0)
    has_opted_in: bool = False
    components: tuple[tuple[str, str, str], ...] = ()
    oze_share: Decimal | None = None


@dataclass
class FullMarket:
    """The market, its portfolio, what is special about customers, and the truth of interval meters."""

    market: Market
    portfolio: Portfolio
    specials: dict[str, Special] = field(default_factory=dict)

    @cached_property
    def truths(self) -> dict[str, Truth]:
        """Return the truth of the points with interval meters, by code."""
        return {point.code: truth_of(self.market, point) for point in self.interval_points}

    @property
    def interval_points(self) -> list[Point]:
        """Return the points that are billed from interval data."""
        return [point for point in self.market.points if point.has_intervals]

    def special(self, point: Point) -> Special:
        """Return what is special about the customer of a point."""
        return self.specials.get(point.customer_number, Special())


def make_full_market(
    *, seed: int, first: date, last: date, names: frozenset[str] | None = None
) -> FullMarket:
    """Return the full market with the truth of the days first..last; the same arguments give the same one.

    ``names`` keeps only these customers (for tests: ``SMALL``).
    """
    market, portfolio = Market(seed, first, last), Portfolio()
    add_prices(portfolio, first)
    portfolio.price_lists.extend(_PRICE_LISTS)
    portfolio.price_list_items.extend(_items(first))
    full = FullMarket(market, portfolio)
    rng = np.random.default_rng([seed, 21])
    plans = [found for found in _plans(first) if names is None or found[0].name in names]
    for place, (plan, special) in enumerate(plans):
        number = str(FIRST_NUMBER + place)
        full.specials[number] = special
        build_customer(market, portfolio, plan(number), rng)
    return full


def _items(first: date) -> Iterator[PriceListItemRow]:
    for group, zone, price in _PLUS:
        yield PriceListItemRow(
            "DOM-PLUS", "energy_active", "kwh", Decimal(price), first, None, group, zone, SOURCE
        )
    for group, zone, price in _FIRM:
        yield PriceListItemRow(
            "FIRMA", "energy_active", "kwh", Decimal(price), first, None, group, zone, SOURCE
        )
    for name, fee in (("DYN", "24.90"), ("DYN15", "19.90"), ("DYN-FIRMA", "49.90")):
        yield PriceListItemRow(name, "trade_fee", "month", Decimal(fee), first, None, "", "", SOURCE)


class _Plan:
    """A customer whose number is given when its place in the market is known."""

    def __init__(
        self, kind: str, name: str, points: tuple[PointPlan, ...], price_list: str, **more: object
    ) -> None:
        self.kind, self.name, self.points, self.price_list, self.more = kind, name, points, price_list, more

    def __call__(self, number: str) -> CustomerPlan:
        mail = f"klient{number}@poczta.example"
        tax = None if self.kind == "household" else nip(int(number))
        return CustomerPlan(
            number, self.kind, self.name, self.points, self.price_list, email=mail, nip=tax, channel="ebok",
            **self.more,  # type: ignore[arg-type]
        )  # fmt: skip


def _home(name: str, point: PointPlan, price_list: str = "DOM") -> _Plan:
    return _Plan("household", name, (point,), price_list)


def _firm(name: str, *points: PointPlan, price_list: str = "FIRMA", **more: object) -> _Plan:
    return _Plan("business", name, points, price_list, payment_term_days=21, **more)


def _plans(first: date) -> Iterator[tuple[_Plan, Special]]:
    yield from _homes_of_registers(first)
    yield from _homes_of_intervals(first)
    yield from _prosumers(first)
    yield from _firms_of_registers(first)
    yield from _firms_of_intervals(first)


def _homes_of_registers(first: date) -> Iterator[tuple[_Plan, Special]]:
    none = Special()
    yield _home("Alicja Jednostrefowa", PointPlan("G11", "tauron", 2400, first, phases=3)), none
    yield _home("Bogdan Dwustrefowy", PointPlan("G12", "pge", 4100, first, phases=3)), none
    yield _home("Celina Weekendowa", PointPlan("G12w", "enea", 3900, first, phases=3)), none
    yield _home("Damian Trzystrefowy", PointPlan("G13", "tauron", 5200, first, phases=3)), none
    point = PointPlan("G11", "energa", 3600, first, cycle_months=2, anchor=first)
    yield _home("Edyta Dwumiesięczna", point, "DOM-PLUS"), none
    point = PointPlan(
        "G11",
        "stoen",
        2900,
        first,
        exchange_on=add_months(first, 1).replace(day=20),
        initial=99_700,
        digits=5,
    )
    yield _home("Filip Wymieniony", point, "DOM-PLUS"), none
    point = PointPlan("G12", "tauron", 3300, first, end=add_months(first, 2).replace(day=18))
    yield _home("Grażyna Wyprowadzona", point, "DOM-PLUS"), none
    yield (
        _home("Henryk Wprowadzony", PointPlan("G11", "pge", 2100, add_months(first, 1).replace(day=12))),
        none,
    )
    point = PointPlan("G11", "tauron", 3000, first, phases=3)
    yield _home("Irena z Serwisem", point), Special(components=(
        ("service_month", "serwis-24h", "12.90"), ("service_once", "pakiet-startowy", "49.00"),
        ("discount_month", "e-faktura", "5.00"),
    ))  # fmt: skip
    yield (
        _home("Jerzy z Upustem", PointPlan("G12w", "pge", 4400, first)),
        Special(components=(("discount_percent", "rodzina", "0.05"), ("discount_kwh", "zielony", "0.01"))),
    )
    for group, kwh, cycle, area in (
        ("W-1.1", 2300, 6, "mazowsze"), ("W-2.1", 8700, 2, "malopolska"),
        ("W-3.6", 19_500, 2, "wielkopolska"), ("W-3.12T", 23_000, 1, "pomorze"),
    ):  # fmt: skip
        point = PointPlan(group, "psg", kwh, first, cycle_months=cycle, anchor=first, gas_area=area)
        yield _home(f"Gazownik {group}", point, "GAZ"), none


def _homes_of_intervals(first: date) -> Iterator[tuple[_Plan, Special]]:
    none = Special()

    def metered(group: str, dso: str, kwh: int, minutes: int = 60, **more: int) -> PointPlan:
        return PointPlan(group, dso, kwh, first, phases=3, metering="intervals", minutes=minutes, **more)  # type: ignore[arg-type]

    yield _home("Kamila Godzinowa", metered("G11", "tauron", 3800), "DYN"), none
    yield _home("Leon Kwadransowy", metered("G12", "pge", 5200, 15), "DYN15"), none
    yield _home("Maria Zdalna", metered("G11", "enea", 2600), "DOM-PLUS"), none
    yield (
        _home("Norbert Zdalny", metered("G12w", "tauron", 4700, 15), "DOM-PLUS"),
        Special(components=(("discount_percent", "rodzina", "0.05"),)),
    )


def _prosumers(first: date) -> Iterator[tuple[_Plan, Special]]:
    def sunny(group: str, dso: str, kwh: int, made: int, minutes: int = 60) -> PointPlan:
        return PointPlan(
            group, dso, kwh, first, phases=3, metering="balanced", minutes=minutes, generated_kwh=made
        )

    def scheme(name: str, kw: int, *, opted: bool = False) -> Special:
        return Special(name, Decimal(kw), opted)

    rcem, rce, netting = "net_billing_rcem", "net_billing_rce", "net_metering"
    yield _home("Olga Słoneczna", sunny("G11", "pge", 4500, 5200)), scheme(rcem, 6)
    yield _home("Patryk Słoneczny", sunny("G12w", "tauron", 7200, 9300, 15), "DOM-PLUS"), scheme(rcem, 10)
    yield _home("Róża Kwadransowa", sunny("G11", "enea", 3900, 6100, 15)), scheme(rce, 7, opted=True)
    yield _home("Stefan Nowy", sunny("G12", "energa", 6100, 5000)), scheme(rce, 5)
    yield _home("Teresa Magazynowa", sunny("G11", "tauron", 4100, 4600)), scheme(netting, 8)
    yield _home("Urszula Magazynowa", sunny("G12w", "pge", 8800, 9900, 15)), scheme(netting, 15)


def _firms_of_registers(first: date) -> Iterator[tuple[_Plan, Special]]:
    none = Special()
    yield _firm("Kiosk Malwa", PointPlan("C11", "pge", 7000, first, phases=3, power_kw=Decimal(14))), none
    yield (
        _firm("Bar Pod Lipą", PointPlan("C12a", "enea", 16_000, first, phases=3, power_kw=Decimal(15))),
        none,
    )
    yield (
        _firm(
            "Tartak Sosna sp. z o.o.",
            PointPlan("C21", "tauron", 210_000, first, phases=3, power_kw=Decimal(80)),
        ),
        none,
    )
    yield (
        _firm(
            "Odlewnia Iskra S.A.", PointPlan("B23", "pge", 900_000, first, phases=3, power_kw=Decimal(260))
        ),
        none,
    )
    point = PointPlan("R", "stoen", 2600, first, power_kw=Decimal(3), metering="volumes")
    yield _firm("Reklama Świetlna", point), none
    yield _Plan("public", "Gmina Cichy Zakątek", (
        PointPlan("C11", "pge", 9000, first, phases=3, power_kw=Decimal(14)),
        PointPlan("C12a", "pge", 12_000, first, phases=3, power_kw=Decimal(15)),
        PointPlan("C21", "pge", 130_000, first, phases=3, power_kw=Decimal(60), metering="intervals"),
        PointPlan("C11", "pge", 5200, first, phases=3, power_kw=Decimal(10), metering="intervals"),
    ), "FIRMA", contract_kind="supply_only", invoicing_rule="per_customer",
        payment_term_days=30), none  # fmt: skip


def _firms_of_intervals(first: date) -> Iterator[tuple[_Plan, Special]]:
    none = Special()

    def plant(group: str, dso: str, kwh: int, kw: int, minutes: int, *, reactive: bool = False) -> PointPlan:
        return PointPlan(
            group, dso, kwh, first, phases=3, power_kw=Decimal(kw), metering="intervals", minutes=minutes,
            has_reactive=reactive,
        )  # fmt: skip

    yield _firm("Mleczarnia Łąka", plant("B21", "pge", 480_000, 90, 60, reactive=True)), none
    yield _firm("Chłodnia Mróz", plant("B22", "pge", 620_000, 200, 60)), none
    factory = plant("B23", "tauron", 1_400_000, 260, 15, reactive=True)
    yield _firm("Fabryka Kotłów Płomień S.A.", factory), Special(oze_share=Decimal("0.15"))
    yield _firm("Huta Szkła Kryształ S.A.", plant("A23", "tauron", 9_000_000, 2400, 15, reactive=True)), none
    yield _firm("Hotel Zacisze", plant("C22a", "pge", 160_000, 50, 60)), none
    yield _firm("Galeria Wiąz", plant("C23", "tauron", 240_000, 60, 15, reactive=True)), none
    point = PointPlan("C11", "tauron", 21_000, first, phases=3, power_kw=Decimal(16), metering="intervals")
    yield _firm("Piekarnia Bochenek", point, price_list="DYN-FIRMA"), none


def zones_of(group: str) -> tuple[str, ...]:
    """Return the zones of a group."""
    return ZONES.get(group, ("all",))
