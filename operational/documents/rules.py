"""Pure rules of documents: what a bill is made of, and which lines a correction changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from operational.documents.sheet import Line, Sheet

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class CostShare:
    """One part of the gross amount: energy, variable, fixed or vat; in złoty."""

    code: str
    amount: Decimal


def cost_group(line: Line) -> str:
    """Tell which part of the bill a line belongs to: sale is energy; distribution splits by kWh and fixed."""
    if line.section == "sale":
        return "energy"
    return "variable" if line.unit == "kwh" else "fixed"


def cost_split(sheet: Sheet) -> tuple[CostShare, ...]:
    """Split the gross amount (of a correction: after it) into energy, variable, fixed and VAT."""
    sums = dict.fromkeys(("energy", "variable", "fixed"), ZERO)
    for line in sheet.lines:
        sums[cost_group(line)] += line.net_after
    vat = sum((row.vat_before + row.vat for row in sheet.vat), ZERO)
    return tuple(CostShare(code, amount) for code, amount in [*sums.items(), ("vat", vat)])


def is_changed(line: Line) -> bool:
    """Tell whether a correction changes anything of the line."""
    before = (line.quantity_before, line.price_before, line.net_before)
    return before != (line.quantity_after, line.price_after, line.net_after)


def excise(lines: Iterable[Line]) -> tuple[Decimal, Decimal] | None:
    """Return kWh and excise duty in złoty (unrounded) inside the energy price; None when no line names a
    rate.

    Excise Act of 6 December 2008; shown for information, it is part of the net price.
    """
    charged = [line for line in lines if line.excise_price is not None and line.energy_kwh_after]
    if not charged:
        return None
    return (
        sum((line.energy_kwh_after for line in charged), ZERO),
        sum((line.energy_kwh_after * (line.excise_price or ZERO) for line in charged), ZERO),
    )
