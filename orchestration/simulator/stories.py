"""The customers that demonstrations and the README name, always under the same numbers.

A story is told by data alone: what the distributor sends, when the contract begins, how the customer pays.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from operational.kernel.calendar import add_months
from orchestration.simulator.blueprint import CustomerPlan, PointPlan
from orchestration.simulator.names import nip

FACTORY_KW: Final = Decimal(60)
SHOP_KW: Final = Decimal(14)


@dataclass(frozen=True, slots=True)
class Story:
    """A line for the README: who, under which customer number, and what to look at."""

    number: str
    key: str
    title: str


STORIES: Final = (
    Story("100001", "family", "a family with one rate (G11), its meter rolls over to zero"),
    Story("100002", "weekend_rate", "a household with cheap nights and weekends (G12w)"),
    Story("100003", "shop", "a shop (C11) with contracted power and a monthly bill"),
    Story("100004", "factory", "a factory (C21): billed volumes, 60 kW, capacity fee per kWh"),
    Story("100005", "gas_home", "a house heated with gas (W-3.6): cubic metres become kWh"),
    Story("100006", "estimate_corrected", "the distributor estimates a reading, then corrects it"),
    Story("100007", "price_change", "the price changes in the middle of a month"),
    Story("100008", "start_and_end", "supply starts and ends in the middle of a month"),
    Story("100009", "meter_exchange", "the meter is exchanged"),
    Story("100010", "late_payer", "pays every bill weeks late"),
    Story("100011", "partial_payer", "pays in two parts"),
    Story("100012", "over_payer", "rounds every payment up to full hundreds"),
    Story("100013", "unmatched_payer", "pays to the common account without a number: suspense"),
    Story("100014", "public_body", "a municipality with three points on one invoice, sale only"),
    Story("100015", "missing_reading", "a reading does not come: estimated by us, corrected when it comes"),
    Story("100016", "late_price", "a price corrected back in time: corrections of bills already issued"),
    Story("100017", "below_last", "the last reading lies below the one before: parked, waits for a person"),
)  # fmt: skip


def story_customers(first: date) -> list[CustomerPlan]:
    """Return the story customers; ``first`` is the first day of the first simulated month."""

    def home(number: str, name: str, story: str, point: PointPlan, price_list: str = "DOM") -> CustomerPlan:
        mail = f"klient{number}@poczta.example"
        return CustomerPlan(number, "household", name, (point,), price_list, story, mail, channel="email")

    def g11(annual_kwh: int, dso: str = "tauron", **more: object) -> PointPlan:
        plain = PointPlan("G11", dso, annual_kwh, first, phases=3, wants_imperfection=False)
        return _replace(plain, **more)

    def day(months: int, number: int) -> date:
        return add_months(first, months).replace(day=number)

    school = [
        PointPlan(group, "pge", kwh, first, power_kw=power, wants_imperfection=False)
        for group, kwh, power in (
            ("C11", 9000, SHOP_KW),
            ("C11", 6500, Decimal(10)),
            ("C12a", 12000, SHOP_KW),
        )
    ]
    return [
        home("100001", "Barbara i Jan Kowalczyk", "family", g11(2500, initial=99_860, digits=5)),
        home("100002", "Łucja Wiśniewska", "weekend_rate",
             PointPlan("G12w", "pge", 4200, first, phases=3, wants_imperfection=False)),
        CustomerPlan("100003", "business", "Sklep Spożywczy Rumianek", (
            PointPlan("C11", "pge", 14000, first, power_kw=SHOP_KW, wants_imperfection=False),), "FIRMA",
            "shop",
            "sklep@rumianek.example", nip=nip(13), channel="email"),
        CustomerPlan("100004", "business", "Zakłady Stolarskie Dąb sp. z o.o.", (
            PointPlan("C21", "tauron", 220_000, first, power_kw=FACTORY_KW, wants_imperfection=False),),
            "FIRMA",
            "factory", "faktury@dab.example", nip=nip(14), channel="email", payment_term_days=21),
        home("100005", "Paweł Źródlak", "gas_home",
             PointPlan("W-3.6", "psg", 21_000, first, cycle_months=2, gas_area="malopolska",
                       wants_imperfection=False), "GAZ"),
        home("100006", "Ewa Śliwińska", "estimate_corrected", g11(3100)),
        home("100007", "Michał Łuczak", "price_change", g11(2900, "pge"), "DOM-ZMIANA"),
        home("100008", "Zofia Mróz", "start_and_end", g11(1800, start=day(2, 12), end=day(8, 18))),
        home("100009", "Józef Czajka", "meter_exchange", g11(2700, exchange_on=day(4, 20))),
        home("100010", "Iwona Pęczak", "late_payer", g11(2300)),
        home("100011", "Sławomir Żak", "partial_payer", g11(3600)),
        home("100012", "Anna Gołębiowska", "over_payer", g11(2100)),
        home("100013", "Tomasz Brzozowski", "unmatched_payer", g11(2600)),
        CustomerPlan("100014", "public", "Gmina Jasne Pole", tuple(school), "FIRMA", "public_body",
                     "urzad@jasnepole.example", nip=nip(15), contract_kind="supply_only",
                     invoicing_rule="per_customer", payment_term_days=30),
        home("100015", "Agnieszka Wójcik", "missing_reading", g11(2800)),
        home("100016", "Grzegorz Dąbrowski", "late_price", g11(3300), "DOM-POMYLKA"),
        home("100017", "Bożena Zielińska", "below_last", g11(2400, "enea")),
    ]  # fmt: skip


def _replace(plan: PointPlan, **changes: object) -> PointPlan:
    from dataclasses import replace

    return replace(plan, **changes)  # type: ignore[arg-type]
