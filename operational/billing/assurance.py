"""Revenue assurance: every day of supply is billed, estimated or unbilled with a cause and the zloty at
stake.

The figures are those of the mart ``fct_supply_point_months``, which the nightly build makes.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from operational import warehouse
from operational.kernel.rows import rows

_MONTHS = """
select delivery_month, sum(active_days) as active, sum(active_days) filter (where billing_status = 'billed')
  as billed,
  sum(active_days) filter (where billing_status = 'estimated') as estimated,
  sum(active_days) filter (where billing_status not in ('billed', 'estimated')) as unbilled,
  coalesce(sum(amount_at_stake), 0) as at_stake
from $supply_point_months where delivery_month > :since group by 1 order by 1 desc"""
_CAUSES = """
select coalesce(m.cause, m.billing_status) as cause, count(distinct m.supply_point_id) as points,
  sum(m.active_days) as days, coalesce(sum(m.amount_at_stake), 0) as at_stake, min(m.active_from) as oldest
from $supply_point_months m
where m.billing_status not in ('billed', 'estimated') and m.delivery_month > :since
group by 1 order by 4 desc, 3 desc"""


@dataclass(frozen=True, slots=True)
class MonthOfSupply:
    """Supply-point days of a month: active = billed + estimated + unbilled; net PLN at stake of the
    unbilled."""

    month: date
    active: int
    billed: int
    estimated: int
    unbilled: int
    at_stake: Decimal

    @property
    def is_complete(self) -> bool:
        """Return whether every day stands in exactly one of the three."""
        return self.active == self.billed + self.estimated + self.unbilled


@dataclass(frozen=True, slots=True)
class Cause:
    """Why days are not billed: points, days, net PLN at stake, and the oldest day."""

    code: str
    points: int
    days: int
    at_stake: Decimal
    oldest: date


def months_of_supply(session: Session, *, since: date) -> list[MonthOfSupply]:
    """Return the months after ``since``, the newest first; empty before the first nightly build."""
    if warehouse.missing_tables(session, _MONTHS):
        return []
    return [
        MonthOfSupply(row[0], row[1], row[2] or 0, row[3] or 0, row[4] or 0, row[5])
        for row in rows(session, warehouse.fill(_MONTHS), {"since": since})
    ]


def causes(session: Session, *, since: date) -> list[Cause]:
    """Return why days after ``since`` are not billed, the most zloty first."""
    if warehouse.missing_tables(session, _CAUSES):
        return []
    return [Cause(*row) for row in rows(session, warehouse.fill(_CAUSES), {"since": since})]
