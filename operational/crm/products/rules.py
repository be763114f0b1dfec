"""Words of products and pure checks: kinds, states, segments, and what a price list must hold."""

from enum import StrEnum
from typing import Final


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
# A price list of a product by index holds a formula instead of prices of energy.
BY_INDEX: Final = frozenset({ProductKind.INDEXED, ProductKind.DYNAMIC})


def customer_class(tariff_group: str) -> str:
    """Return the class that statutory rates know: groups G and W-1..W-4 are households unless told otherwise.

    Tariff regulation: group G is for household purposes at any voltage.
    """
    return "household" if tariff_group.startswith(("G", "W-1", "W-2", "W-3", "W-4")) else "business"
