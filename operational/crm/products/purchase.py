"""What energy costs the seller: mean cost per MWh over a period, by component, from dated purchase costs."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import rows


class PricingError(DomainError):
    """A cost that cannot be computed because a price, a rate or a purchase cost is missing."""


# Month by month, weighted with days; the longest profile first; the last known month is carried on.
_COSTS: Final = """
select t.component, c.price_pln_per_mwh as price, n.days
from (
  select m.first_day::date as month, least((m.first_day + interval '1 month')::date, cast(:until as date))
      - greatest(m.first_day::date, cast(:start as date)) as days
  from generate_series(date_trunc('month', cast(:start as timestamp)), cast(:until as date) - 1,
    interval '1 month') as m (first_day)
) n
cross join (values ('energy'), ('profile'), ('balancing'), ('certificates')) as t (component)
left join lateral (
  select p.price_pln_per_mwh from operational.purchase_costs p
  where p.medium = :medium and p.component = t.component and p.superseded_at is null
    and p.index_code = case t.component when 'energy' then :index_code else '' end
    and starts_with(:group, p.profile_code) and p.valid_from <= n.month
  order by (p.valid_to is null or p.valid_to > n.month) desc, length(p.profile_code) desc, p.valid_from desc
  limit 1
) c on true
order by n.month, t.component"""


def mean_costs(
    session: Session, *, medium: str, tariff_group: str, index_code: str, period: tuple[date, date]
) -> Mapping[str, Decimal]:
    """Return PLN per MWh by component (energy, profile, balancing, certificates) over [start, end).

    ``index_code``: index of the price list's formula, '' for the base price. Raises PricingError when the
    energy itself has no cost; a component without rows counts as nothing.
    """
    start, until = period
    given = {
        "medium": medium, "group": tariff_group, "index_code": index_code, "start": start, "until": until,
    }  # fmt: skip
    sums: dict[str, Decimal] = defaultdict(Decimal)
    days: dict[str, int] = defaultdict(int)
    for row in rows(session, _COSTS, given):
        if row.price is None and row.component == "energy":
            raise PricingError(
                "missing_purchase_cost",
                f"There is no purchase cost of {medium} ({index_code or 'base'}) around {start}."
                " Add it to the purchase costs.",
            )
        sums[row.component] += Decimal(row.price or 0) * row.days
        days[row.component] += row.days
    return {component: total / days[component] for component, total in sums.items()}
