"""The limits of the billing guards: data in ``operational.billing_limits`` that the user can correct."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

# Codes that the guards of the issue step give; an exception with one of them is looked at again in every
# new run.
GUARDS: Final = (
    "gross_above_cap", "outlier", "negative_invoice", "negative_energy", "energy_above_power",
    "share_of_estimates", "double_billing",
)  # fmt: skip
# Put by a person on a scope, a supply point or a customer; only a person takes it away.
HOLD: Final = "hold"


class MissingLimit(DomainError):
    """A row of billing_limits was removed."""

    def __init__(self, code: str) -> None:
        super().__init__(
            "missing_billing_limit",
            f"The limit '{code}' is missing in billing_limits, so the guards cannot work. Insert the row "
            f"again.",
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """One field per row of ``billing_limits``; amounts in PLN gross, power in kW, shares as fractions."""

    gross_history_factor: Decimal
    gross_history_floor: Decimal
    gross_cap_household: Decimal
    gross_cap_business: Decimal
    power_kw_without_contract: Decimal
    estimated_share: Decimal
    run_total_change: Decimal
    run_count_change: Decimal
    run_parked_share: Decimal

    @property
    def of_guards(self) -> dict[str, Decimal]:
        """Return the limits of single scopes as bind parameters of ``sql/guards.sql``."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if not field.name.startswith("run_")
        }


def read_limits(session: Session) -> Limits:
    """Read all limits; raises MissingLimit."""
    found = {
        row.code: row.value
        for row in session.execute(text("select code, value from operational.billing_limits"))
    }
    for field in fields(Limits):
        if field.name not in found:
            raise MissingLimit(field.name)
    return Limits(**{field.name: found[field.name] for field in fields(Limits)})
