"""Words of products and pure checks: kinds, states, segments, and what a price list must hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from operational.kernel.errors import DomainError


class ProductKind(StrEnum):
    """What is sold; electricity unless said otherwise."""

    FIX = "fix"
    INDEXED = "indexed"
    DYNAMIC = "dynamic"
    GREEN = "green"
    GAS = "gas"
    SERVICE = "service"
    BUNDLE = "bundle"


class VersionStatus(StrEnum):
    """The life of a version: written, handed in, approved by another person, taken off sale."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


SEGMENTS: Final = ("household", "business", "public")
CHANNELS: Final = ("office", "phone", "web", "field", "partner")
FORMULAS: Final = ("none", "fixed", "per_month_left", "per_mwh_left", "percent_of_energy_left")
# The charge that holds the prices of energy of a medium.
ENERGY: Final = {"electricity": "energy_active", "gas": "gas_fuel"}
# A price list of a product by index holds a formula instead of prices of energy.
BY_INDEX: Final = frozenset({ProductKind.INDEXED, ProductKind.DYNAMIC})


def customer_class(tariff_group: str) -> str:
    """Return the class that statutory rates know: groups G and W-1..W-4 are households unless told otherwise.

    Tariff regulation: group G is for household purposes at any voltage.
    """
    return "household" if tariff_group.startswith(("G", "W-1", "W-2", "W-3", "W-4")) else "business"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a field: ``code`` has words (group product_problem) with the ``values`` in them."""

    place: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


class InvalidVersion(DomainError):
    """A version that cannot be saved, handed in or approved; ``problems`` say which field and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        named = "; ".join(f"{one.place}: {one.code} {dict(one.values) or ''}".strip() for one in problems)
        super().__init__("product_version_invalid", f"The version has mistakes: {named}. Correct them.")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Head:
    """What a version says about itself; days are half-open, ``valid_to`` the first day off sale."""

    product_id: int
    version_id: int
    kind: str
    medium: str
    variant: str
    valid_from: date
    valid_to: date | None
    period_months: int | None
    floor_pln_per_mwh: Decimal | None
    below_floor_reason: str
    has_price_list: bool
