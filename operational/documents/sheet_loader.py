"""Loading the sheet of a document: stored rows and what was copied at the issue, put together."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.documents import sheet_rows
from operational.documents.forecasts import forecast_of
from operational.documents.sheet import (
    ZERO,
    ChainLink,
    Deposit,
    DepositUse,
    GasConversion,
    Line,
    Party,
    PeriodUse,
    Point,
    ReadingInterval,
    Sheet,
    VatRow,
    Volume,
)
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings

_SELLER_KEYS = (
    "name", "brand", "nip", "regon", "krs", "bdo", "street", "postal_code", "city", "phone", "email",
    "website", "bank_name",
)  # fmt: skip


class DocumentNotFound(DomainError):
    """No document has this id, or it belongs to somebody else."""

    def __init__(self, document_id: int) -> None:
        super().__init__(
            "document_not_found", f"There is no document {document_id}. Look it up by its number."
        )


def load_sheet(session: Session, *, document_id: int) -> Sheet:
    """Gather the sheet of a document in at most six queries; raise DocumentNotFound when there is none.

    Under the portal's role row-level security decides; a foreign document is then simply not found.
    """
    head = sheet_rows.head(session, document_id=document_id)
    if head is None:
        raise DocumentNotFound(document_id)
    root = head.invoice_id or document_id
    chain = sheet_rows.chain(session, root_id=root)
    content: Mapping[str, Any] = head.content or {}
    buyer = _buyer(head, content.get("buyer") or {})
    points = _points(session, head)
    return Sheet(
        document_id=head.id,
        public_id=head.public_id,
        customer_id=head.customer_id,
        kind=head.kind,
        number=head.number,
        version_no=head.version_no,
        issue_date=head.issue_date,
        period_from=head.period_from,
        period_to=head.period_to,
        due_date=head.due_date,
        net_amount=head.net_amount,
        vat_amount=head.vat_amount,
        gross_amount=head.gross_amount,
        energy_kwh=head.energy_kwh,
        is_estimated=head.is_estimated,
        language=buyer.details["language"],
        seller=_seller(content.get("seller") or {}),
        buyer=buyer,
        customer_number=buyer.details["customer_number"],
        virtual_account=buyer.details["virtual_account"],
        contract_number=(content.get("contract") or {}).get("number") or head.contract_number,
        contract_kind=head.contract_kind,
        reason_code=_reason(content) or _found_reason(head, chain, points),
        points=points,
        vat=_vat(chain, head.version_no),
        chain=tuple(_link(row) for row in chain),
        deposit=_deposit(content),
        forecast=forecast_of(content),
    )


def _deposit(content: Mapping[str, Any]) -> Deposit | None:
    found = content.get("deposit")
    if not found:
        return None
    signs = {"use": 1, "return": -1}
    return Deposit(
        tuple(
            DepositUse(date.fromisoformat(one["month"]), signs[one["kind"]] * Decimal(str(one["amount"])))
            for one in found["entries"]
        ),
        Decimal(str(found["used"])),
        Decimal(str(found["to_pay"])),
        Decimal(str(found["left"])),
    )


def _reason(content: Mapping[str, Any]) -> str:
    correction = content.get("correction")
    return str(correction.get("reason_code") or "") if isinstance(correction, Mapping) else ""


def _found_reason(head: Any, chain: list[Any], points: tuple[Point, ...]) -> str:
    """Tell from the lines why a correction was made (VAT Act art. 106j(2)(5)); empty for an invoice."""
    if head.kind == "invoice":
        return ""
    lines = [line for point in points for line in point.lines]
    if any(line.energy_kwh_before != line.energy_kwh_after for line in lines):
        was_estimated = any(row.is_estimated for row in chain if row.version_no < head.version_no)
        return "actual_reading" if was_estimated and not head.is_estimated else "corrected_reading"
    if any(line.price_before != line.price_after for line in lines):
        return "price"
    return "other"


def _link(row: Any) -> ChainLink:
    return ChainLink(
        row.id, row.public_id, row.kind, row.number, row.version_no, row.issue_date, row.gross_amount
    )


def _seller(copied: Mapping[str, Any]) -> Party:
    settings = get_settings()
    known = {key: str(copied.get(key) or getattr(settings, f"seller_{key}")) for key in _SELLER_KEYS}
    return Party(
        known["name"], known["nip"], known["street"], f"{known['postal_code']} {known['city']}", details=known
    )


def _buyer(head: Any, copied: Mapping[str, Any]) -> Party:
    keys = ("name", "nip", "customer_number", "language", "street", "building", "flat", "postal_code", "city",
            "virtual_account")  # fmt: skip
    known = {key: str(copied.get(key, getattr(head, key)) or "") for key in keys}
    post = copied.get("mailing")
    mailing = f"{street_line(post)}, {post['postal_code']} {post['city']}" if post else ""
    return Party(
        known["name"],
        known["nip"],
        street_line(known),
        f"{known['postal_code']} {known['city']}",
        mailing,
        known,
    )


def street_line(address: Mapping[str, Any]) -> str:
    """Write street, building and flat as on an envelope: ul. Lipowa 12/4."""
    flat = f"/{address['flat']}" if address["flat"] else ""
    return f"{address['street']} {address['building']}{flat}"


def _vat(chain: list[Any], version_no: int) -> tuple[VatRow, ...]:
    """Sum the rates of the documents before, next to those of this document."""
    before: dict[Decimal, tuple[Decimal, Decimal]] = {}
    own: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for document in chain:
        for row in document.vat or []:
            rate, net, vat = (Decimal(row[key]) for key in ("rate", "net", "vat"))
            if document.version_no < version_no:
                sums = before.get(rate, (ZERO, ZERO))
                before[rate] = (sums[0] + net, sums[1] + vat)
            elif document.version_no == version_no:
                own[rate] = (net, vat)
    rates = sorted(set(before) | set(own), reverse=True)
    return tuple(
        VatRow(rate, *before.get(rate, (ZERO, ZERO)), *own.get(rate, (ZERO, ZERO))) for rate in rates
    )


def _points(session: Session, head: Any) -> tuple[Point, ...]:
    rows = sheet_rows.lines(session, document_id=head.id)
    by_scope: dict[int, list[Any]] = {}
    for row in rows:
        by_scope.setdefault(row.scope_id, []).append(row)
    readings = sheet_rows.reading_intervals(session, calculations=[row.calculation for row in rows])
    volumes = sheet_rows.volumes(session, calculations=[row.calculation for row in rows])
    history = sheet_rows.use_history(
        session,
        document_id=head.id,
        customer_id=head.customer_id,
        supply_point_ids=sorted({row.supply_point_id for row in rows}),
    )
    return tuple(_point(found, readings, volumes, history) for found in by_scope.values())


def _point(
    rows: list[Any], readings: dict[Any, Any], volumes: dict[int, Any], history: dict[int, Any]
) -> Point:
    first = rows[0]
    terms = next((row for row in rows if row.tariff_group), first)
    pairs = dict.fromkeys(pair for row in rows for pair in sheet_rows.reading_pairs(row.calculation))
    volume_ids = dict.fromkeys(key for row in rows for key in row.calculation.get("volumes") or [])
    gas = dict.fromkeys(
        GasConversion(
            Decimal(str(item["m3"])),
            row.gas_factors.get(str(item.get("factor_id"))),
            Decimal(str(item["kwh"])),
        )
        for row in rows
        for item in (row.calculation.get("gas") or [] if row.energy_kwh_after else [])
    )
    return Point(
        scope_id=first.scope_id,
        supply_point_id=first.supply_point_id,
        code=first.point_code,
        medium=first.medium,
        dso_name=first.dso_name,
        street_line=street_line(first._mapping),
        city_line=f"{first.postal_code} {first.city}",
        tariff_group=terms.tariff_group or "",
        contracted_power_kw=terms.contracted_power_kw,
        period_from=min(row.period_from for row in rows),
        period_to=max(row.period_to for row in rows),
        lines=tuple(_line(row) for row in rows),
        readings=tuple(
            sorted(
                (ReadingInterval(**readings[pair]) for pair in pairs if pair in readings),
                key=lambda found: (found.start_date, found.meter_serial, found.zone_code),
            )
        ),
        volumes=tuple(Volume(**volumes[key]) for key in volume_ids if key in volumes),
        gas=tuple(gas),
        history=tuple(PeriodUse(**use) for use in history.get(first.supply_point_id, [])),
    )


def _gas(row: Any, item: Mapping[str, Any]) -> GasConversion:
    factor = row.gas_factors.get(str(item.get("factor_id")))
    return GasConversion(Decimal(str(item["m3"])), factor, Decimal(str(item["kwh"])))


def _line(row: Any) -> Line:
    given = row.calculation
    return Line(
        line_no=row.line_no,
        charge_code=row.charge_code,
        name_pl=given.get("name_pl") or row.name_pl,
        name_en=given.get("name_en") or row.name_en,
        section=row.section,
        zone_code=row.zone_code,
        period_from=row.period_from,
        period_to=row.period_to,
        unit=row.unit,
        quantity_before=row.quantity_before,
        quantity_after=row.quantity_after,
        price_before=row.price_before,
        price_after=row.price_after,
        net_before=row.net_before,
        net_after=row.net_after,
        vat_rate=row.vat_rate,
        energy_kwh_before=row.energy_kwh_before,
        energy_kwh_after=row.energy_kwh_after,
        factor=_decimal(given.get("factor")),
        power_kw=_decimal(given.get("power_kw")),
        excise_price=row.excise_price,
        is_estimated=row.is_estimated,
        days=tuple(
            (date.fromisoformat(day), Decimal(str(energy)), Decimal(str(value)))
            for day, energy, value in given.get("days") or []
        ),
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
