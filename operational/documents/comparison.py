"""Why a bill differs from the one before: its difference split into price, volume, days and one-offs.

For each charge and zone the three effects add up exactly to the difference of the net amounts:

- days: what the same use per day at the old price would cost for more or fewer days;
- volume: what more or less use per day costs at the old price (kW for charges by power);
- price: what the new quantity costs at the new price less at the old one.

A charge that stands on one of the two bills only is a one-off. VAT follows as the difference of the VAT
amounts. Amounts are rounded to grosze; what the rounding leaves goes to the largest effect.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.money import ZERO, round_half_up

_BILLS = text("""
    with bill as (select id, customer_id, period_from, vat_amount
                    from operational.documents where id = :id and kind = 'invoice'),
    previous as (
      select p.id, p.number, p.public_id::text as public_id, p.issue_date, p.vat_amount
        from bill
        join operational.documents p on p.customer_id = bill.customer_id and p.kind = 'invoice'
         and p.id <> bill.id and p.period_to <= bill.period_from
       -- The same points: a bill of another supply point says nothing about this one.
       where exists (select from operational.billing_scopes s
                       join operational.billing_scopes t on t.supply_point_id = s.supply_point_id
                      where s.invoice_id = bill.id and t.invoice_id = p.id)
       order by p.period_to desc, p.id desc limit 1)
    select p.number, p.public_id, p.issue_date, b.vat_amount - p.vat_amount as vat,
           l.document_id = b.id as is_new, l.charge_code, c.name_pl, c.name_en, l.zone_code, l.unit,
           s.supply_point_id, sum(l.quantity_after) as quantity, sum(l.net_after) as net,
           max(l.period_to) - min(l.period_from) as days
      from bill b cross join previous p
      join operational.document_lines l on l.document_id in (b.id, p.id)
      join operational.charges c on c.code = l.charge_code
      join operational.billing_scopes s on s.id = l.scope_id
     group by p.number, p.public_id, p.issue_date, b.vat_amount, p.vat_amount, l.document_id, b.id,
              l.charge_code, c.name_pl, c.name_en, l.zone_code, l.unit, s.supply_point_id
     order by l.document_id <> b.id, min(l.line_no)""")
_GROSZ = Decimal("0.01")
PARTS = ("price", "volume", "days", "one_off")
_ONE_OFF_UNITS = ("pln", "piece", "kvarh", "kw")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one charge contributes to the difference, PLN net; the four parts add up to `difference`."""

    charge_code: str
    name_pl: str
    name_en: str
    zone_code: str
    net_before: Decimal
    net_after: Decimal
    price: Decimal
    volume: Decimal
    days: Decimal
    one_off: Decimal

    @property
    def difference(self) -> Decimal:
        """Return the new net amount less the old one, PLN."""
        return self.net_after - self.net_before


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bill beside the one before; all effects and the VAT add up to the difference of the gross sums."""

    previous_number: str
    previous_public_id: str
    previous_issue_date: date
    vat: Decimal
    effects: tuple[Effect, ...]

    def total(self, part: str) -> Decimal:
        """Return the sum of one part (price, volume, days, one_off, difference) over all charges, PLN net."""
        return sum((getattr(effect, part) for effect in self.effects), ZERO)

    @property
    def gross_difference(self) -> Decimal:
        """Return what the bill is dearer (or cheaper, below zero) than the one before, PLN gross."""
        return self.total("difference") + self.vat


@dataclass(frozen=True, slots=True)
class Side:
    """The sums of a charge on one bill: quantity in its unit, PLN net, civil days."""

    quantity: Fraction = Fraction(0)
    net: Decimal = ZERO
    days: int = 0


@dataclass(frozen=True, slots=True)
class _Charge:
    """What a charge is; the key by which two bills are laid side by side."""

    code: str
    name_pl: str
    name_en: str
    zone_code: str
    unit: str
    supply_point_id: int


def compared(session: Session, *, document_id: int) -> Comparison | None:
    """Return the comparison of an invoice with the customer's invoice of the period before.

    None for corrections, for a first bill and for a document that is not visible.
    """
    rows = session.execute(_BILLS, {"id": document_id}).all()
    if not rows:
        return None
    old: dict[_Charge, Side] = {}
    new: dict[_Charge, Side] = {}
    for row in rows:
        charge = _Charge(
            row.charge_code, row.name_pl, row.name_en, row.zone_code, row.unit, row.supply_point_id
        )
        (new if row.is_new else old)[charge] = Side(Fraction(row.quantity), row.net, row.days)
    effects = [
        _effect(charge, old.get(charge, Side()), new.get(charge, Side()))
        for charge in dict.fromkeys([*new, *old])
    ]
    first = rows[0]
    return Comparison(first.number, first.public_id, first.issue_date, first.vat, tuple(_merged(effects)))


def effects_of(unit: str, old: Side, new: Side) -> dict[str, Decimal]:
    """Return the parts of the difference of one charge, PLN net; they add up to new net less old net."""
    difference = new.net - old.net
    if unit in _ONE_OFF_UNITS or not (old.days and new.days):
        return {"one_off": difference}
    if unit == "month":
        old_price = Fraction(old.net) / old.quantity if old.quantity else Fraction(0)
        days = (new.quantity - old.quantity) * old_price
        return _rounded({"days": days, "price": Fraction(difference) - days}, difference)
    if not old.quantity:
        return {"volume": difference}
    old_price = Fraction(old.net) / old.quantity
    use = old.quantity / old.days
    days = (new.days - old.days) * use * old_price
    volume = (new.quantity / new.days - use) * new.days * old_price
    return _rounded(
        {"days": days, "volume": volume, "price": Fraction(difference) - days - volume}, difference
    )


def _rounded(parts: dict[str, Fraction], difference: Decimal) -> dict[str, Decimal]:
    """Round parts to grosze; what the rounding leaves goes to the largest part.

    A grosz of "price" is the rounding of the two lines and no change of a price.
    """
    rounded = {name: round_half_up(value) for name, value in parts.items()}
    if abs(rounded["price"]) <= _GROSZ:
        rounded["price"] = ZERO
    largest = max(rounded, key=lambda name: abs(rounded[name]))
    rounded[largest] += difference - sum(rounded.values(), ZERO)
    return rounded


def _effect(charge: _Charge, old: Side, new: Side) -> Effect:
    parts = effects_of(charge.unit, old, new)
    return Effect(
        charge.code, charge.name_pl, charge.name_en, charge.zone_code, old.net, new.net,
        *(parts.get(part, ZERO) for part in PARTS),
    )  # fmt: skip


def _merged(effects: Iterable[Effect]) -> list[Effect]:
    """Add up the effects of several supply points by charge and zone."""
    merged: dict[tuple[str, str], Effect] = {}
    for effect in effects:
        key = (effect.charge_code, effect.zone_code)
        known = merged.get(key)
        merged[key] = effect if known is None else replace(
            known,
            net_before=known.net_before + effect.net_before,
            net_after=known.net_after + effect.net_after,
            **{part: getattr(known, part) + getattr(effect, part) for part in PARTS},
        )  # fmt: skip
    return list(merged.values())
