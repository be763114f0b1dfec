"""What the full market needs besides the portfolio: formulas, prosumers, components, rates of more groups.

Rates of groups that the reference data do not hold are samples of the simulator, not official ones.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.products import market as terms
from operational.metering.network import NetworkAttributes, record_network_attributes
from orchestration.simulator.full.customers import FullMarket, zones_of

SOURCE: Final = "simulated tariff: sample value, not official"
# distributor, group, network price of the zones (kWh), quality, fixed (kW and month), subscription (month)
_RATES: Final = (
    ("tauron", "A23", ("0.0391", "0.0512", "0.0189"), "0.0321", "15.10", "20.00"),
    ("pge", "B21", ("0.1105",), "0.0320", "16.80", "15.00"),
    ("pge", "B22", ("0.1290", "0.0840"), "0.0320", "17.10", "15.00"),
    ("pge", "C22a", ("0.2410", "0.1630"), "0.0320", "18.90", "10.00"),
    ("tauron", "C23", ("0.1902", "0.2710", "0.0891"), "0.0321", "19.20", "10.00"),
    ("stoen", "R", ("0.2890",), "0.0321", "6.40", "4.20"),
)
_FORMULAS: Final = (
    ("DYN", "RDN", "0.0892", None),
    ("DYN15", "RDN15", "0.0950", Decimal(0)),
    ("DYN-FIRMA", "RDN", "0.0710", None),
)
_NAMES: Final = {
    "serwis-24h": ("Serwis 24 h", "Service around the clock"),
    "pakiet-startowy": ("Pakiet startowy", "Starter pack"),
    "e-faktura": ("Upust za e-fakturę", "Discount for e-invoices"),
    "rodzina": ("Upust dla rodzin", "Discount for families"),
    "zielony": ("Upust zielony", "Green discount"),
}
_RATE: Final = text("""
    insert into operational.dso_rates (dso_code, tariff_group, charge_code, zone_code, unit, price,
      valid_from, source, recorded_at)
    values (:dso, :group, :charge, :zone, :unit, :price, :start, :source, :at)""")


def load_facts(session: Session, *, full: FullMarket, as_of: datetime) -> bool:
    """Record the facts through the operations that staff use; return False when they are there already."""
    known: int = session.execute(
        text("select count(*) from operational.dso_rates where source = :source"), {"source": SOURCE}
    ).scalar_one()
    if known:
        return False
    first = full.market.first
    session.execute(_RATE, [row | {"start": first, "source": SOURCE, "at": as_of} for row in _rate_rows()])
    for code, index, margin, floor in _FORMULAS:
        terms.set_formula(
            session, price_list_id=terms.price_list_id_of(session, code=code), index_code=index,
            margin=Decimal(margin), valid_from=first, source=SOURCE, as_of=as_of, floor_pln_per_mwh=floor,
        )  # fmt: skip
    for point in full.market.points:
        special = full.special(point)
        point_id = _id(session, "supply_points", "code", point.code)
        if special.scheme:
            terms.set_prosumer_terms(
                session, supply_point_id=point_id, scheme=special.scheme, installed_kw=special.installed_kw,
                valid_from=point.start, as_of=as_of, has_opted_in=special.has_opted_in,
            )  # fmt: skip
        if special.oze_share is not None:
            attributes = NetworkAttributes(special.oze_share, None, point.start, None, SOURCE)
            record_network_attributes(session, supply_point_id=point_id, attributes=attributes, as_of=as_of)
        contract_id = _id(session, "contracts", "number", point.contract_number)
        for kind, code, value in special.components:
            polish, english = _NAMES[code]
            terms.add_component(
                session, contract_id=contract_id, kind=kind, code=code, name_pl=polish, name_en=english,
                value=Decimal(value), valid_from=point.start, as_of=as_of,
            )  # fmt: skip
    return True


def _rate_rows() -> list[dict[str, Any]]:
    rows = []
    for dso, group, network, quality, fixed, subscription in _RATES:
        found = [
            ("network_variable", zone, "kwh", price)
            for zone, price in zip(zones_of(group), network, strict=True)
        ]
        found += [
            ("quality", "", "kwh", quality), ("network_fixed", "", "kw_month", fixed),
            ("subscription", "", "month", subscription),
        ]  # fmt: skip
        rows += [
            {
                "dso": dso,
                "group": group,
                "charge": charge,
                "zone": zone,
                "unit": unit,
                "price": Decimal(price),
            }
            for charge, zone, unit, price in found
        ]
    return rows


def _id(session: Session, table: str, column: str, value: str) -> int:
    return int(
        session.execute(
            text(f"select id from operational.{table} where {column} = :v"), {"v": value}
        ).scalar_one()
    )
