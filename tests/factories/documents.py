"""Schema-true invoices, corrections and payments for tests of documents, messaging and the portal.

Numbers are computed like the issue step does (net half-up per line, VAT once per rate), so pages and PDFs add
up. Everything is inserted by plain SQL as iris_app; nothing here commits.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months
from operational.kernel.money import round_half_up
from tests.factories.ledger import book_document
from tests.factories.supply import Customer, Point, add_reading, insert

VAT = Decimal("0.2300")
DAY_SHARE = Decimal("0.62")
ZERO = Decimal(0)


@dataclass
class Issued:
    """A document that was inserted."""

    id: int
    public_id: str
    number: str
    gross: Decimal
    lines: list[dict[str, Any]]


def _run(session: Session, month: date) -> int:
    found = session.execute(
        text("select id from operational.billing_runs where billing_month = :m"), {"m": month}
    ).scalar()
    return (
        int(found)
        if found
        else insert(
            session,
            "operational.billing_runs",
            billing_month=month,
            billed_through=add_months(month, 1),
            known_at=f"{add_months(month, 1)}T00:00:00Z",
            issue_date=add_months(month, 1) + timedelta(days=4),
            computation_id="test",
        )
    )


def _line(
    charge: str, section: str, zone: str, unit: str, *amounts: Decimal | str, kwh: Decimal = ZERO
) -> dict[str, Any]:
    quantity, price = map(Decimal, amounts)
    net = round_half_up(quantity * price)
    return {
        "charge": charge,
        "section": section,
        "zone": zone,
        "unit": unit,
        "quantity": quantity,
        "price": price,
        "net": net,
        "kwh": kwh,
    }


def _electricity_lines(by_zone: dict[str, Decimal]) -> list[dict[str, Any]]:
    prices = {"day": "0.5612", "night": "0.3904", "all": "0.5050"}
    network = {"day": "0.2871", "night": "0.0893", "all": "0.2050"}
    total = sum(by_zone.values(), Decimal(0))
    lines = [_line("energy_active", "sale", z, "kwh", q, prices[z], kwh=q) for z, q in by_zone.items()]
    lines.append(_line("trade_fee", "sale", "", "month", Decimal(1), "7.99"))
    lines += [_line("network_variable", "distribution", z, "kwh", q, network[z]) for z, q in by_zone.items()]
    lines += [
        _line("network_fixed", "distribution", "", "month", Decimal(1), "11.25"),
        _line("quality", "distribution", "", "kwh", total, "0.0321"),
        _line("res_levy", "distribution", "", "kwh", total, "0.0073"),
        _line("cogeneration_levy", "distribution", "", "kwh", total, "0.0030"),
        _line("capacity_flat", "distribution", "", "month", Decimal(1), "17.18"),
        _line("subscription", "distribution", "", "month", Decimal(1), "4.56"),
    ]
    return lines


def _gas_lines(kwh: Decimal) -> list[dict[str, Any]]:
    return [
        _line("gas_fuel", "sale", "all", "kwh", kwh, "0.23948", kwh=kwh),
        _line("gas_subscription", "sale", "", "month", Decimal(1), "7.50"),
        _line("gas_network_variable", "distribution", "", "kwh", kwh, "0.05734"),
        _line("gas_network_fixed", "distribution", "", "month", Decimal(1), "47.12"),
    ]


def issue_invoice(
    session: Session,
    customer: Customer,
    point: Point,
    *,
    month: date,
    used: Decimal,
    kind: str = "actual_remote",
    copied: dict[str, Any] | None = None,
) -> Issued:
    """Insert the invoice of a month (kWh, or m3 for gas) with readings, lines, VAT, ledger, open item and
    outbox row.
    """
    calculation = _measure(session, point, month, used, kind)
    end = add_months(month, 1)
    number = _number(session, "FV", end)
    lines = _lines_of(point, used, calculation)
    scope = insert(
        session,
        "operational.billing_scopes",
        scope_key=f"{customer.contracts[point.medium]}:{point.id}:{month}",
        contract_id=customer.contracts[point.medium],
        supply_point_id=point.id,
        customer_id=customer.id,
        cycle_start=month,
        period_from=month,
        period_to=end,
    )
    point.scopes[month] = scope
    issued = _insert_document(
        session,
        customer,
        point,
        kind="invoice",
        number=number,
        month=month,
        version=1,
        root=None,
        before=[],
        after=lines,
        calculation=calculation,
        estimated=kind == "estimated",
        copied=copied or {},
    )
    session.execute(
        text("update operational.billing_scopes set invoice_id = :d, version_no = 1 where id = :s"),
        {"d": issued.id, "s": scope},
    )
    return issued


def issue_correction(
    session: Session,
    customer: Customer,
    point: Point,
    invoice: Issued,
    *,
    month: date,
    used: Decimal,
    version: int = 2,
    before: list[dict[str, Any]] | None = None,
    kind: str = "actual_remote",
) -> Issued:
    """Insert a correction of an invoice to another use, with before and after on each line."""
    for zone, share in _shares(point, used).items():
        old = _shares(point, _energy(before or invoice.lines, point))
        point.values[zone] += share - old[zone]
    calculation = _measure(session, point, month, Decimal(0), kind, again=True)
    return _insert_document(
        session,
        customer,
        point,
        kind="correction",
        number=_number(session, "FK", add_months(month, 2)),
        month=month,
        version=version,
        root=invoice.id,
        before=before or invoice.lines,
        after=_lines_of(point, used, calculation),
        calculation=calculation,
        estimated=False,
        copied={"correction": {"reason_code": "actual_reading"}},
    )


def _energy(lines: list[dict[str, Any]], point: Point) -> Decimal:
    total = sum((line["kwh"] for line in lines), Decimal(0))
    return total if point.medium == "electricity" else round_half_up(total / Decimal("11.382"), 0)


def _shares(point: Point, used: Decimal) -> dict[str, Decimal]:
    if len(point.registers) == 1:
        return {next(iter(point.registers)): used}
    day = round_half_up(used * DAY_SHARE, 0)
    return {"day": day, "night": used - day}


def _measure(
    session: Session, point: Point, month: date, used: Decimal, kind: str, *, again: bool = False
) -> dict[str, Any]:
    """Insert the readings at the end of the month and return the ids that lines refer to."""
    day = add_months(month, 1) - timedelta(days=1)
    pairs = []
    for zone, share in _shares(point, used).items():
        start = point.readings[zone]
        if again:
            start = session.execute(
                text(
                    "select id from operational.readings where register_id = :r and reading_date < :d"
                    " and superseded_at is null order by reading_date desc limit 1"
                ),
                {"r": point.registers[zone], "d": day},
            ).scalar_one()
        point.values[zone] += share
        point.readings[zone] = add_reading(session, point, zone, day, reason="periodic", kind=kind)
        pairs.append([start, point.readings[zone]])
    excise = session.execute(
        text(
            "select id from operational.excise_rates where medium = :m and customer_class = 'household'"
            " order by valid_from desc limit 1"
        ),
        {"m": point.medium},
    ).scalar()
    made: dict[str, Any] = {"formula": "quantity * price", "readings": pairs, "terms_id": point.terms_id}
    if excise:
        made["excise_rate_id"] = excise
    if point.medium == "gas":
        factor = session.execute(text("select id from operational.gas_conversion_factors limit 1")).scalar()
        made["gas"] = [{"m3": str(used), "factor_id": factor, "kwh": str(_gas_kwh(used))}]
    return made


def _gas_kwh(m3: Decimal) -> Decimal:
    return round_half_up(m3 * Decimal("11.382"), 0)


def _lines_of(point: Point, used: Decimal, calculation: dict[str, Any]) -> list[dict[str, Any]]:
    made = (
        _electricity_lines(_shares(point, used))
        if point.medium == "electricity"
        else _gas_lines(_gas_kwh(used))
    )
    energy = {"energy_active", "gas_fuel", "network_variable", "gas_network_variable"}
    for line in made:
        line["calculation"] = (
            dict(calculation)
            if line["charge"] in energy
            else {key: value for key, value in calculation.items() if key not in {"readings", "gas"}}
        )
    return made


def _number(session: Session, series: str, month: date) -> tuple[str, str, int]:
    code = f"{series}/{month:%Y/%m}"
    session.execute(
        text("insert into operational.number_series (code) values (:c) on conflict do nothing"), {"c": code}
    )
    taken = session.execute(
        text(
            "update operational.number_series set last_number = last_number + 1"
            " where code = :c returning last_number"
        ),
        {"c": code},
    ).scalar_one()
    return code, f"{code}/{taken:06d}", taken


def _insert_document(
    session: Session,
    customer: Customer,
    point: Point,
    *,
    kind: str,
    number: tuple[str, str, int],
    month: date,
    version: int,
    root: int | None,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    calculation: dict[str, Any],
    estimated: bool,
    copied: dict[str, Any],
) -> Issued:
    old = {(line["charge"], line["zone"]): line for line in before}
    net_before = sum((line["net"] for line in before), Decimal(0))
    net_after = sum((line["net"] for line in after), Decimal(0))
    vat = round_half_up(net_after * VAT) - round_half_up(net_before * VAT)
    net = net_after - net_before
    end = add_months(month, 1)
    issue_date = (end if kind == "invoice" else add_months(end, 1)) + timedelta(days=4)
    energy = sum((line["kwh"] for line in after), Decimal(0)) - sum(
        (line["kwh"] for line in before), Decimal(0)
    )
    document = insert(
        session,
        "operational.documents",
        kind=kind,
        series=number[0],
        number=number[1],
        sequence=number[2],
        customer_id=customer.id,
        contract_id=customer.contracts[point.medium],
        invoice_id=root,
        version_no=version,
        issue_date=issue_date,
        period_from=month,
        period_to=end,
        due_date=issue_date + timedelta(days=14),
        net_amount=net,
        vat_amount=vat,
        gross_amount=net + vat,
        energy_kwh=energy,
        is_estimated=estimated,
        run_id=_run(session, month),
        content=copied,
        content_hash=hashlib.sha256(number[1].encode()).digest(),
    )
    for line_no, line in enumerate(after, start=1):
        _insert_line(
            session,
            document,
            line_no,
            scope=point.scopes[month],
            line=line,
            old=old.get((line["charge"], line["zone"])),
            period=(month, end),
            estimated=estimated,
        )
    insert(
        session,
        "operational.document_vat",
        document_id=document,
        vat_rate=VAT,
        net_amount=net,
        vat_amount=vat,
        gross_amount=net + vat,
    )
    due = issue_date + timedelta(days=14)
    book_document(session, customer, document, net=net, vat=vat, day=issue_date, due=due)
    insert(
        session,
        "operational.outbox",
        key=f"document:{number[1]}",
        topic="document.issued",
        payload={"document_id": document},
    )
    public_id = session.execute(
        text("select public_id::text from operational.documents where id = :d"), {"d": document}
    ).scalar_one()
    return Issued(document, public_id, number[1], net + vat, after)


def _insert_line(
    session: Session,
    document: int,
    line_no: int,
    *,
    scope: int,
    line: dict[str, Any],
    old: dict[str, Any] | None,
    period: tuple[date, date],
    estimated: bool,
) -> None:
    zero = Decimal(0)
    insert(
        session,
        "operational.document_lines",
        document_id=document,
        line_no=line_no,
        scope_id=scope,
        line_key=f"{line['charge']}|{line['zone']}|{period[0]}",
        charge_code=line["charge"],
        section=line["section"],
        zone_code=line["zone"],
        period_from=period[0],
        period_to=period[1],
        unit=line["unit"],
        quantity_before=old["quantity"] if old else zero,
        quantity_after=line["quantity"],
        price_before=old["price"] if old else zero,
        price_after=line["price"],
        net_before=old["net"] if old else zero,
        net_after=line["net"],
        vat_rate=VAT,
        energy_kwh_before=old["kwh"] if old else zero,
        energy_kwh_after=line["kwh"],
        is_estimated=estimated and line["unit"] == "kwh",
        calculation=line["calculation"],
    )
