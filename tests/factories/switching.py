"""Signed contracts that wait for their switch, made by sets: customer, point, contract, mandates, start
request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import complete_supply_point_code, virtual_account
from operational.switching.channels.adapter import Notice
from operational.switching.limits import limits_on
from operational.switching.rules import Limits

MANDATES = ("power_of_attorney", "supplier_choice", "termination_of_old")


@dataclass(frozen=True, slots=True)
class Signed:
    """A contract to make: who, where, from when, what the customer gave with it."""

    serial: int
    wanted_start: date
    signed_on: date
    dso_code: str = "tauron"
    medium: str = "electricity"
    kind: str = "switch"
    customer_kind: str = "household"
    mandates: Sequence[str] = MANDATES

    @property
    def number(self) -> str:
        """Return the number of the contract."""
        return f"U/{700000 + self.serial}"


def at(day: date) -> datetime:
    """Return the moment at which things of a day are recorded."""
    return datetime.combine(day, time(9), tzinfo=UTC)


def limits(session: Session, day: date) -> Limits:
    """Return the limits of a day."""
    return limits_on(session, day, at(day))


def price_lists(session: Session) -> None:
    """Make a product and a price list for each medium, and the published reserve list of electricity."""
    session.execute(
        text("""
          with made as (insert into operational.products (code, name, medium) values ('SW-EL', 'El',
            'electricity'),
              ('SW-GAS', 'Gas', 'gas'), ('SW-RES', 'Reserve', 'electricity') returning id, code)
          insert into operational.price_lists (code, name, product_id)
          select case code when 'SW-RES' then 'RESERVE-EL' else code end, code, id from made""")
    )


def sign(session: Session, contracts: Sequence[Signed]) -> list[Any]:
    """Make contracts as the wizard leaves them; return rows with contract_id, supply_point_id,
    customer_id."""
    given = [_values(one) for one in contracts]
    session.execute(
        text("""insert into operational.addresses (street, building, postal_code, city)
                values ('Długa', :building, '00-950', 'Warszawa')"""),
        given,
    )
    session.execute(
        text("""insert into operational.customers (customer_number, kind, name, pesel, nip, address_id,
          virtual_account,
                  customer_since)
                select :number, :customer_kind, 'Odbiorca ' || :number, :pesel, :nip, a.id, :account, :signed
                from operational.addresses a where a.building = :building"""),
        given,
    )
    session.execute(
        text("""insert into operational.supply_points (code, medium, dso_code, address_id)
                select :code, :medium, :dso, id from operational.addresses where building = :building"""),
        given,
    )
    session.execute(
        text("""insert into operational.supply_point_terms (supply_point_id, tariff_group, annual_kwh,
          customer_class,
                  valid_from, contracted_power_kw)
                select id, 'G11', 2400, 'household', date '2020-01-01', 12.5 from operational.supply_points
                where code = :code"""),
        given,
    )
    session.execute(
        text("""with made as (
                  insert into operational.contracts (number, customer_id, kind, signed_on)
                  select 'U/' || :number, id, 'comprehensive', :signed from operational.customers
                  where customer_number = :number returning id),
                terms as (
                  insert into operational.contract_terms (contract_id, price_list_id, cycle_anchor,
                    valid_from, recorded_at)
                  select made.id, l.id, date_trunc('month', cast(:start as date)), :signed, :at
                  from made, operational.price_lists l where l.code = :prices),
                given as (
                  insert into operational.contract_mandates (contract_id, kind, given_on, recorded_at)
                  select made.id, kind, :signed, :at from made, unnest(cast(:mandates as text[])) kind)
                insert into operational.start_requests (contract_id, supply_point_id, wanted_start, kind,
                  recorded_at)
                select made.id, p.id, :start, :kind, :at from made, operational.supply_points p where p.code
                  = :code"""),
        given,
    )
    return list(
        session.execute(
            text("""select r.contract_id, r.supply_point_id, k.customer_id, k.number, p.code
                    from operational.start_requests r join operational.contracts k on k.id = r.contract_id
                    join operational.supply_points p on p.id = r.supply_point_id
                    where k.number = any(:numbers) and r.superseded_at is null order by r.id"""),
            {"numbers": [f"U/{row['number']}" for row in given]},
        ).all()
    )


_PREFIXES = {"tauron": "590322", "pge": "590543", "enea": "590310", "energa": "590243", "psg": "590365"}


def point_code(one: Signed) -> str:
    """Return the code of the supply point of a contract."""
    return complete_supply_point_code(f"{_PREFIXES[one.dso_code]}{one.serial:011d}")


def _values(one: Signed) -> dict[str, Any]:
    is_company = one.customer_kind != "household"
    return {
        "number": f"{700000 + one.serial}", "building": f"{one.serial}S", "customer_kind": one.customer_kind,
        "pesel": None if is_company else f"{44051400000 + one.serial}",
        "nip": f"{5250000000 + one.serial}" if is_company else None,
        "account": virtual_account("99900009", 700_000 + one.serial), "signed": one.signed_on,
        "code": point_code(one),
        "medium": one.medium, "dso": one.dso_code, "at": at(one.signed_on), "start": one.wanted_start,
        "prices": "SW-GAS" if one.medium == "gas" else "SW-EL", "kind": one.kind,
        "mandates": list(one.mandates),
    }  # fmt: skip


def notice(number: int) -> Notice:
    """Return a notification of ours, for what reads files of ours."""
    return Notice(
        message_id=f"ZS/{number:07d}-1", kind="notification", issued_on=date(2026, 2, 2),
        point_code=complete_supply_point_code(f"590322{number:011d}"), customer_name="Odbiorca",
        switch_kind="later", contract_kind="comprehensive", start_on=date(2026, 3, 1),
        annual_kwh=Decimal("2400.000"), tariff_group="G11", street="Długa 1", postal_code="00-950",
        city="Warszawa",
    )  # fmt: skip
