"""Price lists that came in by import: what is sold already needs no approval of ours."""

from datetime import datetime

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

_VERSIONS = """
  insert into operational.product_versions (product_id, number, variant, status, origin, price_list_id,
    valid_from, submitted_at, submitted_by, approved_at, approved_by, created_at)
  select l.product_id, coalesce((select max(o.number) from operational.product_versions o
      where o.product_id = l.product_id), 0) + row_number() over (partition by l.product_id order by l.id),
    left(l.code, 40), 'approved', 'import', l.id,
    coalesce((select min(i.valid_from) from operational.price_list_items i
      where i.price_list_id = l.id and i.superseded_at is null), cast(:at as timestamptz)::date),
    :at, operational.actor(), :at, 'system:import', :at
  from operational.price_lists l
  where not exists (select from operational.product_versions v where v.price_list_id = l.id)"""
_RULES = """
  insert into operational.sale_rules (product_version_id, valid_from, recorded_at)
  select v.id, v.valid_from, :at from operational.product_versions v
  where v.origin = 'import' and not exists (
    select from operational.sale_rules r where r.product_version_id = v.id)"""


def approve_imported(session: Session, *, as_of: datetime) -> int:
    """Give every price list without a version an approved one, sold to everybody; return how many.

    The importing person answers for what comes in: import is the approval.
    """
    made = session.execute(text(_VERSIONS), {"at": as_of})
    assert isinstance(made, CursorResult)  # noqa: S101  INSERT without RETURNING
    session.execute(text(_RULES), {"at": as_of})
    return made.rowcount
