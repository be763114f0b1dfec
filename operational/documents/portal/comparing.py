"""Pure rule: why a bill differs from the one before - how much the quantity and how much the price caused."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from operational.documents.sheet import Line, Sheet
from operational.kernel.money import round_half_up

ZERO = Decimal(0)
_GROSZ = Decimal("0.01")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """Net amounts of one charge before and now; quantity_effect + price_effect = now - before."""

    name_pl: str
    name_en: str
    zone_code: str
    before: Decimal
    now: Decimal
    quantity_effect: Decimal
    price_effect: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """All charges of two neighbouring bills, largest change first."""

    lines: tuple[ComparedLine, ...]
    before: Decimal
    now: Decimal

    @property
    def quantity_effect(self) -> Decimal:
        """Return what the changed quantities caused, in złoty net."""
        return sum((line.quantity_effect for line in self.lines), ZERO)

    @property
    def price_effect(self) -> Decimal:
        """Return what changed prices and charges caused, in złoty net."""
        return sum((line.price_effect for line in self.lines), ZERO)


def compare(sheet: Sheet, before: Mapping[Key, tuple[Decimal, Decimal]]) -> Comparison:
    """Compare the lines of a sheet (after it) with quantity and net amount per (charge, zone) of the bill
    before.

    The quantity effect is the change of quantity at the old average price, rounded half-up; the rest is the
    price.
    """
    names: dict[Key, Line] = {}
    now: dict[Key, tuple[Decimal, Decimal]] = {}
    for line in sheet.lines:
        key = (line.charge_code, line.zone_code)
        quantity, net = now.get(key, (ZERO, ZERO))
        now[key] = (quantity + line.quantity_after, net + line.net_after)
        names[key] = line
    lines = [_line(names[key], before.get(key, (ZERO, ZERO)), now[key]) for key in now]
    gone = sum((net for key, (_, net) in before.items() if key not in now), ZERO)
    if gone:
        lines.append(
            ComparedLine("Pozycje, których już nie ma", "Charges that ended", "", gone, ZERO, ZERO, -gone)
        )
    lines.sort(key=lambda line: -abs(line.now - line.before))
    totals = sum((line.before for line in lines), ZERO), sum((line.now for line in lines), ZERO)
    return Comparison(tuple(lines), *totals)


def _line(line: Line, before: tuple[Decimal, Decimal], now: tuple[Decimal, Decimal]) -> ComparedLine:
    old_quantity, old_net = before
    quantity, net = now
    effect = round_half_up((quantity - old_quantity) * old_net / old_quantity) if old_quantity else ZERO
    if old_quantity and abs(net - old_net - effect) <= _GROSZ:
        effect = net - old_net  # what is left is the rounding of two lines, no change of price
    return ComparedLine(
        line.name_pl, line.name_en, line.zone_code, old_net, net, effect, net - old_net - effect
    )
