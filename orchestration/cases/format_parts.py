"""Parts of the case format: how numbers and days are read, billing by forecast, documents expected of it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _exact(value: Any) -> Any:
    """Read numbers of YAML by their text, and fractions such as 17/30 exactly."""
    if isinstance(value, str) and "/" in value:
        return Fraction(value)
    return Fraction(str(value)) if isinstance(value, int | float | str) else value


Exact = Annotated[Fraction, BeforeValidator(_exact)]
Number = Annotated[Decimal, BeforeValidator(lambda value: str(value) if isinstance(value, float) else value)]


class Part(BaseModel):
    """What every part of a case file is: fields that are not known are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True
    )


class Dated(Part):
    """Something that holds on days [from, to); without ``to`` until further notice."""

    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")


class Forecast(Dated):
    """Billing by forecast: kWh by a method, months of a document and of an instalment, days until due."""

    method: Literal["last_year", "declared", "agreed"] = "declared"
    annual_kwh: Number | None = None
    block_months: Literal[1, 2, 3, 4, 6, 12]
    instalment_months: Literal[1, 2, 3, 4, 6, 12]
    due_days: int = 14
    price_change: Literal["at_settlement", "correct_later"] = "at_settlement"


class ExpectedInstalment(Part):
    """An instalment of a forecast, or of its correction: the difference."""

    due: date
    gross: Number
    kwh: Number | None = None


class ExpectedDocument(Part):
    """A document issued in the step: kind, period, amounts in PLN, instalments."""

    kind: Literal["forecast", "invoice", "correction"]
    period_from: date = Field(alias="from")
    period_to: date = Field(alias="to")
    net: Number
    vat: Number
    gross: Number
    used_gross: Number | None = None
    instalments: tuple[ExpectedInstalment, ...] | None = None
