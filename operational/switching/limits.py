"""The dated rules of switching as they hold on a day, and the SQL in which statements use them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching.rules import MEDIA, Limit, Limits

_LIMITS = text("""
  select medium, code, value, unit from operational.switching_deadlines
  where valid_from <= :day and (valid_to is null or valid_to > :day)""")


def limits_on(session: Session, day: date, moment: datetime) -> Limits:
    """Return the limits that hold on a day."""
    rows = session.execute(_LIMITS, {"day": day}).all()
    return Limits(day, moment, {(row.medium, row.code): Limit(row.value, row.unit) for row in rows})


def due(code: str, medium: str = "c.medium") -> str:
    """Return SQL for the day on which a limit that begins today ends; its parameters come from
    ``due_values``."""
    gas, power = (f"cast(:{code}_{name} as date)" for name in ("gas", "electricity"))
    return f"(case {medium} when 'gas' then {gas} else {power} end)"


def due_values(limits: Limits, *codes: str) -> dict[str, Any]:
    """Return the parameters of ``due`` for some limits."""
    return {f"{code}_{medium}": limits.due(medium, code) for code in codes for medium in MEDIA}
