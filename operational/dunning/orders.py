"""Orders to distributors: a file per distributor, and what came of each order.

The night makes the orders (suspension) and what follows when the reason ceases (withdrawal, resumption);
here they leave as a file and their outcome comes back.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.dunning.acting import log
from operational.dunning.rules import DunningError

_COLUMNS = (
    "order_number", "kind", "supply_point_code", "follows_order", "customer_number", "customer_name",
    "street",
    "postal_code", "city", "ordered_on",
)  # fmt: skip
_WAITING = text("""
  select o.id, o.number as order_number, o.kind, s.code as supply_point_code, coalesce(f.number, '')
    as follows_order,
    c.customer_number, c.name as customer_name,
    a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end as street,
      a.postal_code, a.city, o.ordered_on
  from operational.dso_orders o
  join operational.supply_points s on s.id = o.supply_point_id
  join operational.addresses a on a.id = s.address_id
  join operational.customers c on c.id = o.customer_id
  left join operational.dso_orders f on f.id = o.follows_id
  where o.status = 'created' and o.dso_code = :dso order by o.id for update of o""")


@dataclass(frozen=True, slots=True)
class OrderFile:
    """A file of orders for one distributor."""

    public_id: str
    name: str
    orders: int


def export_orders(session: Session, *, dso_code: str, as_of: date) -> OrderFile | None:
    """Put the waiting orders of a distributor into one CSV file, mark them sent; None when nothing waits."""
    rows = session.execute(_WAITING, {"dso": dso_code}).all()
    if not rows:
        return None
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for row in rows:
        table.writerow([_plain(getattr(row, column)) for column in _COLUMNS])
    content = written.getvalue().encode("utf-8-sig")
    made = session.execute(
        text("""insert into operational.dso_order_files (dso_code, name, content, content_sha256, orders,
          made_on)
                values (:dso, :name, :content, :digest, :orders, :as_of) returning id, public_id::text
                  as public_id, name"""),
        {
            "dso": dso_code,
            "name": f"orders-{dso_code}-{as_of:%Y%m%d}-{rows[0].order_number[3:]}.csv",
            "content": content,
            "digest": hashlib.sha256(content).digest(), "orders": len(rows), "as_of": as_of,
        },
    ).one()  # fmt: skip
    session.execute(
        text("""update operational.dso_orders set status = 'sent', file_id = :file,
          row_version = row_version + 1
                 where id = any(:ids)"""),
        {"file": made.id, "ids": [row.id for row in rows]},
    )
    return OrderFile(made.public_id, made.name, len(rows))


def _plain(value: object) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    given = str(value)
    return f"'{given}" if given[:1] in ("=", "+", "-", "@", "\t") else given


def record_outcome(
    session: Session, *, public_id: str, outcome: str, row_version: int, as_of: date, note: str = ""
) -> None:
    """Record that the distributor carried an order out or refused it; the stage of an open case follows.

    Raises DunningError when the order is not on its way or somebody else changed it.
    """
    if outcome not in ("done", "refused"):
        raise DunningError("order_outcome", "Say whether the order was carried out or refused.")
    order = session.execute(
        text("""update operational.dso_orders set status = :outcome, done_on = :as_of, note = :note,
          row_version = row_version + 1
                 where public_id::text = :public_id and status = 'sent' and row_version = :version
                returning number, kind, case_id, customer_id"""),
        {"public_id": public_id, "outcome": outcome, "as_of": as_of, "note": note, "version": row_version},
    ).one_or_none()
    if order is None:
        raise DunningError(
            "order_not_sent",
            "The order is not on its way, or somebody else has just changed it. Reload the page.",
        )
    stage = (
        {"suspension": "SUSPENDED", "resumption": "RESTORED"}.get(order.kind) if outcome == "done" else None
    )
    if stage:
        session.execute(
            text("""update operational.dunning_cases set stage = :stage, row_version = row_version + 1
                     where id = :id and closed_on is null and stage in ('NOTICE', 'SUSPENSION_ORDERED',
                       'SUSPENDED')"""),
            {"id": order.case_id, "stage": stage},
        )
    details = {"order": order.number, "kind": order.kind, "outcome": outcome, "note": note}
    log(
        session,
        customer_id=order.customer_id,
        case_id=order.case_id,
        kind="order_done",
        as_of=as_of,
        details=details,
    )
