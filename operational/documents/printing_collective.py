"""From a collective correction to the texts that stand on paper (VAT Act art. 106j(2)-(3)).

One page says how much, why and which invoices; then the settlement of each corrected invoice follows.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from operational.documents import labels
from operational.documents.collective import Collective
from operational.documents.printing import printed
from operational.documents.sheet import Deposit, Sheet, VatRow
from operational.kernel.presentation import formatting as fmt

ZERO = Decimal(0)


def printed_collective(whole: Collective, sheets: Sequence[Sheet]) -> dict[str, Any]:
    """Return the texts by place as JSON values; ``sheets`` are the parts in their order."""
    first = sheets[0]
    language, words = first.language, labels.words(first.language)
    reason = words.get(f"reason_{whole.reason_code}", words["reason_other"])
    data = printed(_as_one(whole, sheets))
    data |= {
        "title": words["collective"],
        "facts": [fact for fact in data["facts"] if fact[0] != words["contract_number"]],
        "correction": data["correction"]
        | {
            "corrected": f"{words['collective_title']}: {len(whole.parts)}",
            "first": "",
            "reason": f"{whole.reason} ({reason})" if whole.reason else reason,
        },
        "invoices": [_row(part, language) for part in whole.parts],
        "points": [],
        "parts": [_part(sheet, words) for sheet in sheets],
    }
    return data


def _row(part: Any, language: str) -> list[str]:
    return [
        part.invoice_number,
        fmt.civil_date(part.invoice_date, "short", language),
        fmt.day_range(part.period_from, part.period_to, language),
        *(
            fmt.number(value, 2, language)
            for value in (part.gross_before, part.gross_after, part.gross_amount)
        ),
    ]


def _part(sheet: Sheet, words: dict[str, str]) -> dict[str, Any]:
    corrected = sheet.chain[0].number if sheet.chain else ""
    own = words | {"details_title": f"{words['collective_settlement']} {corrected}"}
    data = printed(sheet) | {"words": own}
    data["facts"] = [[words["collective_part"], sheet.number], *data["facts"][1:]]
    return data


def _as_one(whole: Collective, sheets: Sequence[Sheet]) -> Sheet:
    """Return a sheet with the totals of all parts and no lines; what to pay counts the deposits used."""
    first = sheets[0]
    uses = tuple(use for sheet in sheets if sheet.deposit for use in sheet.deposit.uses)
    to_pay = sum((sheet.to_pay for sheet in sheets), ZERO)
    last = next((sheet.deposit for sheet in reversed(sheets) if sheet.deposit), None)
    return replace(
        first,
        number=whole.number,
        public_id=first.public_id,
        period_from=min(sheet.period_from for sheet in sheets),
        period_to=max(sheet.period_to for sheet in sheets),
        due_date=whole.due_date,
        net_amount=whole.net_amount,
        vat_amount=whole.vat_amount,
        gross_amount=whole.gross_amount,
        energy_kwh=sum((sheet.energy_kwh for sheet in sheets), ZERO),
        is_estimated=any(sheet.is_estimated for sheet in sheets),
        points=tuple(point for sheet in sheets for point in sheet.points),
        vat=tuple(
            VatRow(rate.vat_rate, rate.net_before, rate.vat_before, rate.net_amount, rate.vat_amount)
            for rate in whole.rates
        ),
        deposit=Deposit(uses, sum((use.amount for use in uses), ZERO), to_pay, last.left) if last else None,
    )
