"""What a draft of a contract holds: one section per step of the wizard, as it was typed.

Sections are kept as text, so a draft can be left with a half-typed number and taken up again; `rules` reads
them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STEPS = ("customer", "points", "product", "terms", "consents", "summary")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """Typed sections of a draft; `points` is one mapping per supply point."""

    customer: Fields = field(default_factory=dict)
    points: tuple[Fields, ...] = ()
    product: Fields = field(default_factory=dict)
    terms: Fields = field(default_factory=dict)
    consents: Fields = field(default_factory=dict)

    def with_section(self, step: str, given: Fields | Sequence[Fields]) -> "Content":
        """Return the content with one section replaced."""
        value = tuple(dict(row) for row in given) if not isinstance(given, Mapping) else dict(given)
        return from_json({**self.as_json(), step: value})

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "customer": dict(self.customer),
            "points": [dict(point) for point in self.points],
            "product": dict(self.product),
            "terms": dict(self.terms),
            "consents": dict(self.consents),
        }


def from_json(stored: Mapping[str, Any]) -> Content:
    """Read what `as_json` wrote; sections that are missing are empty."""
    return Content(
        customer=dict(stored.get("customer") or {}),
        points=tuple(dict(point) for point in stored.get("points") or ()),
        product=dict(stored.get("product") or {}),
        terms=dict(stored.get("terms") or {}),
        consents=dict(stored.get("consents") or {}),
    )
