"""Discounts and services given under a condition: made by one person, approved by another, withdrawn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.crm.products.market import KINDS
from operational.crm.products.rules import CHANNELS, SEGMENTS, InvalidVersion, Problem
from operational.crm.products.versions import VersionError
from operational.kernel.rows import first, rows

_CODE: Final = re.compile(r"[A-Z0-9-]{2,30}")
_COLUMNS: Final = (
    "code", "product_id", "medium", "kind", "name_pl", "name_en", "value", "months", "needs_code", "segment",
    "channel", "period_months_from", "annual_kwh_from", "valid_from", "valid_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion; ``value`` positive as in contract_components, days half-open, '': anybody."""

    id: int
    public_id: str
    code: str
    number: int
    status: str
    product: str | None
    medium: str
    kind: str
    name_pl: str
    name_en: str
    value: Decimal
    months: int | None
    needs_code: bool
    segment: str
    channel: str
    period_months_from: int
    annual_kwh_from: Decimal
    valid_from: date
    valid_to: date | None
    created_by: str
    approved_by: str | None
    row_version: int


_SELECT: Final = """
  select r.id, r.public_id::text, r.code, r.number, r.status, p.name, r.medium, r.kind, r.name_pl, r.name_en,
    r.value, r.months, r.needs_code, r.segment, r.channel, r.period_months_from, r.annual_kwh_from,
    r.valid_from, r.valid_to, r.created_by, r.approved_by, r.row_version
  from operational.promotions r left join operational.products p on p.id = r.product_id"""


def promotions(session: Session, *, product_id: int | None = None) -> list[Promotion]:
    """Return all promotions, or those that a product can get, newest first."""
    found = rows(
        session,
        f"{_SELECT} where cast(:product as bigint) is null or r.product_id = :product"
        " or (r.product_id is null and r.medium ="
        " (select o.medium from operational.products o where o.id = :product))"
        " order by r.status = 'withdrawn', r.valid_from desc, r.code limit 500",
        {"product": product_id},
    )
    return [Promotion(*row) for row in found]


def promotion(session: Session, *, public_id: str) -> Promotion | None:
    """Return a promotion, or None."""
    found = first(session, f"{_SELECT} where r.public_id = cast(:id as uuid)", {"id": public_id})
    return Promotion(*found) if found else None


def add_promotion(session: Session, *, given: Mapping[str, Any], as_of: datetime) -> str:
    """Record a promotion that waits for approval; return its public id.

    ``given`` has the columns of the table. The same code may be given again for later days (a new number).
    Raises InvalidVersion with every wrong field.
    """
    problems = _problems(given)
    if problems:
        raise InvalidVersion(problems)
    values = {name: given.get(name) for name in _COLUMNS}
    try:
        with session.begin_nested():
            return str(
                session.execute(
                    text(
                        f"insert into operational.promotions ({', '.join(_COLUMNS)}, number, created_at)"
                        f" values ({', '.join(':' + name for name in _COLUMNS)}, 1 + (select count(*) from"
                        " operational.promotions o where o.code = :code), :at) returning public_id"
                    ),
                    values | {"at": as_of},
                ).scalar_one()
            )
    except IntegrityError as error:
        raise InvalidVersion([Problem("code", "promotion_overlaps", {"code": given["code"]})]) from error


def _problems(given: Mapping[str, Any]) -> list[Problem]:
    value, found = given.get("value"), []
    if not _CODE.fullmatch(str(given.get("code", ""))):
        found.append(Problem("code", "promotion_code_form"))
    found += [Problem(name, "missing_value") for name in ("name_pl", "name_en") if not given.get(name)]
    if given.get("kind") not in KINDS:
        found.append(Problem("kind", "unknown_kind"))
    if not isinstance(value, Decimal) or value <= 0:
        found.append(Problem("value", "not_positive"))
    elif given.get("kind") == "discount_percent" and value > 1:
        found.append(Problem("value", "share_above_one"))
    if given.get("segment") not in ("", *SEGMENTS):
        found.append(Problem("segment", "unknown_kind"))
    if given.get("channel") not in ("", *CHANNELS):
        found.append(Problem("channel", "unknown_kind"))
    start, end = given.get("valid_from"), given.get("valid_to")
    if not isinstance(start, date):
        found.append(Problem("valid_from", "missing_value"))
    elif end is not None and end <= start:
        found.append(Problem("valid_to", "ends_before_it_begins"))
    return found


def decide(session: Session, *, public_id: str, row_version: int, decision: str, as_of: datetime) -> None:
    """Approve a waiting promotion (another person than its author), or withdraw one at once."""
    found = session.execute(
        text(
            "select r.id, r.status, r.created_by, r.row_version, operational.actor() as actor"
            " from operational.promotions r where r.public_id = cast(:id as uuid) for update"
        ),
        {"id": public_id},
    ).one_or_none()
    if found is None:
        raise VersionError("unknown_promotion_record", "There is no such promotion. Choose one of the list.")
    if found.row_version != row_version:
        raise VersionError(
            "changed_meanwhile", "The promotion was changed meanwhile. Reload it and repeat the change."
        )
    if decision == "approve":
        if found.status != "waiting":
            raise VersionError("promotion_state", "Only a promotion that waits can be approved.")
        if found.actor == found.created_by:
            raise VersionError(
                "own_version",
                "You wrote or handed in this version yourself. Ask another person to approve it.",
            )
        sets = "status = 'approved', approved_at = :at, approved_by = :actor"
    else:
        sets = "status = 'withdrawn', withdrawn_at = :at, withdrawn_by = :actor"
    session.execute(
        text(f"update operational.promotions set {sets}, row_version = row_version + 1 where id = :id"),
        {"id": found.id, "at": as_of, "actor": found.actor},
    )
