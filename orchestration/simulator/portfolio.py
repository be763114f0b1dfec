"""A whole invented market of a supplier: plans of customers become portfolio rows and simulated points."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.random import Generator

from operational.crm.portfolio.rows import (
    ContractRow,
    ContractSupplyPointRow,
    ContractTermsRow,
    CustomerRow,
    InstallationRow,
    MeterRow,
    Portfolio,
    RegisterRow,
    SupplyPointRow,
    TermsRow,
)
from operational.kernel.calendar import add_months
from operational.kernel.identifiers import complete_supply_point_code
from orchestration.simulator.blueprint import FIRST_NUMBER, CustomerPlan, PointPlan
from orchestration.simulator.market import Market, Meter, Point
from orchestration.simulator.names import address, firm, nip, person
from orchestration.simulator.prices import add_prices
from orchestration.simulator.stories import story_customers

PREFIXES: Final = {"tauron": "590322", "pge": "590543", "enea": "590310", "energa": "590243",
    "stoen": "590380",
                   "psg": "590365500"}  # fmt: skip
_DSOS: Final = ("tauron", "pge", "enea", "energa", "stoen")
_DSO_SHARES: Final = (0.35, 0.30, 0.15, 0.10, 0.10)
_GROUPS: Final = ("G11", "G12", "G12w", "G13", "C11", "C12a", "C21", "B23", "gas", "public")
_GROUP_SHARES: Final = (0.53, 0.09, 0.09, 0.03, 0.08, 0.02, 0.03, 0.01, 0.115, 0.005)
_GAS: Final = (("W-1.1", 2100, 6), ("W-2.1", 9000, 2), ("W-3.6", 19_000, 2), ("W-3.12T", 24_000, 1))
_AREAS: Final = ("mazowsze", "malopolska", "wielkopolska", "pomorze")


def make_market(
    *, seed: int, supply_points: int, first: date, last: date, with_stories: bool = True
) -> tuple[Market, Portfolio]:
    """Return the market and its portfolio: story customers first, then invented ones up to ``supply_points``.

    The truth covers the days first..last. The same arguments give the same market, whatever ran before.
    """
    market, portfolio = Market(seed, first, last), Portfolio()
    add_prices(portfolio, first)
    plans = story_customers(first) if with_stories else []
    count = sum(len(plan.points) for plan in plans)
    rng = np.random.default_rng([seed, 1])
    while count < supply_points:
        plan = _random_customer(rng, FIRST_NUMBER + len(plans), first, supply_points - count)
        plans.append(plan)
        count += len(plan.points)
    building = np.random.default_rng([seed, 2])
    for plan in plans:
        build_customer(market, portfolio, plan, building)
    return market, portfolio


def _random_customer(rng: Generator, number: int, first: date, room: int) -> CustomerPlan:
    group = _GROUPS[int(rng.choice(len(_GROUPS), p=_GROUP_SHARES))]
    channel = ("ebok", "email", "letter")[int(rng.choice(3, p=(0.5, 0.4, 0.1)))]
    if group == "public" and room >= 3:
        points = tuple(_random_point(rng, g, first, is_steady=True) for g in ("C11", "C11", "C12a"))
        return CustomerPlan(
            str(number), "public", f"Gmina Zielony Las {number}", points, "FIRMA", nip=nip(number),
            channel=channel,
            contract_kind="supply_only", invoicing_rule="per_customer", payment_term_days=30,
        )  # fmt: skip
    group = "C11" if group == "public" else group
    point = _random_point(rng, group, first)
    if group[0] in "CB":
        return CustomerPlan(
            str(number), "business", firm(rng, number), (point,), "FIRMA",
            email=f"firma{number}@poczta.example",
            nip=nip(number), channel=channel,
            contract_kind="supply_only" if rng.random() < 0.1 else "comprehensive",
            invoicing_rule="per_contract", payment_term_days=21,
        )  # fmt: skip
    someone = person(rng, number)
    return CustomerPlan(
        str(number), "household", someone.name, (point,), "GAZ" if group == "gas" else "DOM",
        email=someone.email, pesel=someone.pesel, channel=channel,
    )  # fmt: skip


def _random_point(rng: Generator, group: str, first: date, *, is_steady: bool = False) -> PointPlan:
    start, end = first, None
    if not is_steady and rng.random() < 0.05:
        start = first + timedelta(days=int(rng.integers(20, 150)))
    if not is_steady and rng.random() < 0.03:
        end = first + timedelta(days=int(rng.integers(200, 330)))
    phases = 3 if rng.random() < 0.6 else 1
    if group == "gas":
        code, kwh, cycle = _GAS[int(rng.choice(len(_GAS), p=(0.2, 0.35, 0.35, 0.1)))]
        return PointPlan(
            code, "psg", int(kwh * rng.uniform(0.7, 1.3)), start, end, cycle_months=cycle, anchor=first,
            gas_area=_AREAS[int(rng.integers(len(_AREAS)))],
        )  # fmt: skip
    dso = "tauron" if group == "G13" else _DSOS[int(rng.choice(len(_DSOS), p=_DSO_SHARES))]
    if group == "C12a" and dso in ("tauron", "energa"):  # they have no such group
        dso = "pge"
    if group[0] == "G":
        cycle = 2 if rng.random() < 0.25 else 1
        anchor = add_months(first, -1) if cycle == 2 and rng.random() < 0.5 else first
        return PointPlan(
            group, dso, int(rng.lognormal(7.7, 0.45)), start, end, phases, cycle_months=cycle, anchor=anchor
        )
    use, power = {
        "C11": (rng.uniform(4000, 18_000), rng.integers(6, 17)), "C12a": (rng.uniform(8000, 25_000),
        rng.integers(8, 17)),
        "C21": (rng.uniform(90_000, 300_000), rng.integers(45, 120)),
        "B23": (rng.uniform(500_000, 2_000_000), rng.integers(150, 600)),
    }[group]  # fmt: skip
    return PointPlan(group, dso, int(use), start, end, 3, Decimal(int(power)))


def build_customer(market: Market, portfolio: Portfolio, plan: CustomerPlan, rng: Generator) -> None:
    """Add a planned customer: rows of the portfolio and simulated points."""
    home = address(rng, plan.points[0].dso, with_flat=plan.kind == "household")
    contract, since = f"U/{plan.number}", min(point.start for point in plan.points)
    signed = since - timedelta(days=int(rng.integers(14, 40)))
    portfolio.customers.append(
        CustomerRow(plan.number, plan.kind, plan.name, home, since, plan.nip, plan.pesel, None, plan.email,
                    invoice_channel=plan.channel)
    )  # fmt: skip
    portfolio.contracts.append(ContractRow(contract, plan.number, plan.contract_kind, signed))
    lead = plan.points[0]
    portfolio.contract_terms.append(
        ContractTermsRow(contract, plan.price_list, lead.anchor or market.first, since, None,
            lead.cycle_months,
                         plan.payment_term_days, plan.invoicing_rule)
    )  # fmt: skip
    for number, planned in enumerate(plan.points):
        place = home if number == 0 else address(rng, planned.dso, with_flat=False)
        point = _make_point(market, plan, planned, rng)
        market.points.append(point)
        portfolio.supply_points.append(SupplyPointRow(point.code, point.medium, point.dso, place))
        portfolio.terms.append(_terms(plan, planned, point.code))
        # The end of a supply is not known when the contract begins; it comes as a change (changes.py).
        portfolio.contract_supply_points.append(ContractSupplyPointRow(contract, point.code, point.start))
        portfolio.meters.extend(MeterRow(meter.serial, point.medium) for meter in point.meters[:1])
        for meter in point.meters[:1]:
            portfolio.registers.extend(
                RegisterRow(meter.serial, zone, point.unit, meter.digits) for zone in point.zones
            )
            portfolio.installations.append(InstallationRow(meter.serial, point.code, meter.first_day))


def _terms(plan: CustomerPlan, planned: PointPlan, code: str) -> TermsRow:
    return TermsRow(
        code, planned.group, Decimal(planned.annual_kwh),
        "household" if plan.kind == "household" else "business",
        planned.start, None, planned.phases, planned.power_kw,
        planned.capacity_mode, planned.metering_mode, planned.gas_area,
    )  # fmt: skip


def _make_point(market: Market, plan: CustomerPlan, planned: PointPlan, rng: Generator) -> Point:
    index = len(market.points)
    prefix = PREFIXES[planned.dso]
    code = complete_supply_point_code(f"{prefix}{index + 1:0{17 - len(prefix)}d}")
    meters = tuple(_meters(planned, index, rng)) if planned.has_meter else ()
    return Point(
        index, code, plan.number, f"U/{plan.number}", planned.medium, planned.dso, planned.group,
        planned.annual_kwh,
        "heat" if planned.medium == "gas" else "home" if planned.group[0] == "G" else "business",
        planned.zones,
        planned.start, planned.end, planned.cycle_months, planned.anchor or market.first,
        planned.metering_mode, meters, plan.story, planned.wants_imperfection, planned.minutes,
        planned.generated_kwh, planned.has_reactive,
    )  # fmt: skip


def _meters(planned: PointPlan, index: int, rng: Generator) -> Iterator[Meter]:
    letter = "G" if planned.medium == "gas" else "E"
    digits = planned.digits
    if planned.initial is not None:
        initial = planned.initial
    else:  # one meter in a hundred is about to roll over to zero
        initial = (
            10**digits - int(rng.integers(50, 400)) if rng.random() < 0.01 else int(rng.integers(0, 60_000))
        )
    values = dict.fromkeys(planned.zones, initial)
    first = Meter(f"{letter}{index + 1:08d}", planned.start, None, values, digits)
    if planned.exchange_on is None:
        yield first
        return
    yield replace(first, last_day=planned.exchange_on - timedelta(days=1))
    yield Meter(f"{letter}{index + 1:08d}N", planned.exchange_on, None, dict.fromkeys(planned.zones, 3), 6)
