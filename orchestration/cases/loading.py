"""Cases into a scratch database: portfolio, the case's own prices and tariff, readings and volumes.

Each case gets a distributor, a price list, a calorific area and a supply point of its own, named after its
number, so cases never see each other's prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio import rows
from operational.crm.portfolio.operations import import_portfolio
from operational.kernel.identifiers import complete_supply_point_code
from orchestration.cases import forecasts, market, network
from orchestration.cases.estimation import load_estimation
from orchestration.cases.format import Case, DsoRate, Price, Reading, Step, Volume

DAWN = datetime(2024, 1, 2, tzinfo=UTC)
_ADDRESS = rows.Address("Przykładowa", "1", "00-950", "Warszawa")
_NIP = "5260250274"


@dataclass(frozen=True, slots=True)
class Place:
    """The business keys of a case in the scratch database."""

    case: Case
    number: int

    @property
    def key(self) -> str:
        """Return the name of the case's distributor, price list, contract and area."""
        return f"case-{self.number}"

    @property
    def point_code(self) -> str:
        """Return the 18 digits of the supply point, with the check digit (GS1 mod 10)."""
        digits = self.case.supply_point_digits or f"59099999{self.number:09d}"
        return complete_supply_point_code(digits)

    @property
    def customer_number(self) -> str:
        """Return the number of the case's customer."""
        return str(90_000_000 + self.number)

    def serial(self, meter: int) -> str:
        """Return the serial number of the case's meter, counted from 1."""
        return f"{self.key}-meter-{meter}"


def load_portfolio(session: Session, *, places: Sequence[Place]) -> None:
    """Write everything that does not change from step to step, known since before every case."""
    session.execute(
        text("insert into operational.dsos (code, name, medium) values (:code, :code, :medium)"),
        [{"code": place.key, "medium": place.case.medium} for place in places],
    )
    portfolio = rows.Portfolio(
        products=[
            rows.ProductRow("case-electricity", "Cases", "electricity"),
            rows.ProductRow("case-gas", "Cases", "gas"),
        ]
    )
    for place in places:
        _add_crm(portfolio, place)
        _add_metering(portfolio, place)
    import_portfolio(session, rows=portfolio, as_of=DAWN)
    for place in places:
        load_prices(session, place=place, prices=place.case.prices, recorded_at=DAWN)
        load_dso_rates(session, place=place, rates=place.case.dso_rates, recorded_at=DAWN)
        network.load_network_terms(
            session, case=place.case, key=place.key, point_code=place.point_code, recorded_at=DAWN
        )
        market.load_market_terms(
            session, case=place.case, key=place.key, point_code=place.point_code, recorded_at=DAWN
        )
        forecasts.load_forecast(session, case=place.case, contract=place.key, recorded_at=DAWN)
        if place.case.estimation:
            load_estimation(
                session, rules=place.case.estimation, dso=place.key, medium=place.case.medium,
                tariff=place.case.terms[0].tariff_group, at=DAWN,
            )  # fmt: skip
        for factor in place.case.gas_factors:
            _insert(
                session,
                "gas_conversion_factors",
                {
                    "area_code": place.key,
                    "factor_kwh_per_m3": factor.factor,
                    "valid_from": factor.valid_from,
                    "valid_to": factor.valid_to,
                    "source": "case",
                    "recorded_at": DAWN,
                },
            )


def load_step(session: Session, *, place: Place, step: Step) -> None:
    """Write what becomes known in a step, recorded at its moment."""
    load_prices(session, place=place, prices=step.prices, recorded_at=step.moment)
    load_dso_rates(session, place=place, rates=step.dso_rates, recorded_at=step.moment)
    network.load_network_step(session, step=step, case=place.case, key=place.key, point_code=place.point_code)
    market.load_market_step(session, step=step, key=place.key, point_code=place.point_code)
    market.load_determinants(session, step=step, key=place.key, point_code=place.point_code)
    for reading in step.readings:
        _load_reading(session, place, reading, step.moment)
    for volume in step.volumes:
        _load_volume(session, place, volume, step.moment)
    forecasts.load_forecast_step(session, case=place.case, step=step, contract=place.key)


def load_prices(session: Session, *, place: Place, prices: Sequence[Price], recorded_at: datetime) -> None:
    """Write rows of the case's price list; rows of the same charge and zone that overlap are superseded."""
    for price in prices:
        keys = {"charge_code": price.charge, "zone_code": price.zone, "tariff_group": ""}
        owner = "price_list_id = (select id from operational.price_lists where code = :owner)"
        _supersede(
            session,
            table="price_list_items",
            owner=owner,
            keys={**keys, "owner": place.key},
            price=price,
            recorded_at=recorded_at,
        )
        session.execute(
            text(
                "insert into operational.price_list_items (price_list_id, charge_code, zone_code, unit,"
                " price, valid_from, valid_to, source, recorded_at) select id, :charge_code, :zone_code,"
                " :unit, :price, :valid_from, :valid_to, 'case', :recorded_at"
                " from operational.price_lists where code = :owner"
            ),
            {
                **keys,
                "owner": place.key,
                "unit": price.unit,
                "price": price.price,
                "valid_from": price.valid_from,
                "valid_to": price.valid_to,
                "recorded_at": recorded_at,
            },
        )


def load_dso_rates(
    session: Session, *, place: Place, rates: Sequence[DsoRate], recorded_at: datetime
) -> None:
    """Write rows of the case's distribution tariff; rows of the same key that overlap are superseded."""
    for rate in rates:
        keys = {
            "charge_code": rate.charge,
            "zone_code": rate.zone,
            "phases": rate.phases,
            "tariff_group": rate.tariff_group or place.case.terms[0].tariff_group,
            "settlement_months": rate.settlement_months,
        }
        _supersede(
            session,
            table="dso_rates",
            owner="dso_code = :owner",
            keys={**keys, "owner": place.key},
            price=rate,
            recorded_at=recorded_at,
        )
        _insert(
            session,
            "dso_rates",
            {
                **keys,
                "dso_code": place.key,
                "unit": rate.unit,
                "price": rate.price,
                "valid_from": rate.valid_from,
                "valid_to": rate.valid_to,
                "source": "case",
                "recorded_at": recorded_at,
            },
        )


def _supersede(
    session: Session,
    *,
    table: str,
    owner: str,
    keys: Mapping[str, object],
    price: Price,
    recorded_at: datetime,
) -> None:
    matches = " and ".join(f"{column} = :{column}" for column in keys if column != "owner")
    session.execute(
        text(
            f"update operational.{table} set superseded_at = :recorded_at where superseded_at is null"
            f" and {owner} and {matches}"
            " and daterange(valid_from, valid_to) && daterange(:valid_from, cast(:valid_to as date))"
        ),
        {**keys, "valid_from": price.valid_from, "valid_to": price.valid_to, "recorded_at": recorded_at},
    )


def _load_reading(session: Session, place: Place, reading: Reading, recorded_at: datetime) -> None:
    given = {
        "serial": place.serial(reading.meter),
        "zone": reading.zone,
        "day": reading.day,
        "point": place.point_code,
        "value": reading.value,
        "kind": reading.kind,
        "reason": reading.reason,
        "recorded_at": recorded_at,
    }
    register = (
        "(select r.id from operational.registers r join operational.meters m on m.id = r.meter_id "
        "where m.serial = :serial and r.zone_code = :zone)"
    )
    session.execute(
        text(
            f"update operational.readings set superseded_at = :recorded_at where superseded_at is null"
            f" and register_id = {register} and reading_date = :day"
        ),
        given,
    )
    session.execute(
        text(
            "insert into operational.readings (register_id, supply_point_id, reading_date, value, kind,"
            f" reason, version, recorded_at) select {register}, p.id, :day, :value, :kind, :reason,"
            " 1 + (select count(*) from operational.readings o"
            f" where o.register_id = {register} and o.reading_date = :day), :recorded_at"
            " from operational.supply_points p where p.code = :point"
        ),
        given,
    )


def _load_volume(session: Session, place: Place, volume: Volume, recorded_at: datetime) -> None:
    given = {
        "point": place.point_code,
        "zone": volume.zone,
        "from": volume.period_from,
        "to": volume.period_to,
        "quantity": volume.quantity,
        "unit": volume.unit,
        "quality": volume.quality,
        "recorded_at": recorded_at,
    }
    point = "(select id from operational.supply_points where code = :point)"
    session.execute(
        text(
            "update operational.billed_volumes set superseded_at = :recorded_at where superseded_at is null"
            f" and supply_point_id = {point} and zone_code = :zone"
            " and daterange(period_from, period_to) && daterange(:from, :to)"
        ),
        given,
    )
    session.execute(
        text(
            "insert into operational.billed_volumes (supply_point_id, zone_code, period_from, period_to,"
            f" quantity, unit, quality, version, recorded_at) select {point}, :zone, :from, :to, :quantity,"
            " :unit, :quality, 1 + (select count(*) from operational.billed_volumes o where"
            f" o.supply_point_id = {point} and o.zone_code = :zone and o.period_from = :from), :recorded_at"
        ),
        given,
    )


def _insert(session: Session, table: str, values: Mapping[str, object]) -> None:
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    session.execute(text(f"insert into operational.{table} ({columns}) values ({places})"), dict(values))


def _add_crm(portfolio: rows.Portfolio, place: Place) -> None:
    case, contract = place.case, place.case.contract
    business = case.terms[0].customer_class == "business"
    portfolio.price_lists.append(rows.PriceListRow(place.key, place.key, f"case-{case.medium}"))
    portfolio.customers.append(
        rows.CustomerRow(
            place.customer_number,
            "business" if business else "household",
            case.title,
            _ADDRESS,
            contract.valid_from,
            nip=_NIP if business else None,
        )
    )
    portfolio.contracts.append(
        rows.ContractRow(place.key, place.customer_number, contract.kind, contract.valid_from)
    )
    portfolio.contract_terms.append(
        rows.ContractTermsRow(
            place.key,
            place.key,
            contract.cycle_anchor or contract.valid_from.replace(day=1),
            contract.valid_from,
            cycle_months=contract.cycle_months,
            payment_term_days=contract.payment_term_days,
            invoicing_rule=contract.invoicing_rule,
        )
    )
    portfolio.contract_supply_points.append(
        rows.ContractSupplyPointRow(place.key, place.point_code, contract.valid_from, contract.valid_to)
    )


def _add_metering(portfolio: rows.Portfolio, place: Place) -> None:
    case = place.case
    portfolio.supply_points.append(rows.SupplyPointRow(place.point_code, case.medium, place.key, _ADDRESS))
    for terms in case.terms:
        portfolio.terms.append(
            rows.TermsRow(
                place.point_code,
                terms.tariff_group,
                terms.annual_kwh,
                terms.customer_class,
                terms.valid_from,
                terms.valid_to,
                terms.phases,
                terms.contracted_power_kw,
                terms.capacity_mode,
                terms.metering_mode,
                place.key if case.medium == "gas" else None,
            )
        )
    for number, meter in enumerate(case.meters, start=1):
        portfolio.meters.append(rows.MeterRow(place.serial(number), case.medium))
        portfolio.installations.append(
            rows.InstallationRow(place.serial(number), place.point_code, meter.valid_from, meter.valid_to)
        )
        portfolio.registers += [
            rows.RegisterRow(place.serial(number), found.zone, found.unit, found.digits, found.multiplier)
            for found in meter.registers
        ]
