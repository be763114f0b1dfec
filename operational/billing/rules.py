"""Pure rules of billing runs: the safety bounds that ask for a person's reason.

A bound never stops the computation; it stops the approval until someone says why the figures are right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from operational.billing.limits import Limits

_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Bound:
    """One safety bound: the share that was found, the limit, and a sentence with the figures."""

    code: str
    is_kept: bool
    value: Decimal | None
    limit: Decimal
    message: str

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Bound":
        """Return a bound as it was kept with a run."""
        value = stored["value"]
        return cls(
            stored["code"],
            stored["is_kept"],
            None if value is None else Decimal(str(value)),
            Decimal(str(stored["limit"])),
            stored["message"],
        )


def safety_bounds(
    limits: Limits,
    *,
    gross: Decimal,
    previous_gross: Decimal,
    scopes: int,
    expected_scopes: int,
    left_out: int,
    considered: int,
) -> tuple[Bound, ...]:
    """Return the bounds of a run: its total against last month, its size against the contracts, what it
    leaves out.

    A share is unknown (None) and its bound kept when there is nothing to compare with, e.g. in the first
    month.
    """
    change = _share(gross - previous_gross, previous_gross)
    count_change = _share(Decimal(scopes - expected_scopes), Decimal(expected_scopes))
    share_left_out = _share(Decimal(left_out), Decimal(considered))
    return (
        _bound(
            "run_total_change", change, limits.run_total_change,
            f"Invoices of the month make {gross} PLN gross, {previous_gross} PLN in the month before",
        ),
        _bound(
            "run_count_change", count_change, limits.run_count_change,
            f"{scopes} scopes end in the month, {expected_scopes} are expected by the contracts",
        ),
        _bound(
            "run_parked_share", share_left_out, limits.run_parked_share,
            f"{left_out} of {considered} scopes are left out: parked or impossible to compute",
        ),
    )  # fmt: skip


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return round(part / whole, 4) if whole > 0 else None


def _bound(code: str, value: Decimal | None, limit: Decimal, figures: str) -> Bound:
    is_kept = value is None or abs(value) <= limit
    allowed = f"allowed {limit * _PERCENT:.0f} %"
    found = "nothing to compare with" if value is None else f"{value * _PERCENT:+.1f} %, {allowed}"
    return Bound(code, is_kept, value, limit, f"{figures} ({found}).")
