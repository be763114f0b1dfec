"""Rules of changes without a database: what may be asked, days of notice, the penalty for an early end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.money import round_half_up

ZERO: Final = Decimal("0.00")
CYCLES: Final = (1, 2, 3, 6, 12)
INVOICING: Final = ("per_supply_point", "per_contract", "per_customer")
CHANNELS: Final = ("ebok", "email", "letter")
CONTINUATIONS: Final = ("indefinite", "prolong", "end")


@dataclass(frozen=True, slots=True)
class NewComponent:
    """A discount or service to be added; ``value`` in PLN, PLN per kWh or a share (0.1 = 10 %)."""

    kind: str
    code: str
    name: str
    value: Decimal
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an amendment asks for; what is not named stays. ``points`` holds columns of supply point terms by
    the id of the point, ``ends`` ids of components that end.
    """

    terms: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    points: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    adds: tuple[NewComponent, ...] = ()
    ends: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked for."""
        return not (self.terms or self.conditions or any(self.points.values()) or self.adds or self.ends)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored with the amendment."""
        return {
            "terms": dict(self.terms),
            "conditions": dict(self.conditions),
            "points": {str(key): dict(value) for key, value in self.points.items() if value},
            "adds": [
                {
                    "kind": one.kind, "code": one.code, "name": one.name, "value": str(one.value),
                    "valid_to": one.valid_to and one.valid_to.isoformat(),
                }
                for one in self.adds
            ],
            "ends": list(self.ends),
        }  # fmt: skip


def asked_of(stored: Mapping[str, Any]) -> Asked:
    """Read what ``Asked.as_json`` wrote."""
    adds = tuple(
        NewComponent(
            one["kind"], one["code"], one["name"], Decimal(one["value"]),
            date.fromisoformat(one["valid_to"]) if one["valid_to"] else None,
        )
        for one in stored.get("adds", ())
    )  # fmt: skip
    points = {int(key): dict(value) for key, value in stored.get("points", {}).items()}
    return Asked(stored["terms"], stored["conditions"], points, adds, tuple(stored.get("ends", ())))


def end_of_notice(*, notice_on: date, formula: str, months: int, days: int) -> date:
    """Return the last day of supply after a notice: ``month_end`` the last day of the month that is
    ``months`` after the notice's (Energy Law art. 4j: one month), ``days`` so many days after it.
    """
    if formula == "days":
        return notice_on + timedelta(days=days)
    return add_months(first_of_month(notice_on), months + 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """The formula of a product's version: none, fixed, per_month_left, per_mwh_left or
    percent_of_energy_left; ``amount`` in PLN, PLN a month, PLN per MWh or a share.
    """

    id: int
    formula: str
    amount: Decimal
    most_pln: Decimal | None
    free_months: int


@dataclass(frozen=True, slots=True)
class Left:
    """What an early end leaves undone: whole and begun months, kWh, and PLN net of energy for them."""

    months: int
    kwh: Decimal
    energy_net: Decimal


@dataclass(frozen=True, slots=True)
class Penalty:
    """The penalty in PLN and how it came about: by the formula, by the product's cap, by the limit of law."""

    amount: Decimal
    by_formula: Decimal
    by_cap: Decimal | None
    by_law: Decimal | None


def months_left(*, ends_on: date, fixed_until: date) -> int:
    """Return whole and begun months between the early end and the last day of the fixed term."""
    if ends_on >= fixed_until:
        return 0
    count = 0
    while add_months(ends_on + timedelta(days=1), count) <= fixed_until:
        count += 1
    return count


def penalty(rule: PenaltyRule | None, left: Left, *, loss_pln_per_kwh: Decimal | None) -> Penalty:
    """Return the penalty for an early end, rounded half-up once.

    With ``loss_pln_per_kwh`` it is at most the seller's direct economic loss on the kWh left (households and
    small firms, rules.md 9.1); without a rule in the contract there is none.
    """
    if rule is None or rule.formula == "none" or left.months <= rule.free_months:
        return Penalty(ZERO, ZERO, None, None)
    raw = {
        "fixed": rule.amount,
        "per_month_left": rule.amount * left.months,
        "per_mwh_left": rule.amount * left.kwh / 1000,
        "percent_of_energy_left": rule.amount * left.energy_net,
    }[rule.formula]
    law = None if loss_pln_per_kwh is None else loss_pln_per_kwh * left.kwh
    bounds = [value for value in (raw, rule.most_pln, law) if value is not None]
    return Penalty(
        round_half_up(min(bounds)),
        round_half_up(raw),
        rule.most_pln,
        None if law is None else round_half_up(law),
    )
