"""Services and discounts that come with a product or a promotion, written when supply begins."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from operational.crm.products import market
from operational.crm.products.sale import components_for
from operational.kernel.calendar import add_months
from operational.kernel.rows import first

_PROMISED = """
  select d.product_version_id, d.promotions, d.period_months, c.signed_on, u.kind,
    (select min(s.valid_from) from operational.contract_supply_points s
      where s.contract_id = c.id and s.superseded_at is null) as begins
  from operational.contracts c join operational.customers u on u.id = c.customer_id
  join operational.contract_conditions d on d.contract_id = c.id and d.superseded_at is null
  where c.id = :id and d.product_version_id is not null
    and not exists (select from operational.contract_components k where k.contract_id = c.id)
  order by d.valid_from limit 1"""


def write(session: Session, *, contract_id: int, as_of: datetime) -> int:
    """Give a contract what its product version and promotions promise,
    from its first day of supply; return how many.

    What was promised is judged on the day of the signature; a discount for some months runs these months
    from the
    first day of supply. Does nothing when the contract has components already, or no product version.
    """
    promised = first(session, _PROMISED, {"id": contract_id})
    if promised is None or promised.begins is None:
        return 0
    components = components_for(
        session,
        product_version_id=promised.product_version_id,
        promotion_codes=promised.promotions,
        on=promised.signed_on,
        segment=promised.kind,
        period_months=promised.period_months,
    )
    for component in components:
        market.add_component(
            session,
            contract_id=contract_id,
            kind=component.kind,
            code=component.code,
            name_pl=component.name_pl,
            name_en=component.name_en,
            value=component.value,
            valid_from=promised.begins,
            valid_to=_moved(component.valid_from, component.valid_to, promised.begins),
            as_of=as_of,
        )
    return len(components)


def _moved(counted_from: date, until: date | None, begins: date) -> date | None:
    """Move the end of a discount so that it runs as many months from the first day of supply."""
    if until is None:
        return None
    months = (until.year - counted_from.year) * 12 + until.month - counted_from.month
    return add_months(begins, months)
