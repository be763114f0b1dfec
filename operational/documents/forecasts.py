"""What a document says about forecasts: instalments to pay, or the forecasts that a settlement takes off.

Read from the content that was sealed with the document, so a reprint never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from operational.kernel.presentation import formatting as fmt
from operational.kernel.presentation.transfer_qr import transfer_payload, transfer_qr_svg


@dataclass(frozen=True, slots=True)
class Instalment:
    """An instalment of a forecast: its months, due date, expected kWh and amounts in PLN.

    On a settlement it is one that is taken off; ``document`` is then the number of its forecast.
    """

    number: int
    period_from: date
    period_to: date
    net: Decimal
    vat: Decimal
    gross: Decimal
    due_date: date | None = None
    energy_kwh: Decimal | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Either instalments to pay (``is_forecast``), or what was used less the instalments billed before."""

    is_forecast: bool
    instalments: tuple[Instalment, ...]
    used_gross: Decimal | None = None
    billed_gross: Decimal | None = None


def forecast_of(content: Mapping[str, Any]) -> Forecast | None:
    """Return what the content of a document says about forecasts, or None."""
    if found := content.get("forecast"):
        return Forecast(True, tuple(_instalment(one) for one in found["instalments"]))
    if found := content.get("settled_forecasts"):
        return Forecast(
            False,
            tuple(_instalment(one) for one in found["instalments"]),
            Decimal(str(found["used"]["gross"])),
            Decimal(str(found["billed"]["gross"])),
        )
    return None


def _instalment(one: Mapping[str, Any]) -> Instalment:
    return Instalment(
        number=int(one["number"]),
        period_from=date.fromisoformat(one["from"]),
        period_to=date.fromisoformat(one["to"]),
        net=Decimal(str(one["net"])),
        vat=Decimal(str(one["vat"])),
        gross=Decimal(str(one["gross"])),
        due_date=date.fromisoformat(one["due"]) if one.get("due") else None,
        energy_kwh=Decimal(str(one["kwh"])) if one.get("kwh") is not None else None,
        document=str(one.get("document") or ""),
    )


def printed_forecast(sheet: Any, words: dict[str, str], recipient: str) -> dict[str, Any] | None:
    """Return the texts of the block on forecasts; an instalment to pay also has a payment code."""
    found: Forecast | None = sheet.forecast
    if found is None:
        return None
    language = sheet.language
    rows = [_row(one, sheet, words, found.is_forecast) for one in found.instalments]
    if found.is_forecast:
        columns = [words[key] for key in ("instalment", "period", "expected_use", "due_date", "gross")]
        sums: list[list[str]] = []
    else:
        columns = [words[key] for key in ("forecast", "period", "net", "vat_amount", "gross")]
        sums = [
            [words["settled_used"], fmt.money(found.used_gross, language)],
            [words["settled_billed"], fmt.money(found.billed_gross, language)],
            [words["settled_left"], fmt.money(sheet.gross_amount, language)],
        ]
    return {
        "title": words["instalments_title" if found.is_forecast else "settled_title"],
        "columns": columns,
        "rows": rows,
        "sums": sums,
        "codes": [_code(one, sheet, words, recipient) for one in found.instalments if found.is_forecast],
        "note": words["forecast_note"] if found.is_forecast else "",
    }


def _row(one: Instalment, sheet: Any, words: dict[str, str], is_forecast: bool) -> list[str]:
    language = sheet.language
    period = fmt.day_range(one.period_from, one.period_to, language)
    if is_forecast:
        due = fmt.civil_date(one.due_date, "medium", language)
        return [
            str(one.number),
            period,
            fmt.energy(one.energy_kwh, language),
            due,
            fmt.money(one.gross, language),
        ]
    amounts = [fmt.number(value, 2, language) for value in (one.net, one.vat, one.gross)]
    return [f"{one.document}, {words['instalment'].lower()} {one.number}", period, *amounts]


def _code(one: Instalment, sheet: Any, words: dict[str, str], recipient: str) -> dict[str, str]:
    payload = transfer_payload(
        account_number=sheet.virtual_account,
        amount=one.gross,
        recipient=recipient,
        title=f"{sheet.number} {one.number}",
        tax_number=sheet.seller.nip,
    )
    due = fmt.civil_date(one.due_date, "medium", sheet.language)
    label = f"{words['instalment']} {one.number} · {fmt.money(one.gross, sheet.language)} · {due}"
    return {"label": label, "qr": str(transfer_qr_svg(payload)) if payload else ""}
