"""From a document's sheet to the texts that stand on paper.

All formatting happens here, so the Typst templates only lay out strings, and no text of a customer can become
code.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from operational.documents import labels, rules
from operational.documents.forecasts import printed_forecast
from operational.documents.printing_points import point
from operational.documents.sheet import Party, Sheet
from operational.kernel.money import round_half_up
from operational.kernel.presentation import formatting as fmt
from operational.kernel.presentation.transfer_qr import transfer_payload, transfer_qr_svg

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
_RECIPIENT_LIMIT = 20


def printed(sheet: Sheet) -> dict[str, Any]:
    """Return the texts of a document by place, as JSON values, in the customer's language."""
    language, words = sheet.language, labels.words(sheet.language)
    is_correction = sheet.kind == "correction"
    return {
        "language": language,
        "words": words,
        "brand": sheet.seller.details["brand"],
        "title": words["forecast" if _is_forecast(sheet) and not is_correction else sheet.kind],
        "number": sheet.number,
        "issue_date": fmt.civil_date(sheet.issue_date, "long", language),
        "period": fmt.day_range(sheet.period_from, sheet.period_to, language),
        "due_date": fmt.civil_date(sheet.due_date, "long", language),
        "is_correction": is_correction,
        "is_estimated": sheet.is_estimated,
        "seller": _party(sheet.seller, words) | {"footer": _footer(sheet.seller, words)},
        "buyer": _party(sheet.buyer, words),
        "facts": _facts(sheet, words),
        "payment": _payment(sheet, words),
        "cost": _cost(sheet, words),
        "cost_total": fmt.money(sheet.gross_before + sheet.gross_amount, language),
        "correction": _correction(sheet, words) if is_correction else None,
        "points": [point(found, sheet, words) for found in sheet.points],
        "vat": _vat(sheet, words),
        "excise": _excise(sheet, words),
        "deposit": _deposit(sheet, words),
        "forecast": printed_forecast(sheet, words, sheet.seller.details["brand"][:_RECIPIENT_LIMIT]),
        "annex": _annex(sheet, words),
        "information": _information(sheet, words),
    }


def _is_forecast(sheet: Sheet) -> bool:
    return sheet.forecast is not None and sheet.forecast.is_forecast


def _party(party: Party, words: dict[str, str]) -> dict[str, Any]:
    nip = f"{words['nip']} {fmt.tax_number(party.nip)}" if party.nip else ""
    mailing = f"{words['mailing']}: {party.mailing}" if party.mailing else ""
    lines = (party.street_line, party.city_line, nip, mailing)
    return {"name": party.name, "lines": [line for line in lines if line]}


def _footer(seller: Party, words: dict[str, str]) -> str:
    known = seller.details
    parts = [seller.name, f"{seller.street_line}, {seller.city_line}"]
    parts += [f"{words[key]} {known[key]}" for key in ("nip", "regon", "krs", "bdo") if known[key]]
    return " · ".join(parts)


def _facts(sheet: Sheet, words: dict[str, str]) -> list[list[str]]:
    contract = f"{sheet.contract_number} ({words[sheet.contract_kind]})"
    return [
        [words["issue_date"], fmt.civil_date(sheet.issue_date, "long", sheet.language)],
        [words["period"], fmt.day_range(sheet.period_from, sheet.period_to, sheet.language)],
        [words["customer_number"], sheet.customer_number],
        [words["contract_number"], contract],
    ]


def _payment(sheet: Sheet, words: dict[str, str]) -> dict[str, Any]:
    gross = sheet.to_pay
    label = words["to_pay"] if gross > 0 else words["to_return"] if gross < 0 else words["nothing"]
    if _is_forecast(sheet) and sheet.forecast and gross > 0:
        gross, label = sheet.forecast.instalments[0].gross, words["first_instalment"]
    payload = transfer_payload(
        account_number=sheet.virtual_account,
        amount=gross,
        recipient=sheet.seller.details["brand"][:_RECIPIENT_LIMIT],
        title=sheet.number,
        tax_number=sheet.seller.nip,
    )
    return {
        "label": label,
        "amount": fmt.money(abs(gross), sheet.language),
        "is_due": gross > 0,
        "account": fmt.bank_account(sheet.virtual_account),
        "bank": sheet.seller.details["bank_name"],
        "recipient": sheet.seller.name,
        "title": sheet.number,
        "qr": str(transfer_qr_svg(payload)) if payload else None,
        "note": words["return_note"] if gross < 0 else "" if payload or not gross else words["no_qr_note"],
    }


def _cost(sheet: Sheet, words: dict[str, str]) -> list[dict[str, Any]]:
    """Return the parts of the bill with their share of the positive total, for the stacked bar."""
    medium = sheet.points[0].medium if sheet.points else "electricity"
    split = rules.cost_split(sheet)
    total = sum((share.amount for share in split if share.amount > 0), ZERO)
    return [
        {
            "code": share.code,
            "label": words[f"cost_energy_{medium}" if share.code == "energy" else f"cost_{share.code}"],
            "amount": fmt.money(share.amount, sheet.language),
            "share": float(share.amount / total) if total and share.amount > 0 else 0.0,
        }
        for share in split
        if share.amount
    ]


def _correction(sheet: Sheet, words: dict[str, str]) -> dict[str, Any]:
    def link(found: Any) -> str:
        day = fmt.civil_date(found.issue_date, "long", sheet.language)
        return f"{found.number} {words['of_day']} {day}"

    corrected = sheet.corrected
    first = sheet.chain[0] if sheet.chain else None
    before, after = sheet.gross_before, sheet.gross_before + sheet.gross_amount
    amounts = ((words["before_correction"], before), (words["after_correction"], after),
               (words["difference"], sheet.gross_amount))  # fmt: skip
    return {
        "corrected": link(corrected) if corrected else "",
        "first": link(first) if first and corrected and first.document_id != corrected.document_id else "",
        "reason": words.get(f"reason_{sheet.reason_code}", words["reason_other"]),
        "amounts": [[label, fmt.money(amount, sheet.language)] for label, amount in amounts],
    }


def _vat(sheet: Sheet, words: dict[str, str]) -> dict[str, Any]:
    """Return the VAT table: of a correction also before and after (VAT Act art. 106j)."""

    def money(*values: Decimal) -> list[str]:
        return [fmt.number(value, 2, sheet.language) for value in values]

    rows = []
    for row in sheet.vat:
        rate = fmt.percent(row.rate, 0, sheet.language)
        if sheet.kind == "correction":
            net, vat = row.net_before + row.net, row.vat_before + row.vat
            before = money(row.net_before, row.vat_before, row.net_before + row.vat_before)
            rows.append([rate, words["before_correction"], *before])
            rows.append([rate, words["after_correction"], *money(net, vat, net + vat)])
        rows.append([rate, words["difference"], *money(row.net, row.vat, row.gross)])
    total = money(sheet.net_amount, sheet.vat_amount, sheet.gross_amount)
    return {"rows": rows, "total": total}


def _excise(sheet: Sheet, words: dict[str, str]) -> str:
    found = rules.excise(sheet.lines)
    if found is None:
        return ""
    energy, amount = found
    if not amount:
        return words["excise_exempt"]
    duty = fmt.money(round_half_up(amount), sheet.language)
    return f"{words['excise']} {duty} ({fmt.energy(energy, sheet.language)})."


def _deposit(sheet: Sheet, words: dict[str, str]) -> list[list[str]]:
    """Return what a prosumer's deposit paid of the document (Renewable Energy Act art. 4c), row by row."""
    if sheet.deposit is None:
        return []
    rows = [
        (f"{words['deposit_month']} {use.feed_in_month:%m.%Y}", -use.amount) for use in sheet.deposit.uses
    ]
    figures = [
        (words["deposit_gross"], sheet.gross_amount), *rows,
        (words["deposit_to_pay"], sheet.deposit.to_pay), (words["deposit_left"], sheet.deposit.left),
    ]  # fmt: skip
    return [[label, fmt.money(amount, sheet.language)] for label, amount in figures]


def _annex(sheet: Sheet, words: dict[str, str]) -> list[list[str]]:
    """Return the days of energy priced by an index: day, kWh, sum of kWh x price, mean price of the day."""
    return [
        [
            fmt.civil_date(day, "short", sheet.language),
            fmt.number(energy, 3, sheet.language),
            fmt.number(value, 2, sheet.language),
            fmt.number(value / energy, 4, sheet.language) if energy else "–",
        ]
        for line in sheet.lines
        for day, energy, value in line.days
    ]


def _information(sheet: Sheet, words: dict[str, str]) -> list[list[str]]:
    """Return the duties to inform: emergency phone, complaints, disputes, switching, fuel mix (Energy Law
    art. 5).
    """
    seller = sheet.seller.details
    phones = {"electricity": "991", "gas": "992"}
    found = [
        [f"{words[f'info_emergency_{medium}']}: {phones[medium]}", words["info_emergency_text"]]
        for medium in sorted({point.medium for point in sheet.points})
    ]
    contact = " · ".join(filter(None, (fmt.phone(seller["phone"]), seller["email"], seller["website"])))
    return [
        *found,
        [words["info_complaint"], words["info_complaint_text"]],
        [words["info_dispute"], words["info_dispute_text"]],
        [words["info_switch"], words["info_switch_text"]],
        [words["info_mix"], f"{words['info_mix_text']} {seller['website']}."],
        [words["info_contact"], contact],
    ]
