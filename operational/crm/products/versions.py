"""The life of a product version: written, handed in, approved by another, ended, withdrawn, copied.

An approved version is never changed: a new price is a new version (or an indexation of running contracts).
Each write names the ``row_version`` it saw; a stale one raises ``changed_meanwhile``.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.crm.products import content as contents
from operational.crm.products.checks import mistakes, shortcomings
from operational.crm.products.content import Content
from operational.crm.products.floors import margins
from operational.crm.products.rules import Head, InvalidVersion, Problem, ProductKind, VersionStatus
from operational.kernel.errors import DomainError
from operational.kernel.rows import first

_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,29}")


class VersionError(DomainError):
    """A step that the state of the version does not allow."""


@dataclass(frozen=True, slots=True)
class HeadFields:
    """What a form says about a version; days half-open, months whole, floor in PLN per MWh."""

    valid_from: date
    valid_to: date | None = None
    variant: str = ""
    period_months: int | None = None
    guarantee_months: int = 0
    floor_pln_per_mwh: Decimal | None = None
    below_floor_reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version with its product and price list, as it stands now."""

    id: int
    public_id: str
    product_id: int
    product_code: str
    product: str
    kind: str
    medium: str
    number: int
    variant: str
    status: str
    origin: str
    price_list_id: int | None
    price_list_code: str | None
    valid_from: date
    valid_to: date | None
    period_months: int | None
    guarantee_months: int
    floor_pln_per_mwh: Decimal | None
    below_floor_reason: str
    note: str
    return_reason: str
    created_by: str
    changed_by: str
    submitted_by: str | None
    submitted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    withdrawn_by: str | None
    row_version: int

    @property
    def head(self) -> Head:
        """Return what the checks need to know."""
        return Head(
            self.product_id, self.id, self.kind, self.medium, self.variant, self.valid_from, self.valid_to,
            self.period_months, self.floor_pln_per_mwh, self.below_floor_reason,
            self.price_list_id is not None,
        )  # fmt: skip


VERSION_SQL: Final = """
  select v.id, v.public_id::text, v.product_id, p.code, p.name, p.kind, p.medium, v.number, v.variant,
    v.status, v.origin, v.price_list_id, l.code, v.valid_from, v.valid_to, v.period_months,
    v.guarantee_months, v.floor_pln_per_mwh, v.below_floor_reason, v.note, v.return_reason,
    v.created_by, v.changed_by, v.submitted_by, v.submitted_at, v.approved_by, v.approved_at,
    v.withdrawn_by, v.row_version
  from operational.product_versions v join operational.products p on p.id = v.product_id
  left join operational.price_lists l on l.id = v.price_list_id"""


def version(session: Session, *, public_id: str) -> Version | None:
    """Return a version, or None."""
    found = first(session, f"{VERSION_SQL} where v.public_id = cast(:id as uuid)", {"id": public_id})
    return Version(*found) if found else None


def content_of(session: Session, *, found: Version) -> Content:
    """Return the content of a version that holds now."""
    return contents.read(session, version_id=found.id, price_list_id=found.price_list_id)


def head_of(found: Version, fields: HeadFields) -> Head:
    """Return what the checks need to know of a version with the fields of a form."""
    return Head(
        found.product_id, found.id, found.kind, found.medium, fields.variant, fields.valid_from,
        fields.valid_to, fields.period_months, fields.floor_pln_per_mwh, fields.below_floor_reason,
        found.price_list_id is not None,
    )  # fmt: skip


def create_product(
    session: Session, *, code: str, name: str, kind: str, medium: str, valid_from: date, as_of: datetime
) -> str:
    """Create a product with an empty draft of its first version; return the version's public id.

    ``code``: capital letters, digits and hyphens. Raises InvalidVersion with the field that is wrong.
    """
    problems = []
    if not _CODE.fullmatch(code):
        problems.append(Problem("code", "product_code_form"))
    elif first(session, "select 1 from operational.products where code = :code", {"code": code}):
        problems.append(Problem("code", "product_code_taken", {"code": code}))
    if not name.strip():
        problems.append(Problem("name", "missing_value"))
    if kind not in list(ProductKind):
        problems.append(Problem("kind", "unknown_kind"))
    if medium not in ("electricity", "gas") or (kind == ProductKind.GAS) != (
        medium == "gas" and kind not in (ProductKind.SERVICE, ProductKind.BUNDLE)
    ):
        problems.append(Problem("medium", "kind_does_not_fit"))
    if problems:
        raise InvalidVersion(problems)
    product_id = int(
        session.execute(
            text(
                "insert into operational.products (code, name, medium, kind, created_at)"
                " values (:code, :name, :medium, :kind, :at) returning id"
            ),
            {"code": code, "name": name.strip(), "medium": medium, "kind": kind, "at": as_of},
        ).scalar_one()
    )
    return _new_version(session, product_id=product_id, head=HeadFields(valid_from), as_of=as_of)


def _new_version(session: Session, *, product_id: int, head: HeadFields, as_of: datetime) -> str:
    """Insert a draft with the next number and, unless it is a service, a price list of its own."""
    found = session.execute(
        text(
            "select p.code, p.name, p.kind, coalesce((select max(v.number)"
            " from operational.product_versions v where v.product_id = p.id), 0) + 1 as number"
            " from operational.products p where p.id = :id for update"
        ),
        {"id": product_id},
    ).one()
    price_list: int | None = None
    if found.kind != ProductKind.SERVICE:
        price_list = session.execute(
            text(
                "insert into operational.price_lists (code, name, product_id, created_at)"
                " values (:code, :name, :product, :at) returning id"
            ),
            {
                "code": f"{found.code}-V{found.number}", "name": f"{found.name} v{found.number}",
                "product": product_id, "at": as_of,
            },
        ).scalar_one()  # fmt: skip
    return str(
        session.execute(
            text(
                "insert into operational.product_versions (product_id, number, price_list_id, variant,"
                " valid_from, valid_to, period_months, guarantee_months, floor_pln_per_mwh,"
                " below_floor_reason, note, created_at) values (:product, :number, :price_list, :variant,"
                " :valid_from, :valid_to, :period_months, :guarantee_months, :floor_pln_per_mwh,"
                " :below_floor_reason, :note, :at) returning public_id"
            ),
            {
                **asdict(head), "product": product_id, "number": found.number, "price_list": price_list,
                "at": as_of,
            },
        ).scalar_one()
    )  # fmt: skip


def copy_version(session: Session, *, public_id: str, valid_from: date, as_of: datetime) -> str:
    """Make a draft with everything of a version, from ``valid_from`` on; return its public id."""
    source = _found(session, public_id)
    head = HeadFields(
        valid_from, None, source.variant, source.period_months, source.guarantee_months,
        source.floor_pln_per_mwh,
    )  # fmt: skip
    made = _new_version(session, product_id=source.product_id, head=head, as_of=as_of)
    copy = _found(session, made)
    contents.write(
        session, version_id=copy.id, price_list_id=copy.price_list_id, as_of=as_of,
        content=contents.moved(content_of(session, found=source), start=valid_from),
    )  # fmt: skip
    return made


def save_version(
    session: Session, *, public_id: str, head: HeadFields, content: Content, row_version: int, as_of: datetime
) -> None:
    """Save a draft. Raises InvalidVersion naming every wrong field, VersionError when it is no draft."""
    found = _in_state(session, public_id, row_version, VersionStatus.DRAFT)
    problems = mistakes(session, head=head_of(found, head), content=content)
    if problems:
        raise InvalidVersion(problems)
    _update(session, found, {**asdict(head), "return_reason": ""}, changed=True)
    contents.write(
        session, version_id=found.id, price_list_id=found.price_list_id, content=content, as_of=as_of
    )


def submit(session: Session, *, public_id: str, row_version: int, as_of: datetime) -> None:
    """Hand a draft in for approval; raises InvalidVersion while it has holes, overlaps or low prices."""
    found = _in_state(session, public_id, row_version, VersionStatus.DRAFT)
    _refuse_shortcomings(session, found)
    _update(session, found, {"status": "waiting", "submitted_at": as_of, "submitted_by": _actor(session)})


def approve(
    session: Session, *, public_id: str, row_version: int, may_go_below_floor: bool, as_of: datetime
) -> None:
    """Approve a waiting version: from its first day on it may be sold.

    Another person than the one who wrote it last or handed it in; below the floor only with the permission
    for it. Raises VersionError (`own_version`, `below_floor_not_allowed`) and InvalidVersion.
    """
    found = _in_state(session, public_id, row_version, VersionStatus.WAITING)
    actor = _actor(session)
    if actor in (found.changed_by, found.submitted_by):
        raise VersionError(
            "own_version", "You wrote or handed in this version yourself. Ask another person to approve it."
        )
    _refuse_shortcomings(session, found)
    content = content_of(session, found=found)
    is_below = any(one.is_below for one in margins(session, head=found.head, content=content))
    if is_below and not may_go_below_floor:
        raise VersionError(
            "below_floor_not_allowed",
            "A price lies below the floor. Somebody with the permission for such prices must approve it.",
        )
    try:
        with session.begin_nested():
            _update(session, found, {"status": "approved", "approved_at": as_of, "approved_by": actor})
    except IntegrityError as error:
        raise VersionError(
            "version_overlaps", "Another version was approved for these days meanwhile. Reload the page."
        ) from error


def give_back(session: Session, *, public_id: str, row_version: int, reason: str) -> None:
    """Give a waiting version back to its author as a draft, with the reason."""
    found = _in_state(session, public_id, row_version, VersionStatus.WAITING)
    if not reason.strip():
        raise InvalidVersion([Problem("reason", "missing_value")])
    _update(
        session, found,
        {"status": "draft", "submitted_at": None, "submitted_by": None, "return_reason": reason.strip()},
    )  # fmt: skip


def end_sale(session: Session, *, public_id: str, row_version: int, valid_to: date) -> None:
    """End the sale of an approved version; ``valid_to`` is the first day on which it is not sold.

    Contracts that were signed go on. Only an earlier end than the known one is taken.
    """
    found = _in_state(session, public_id, row_version, VersionStatus.APPROVED)
    if valid_to <= found.valid_from or (found.valid_to is not None and valid_to > found.valid_to):
        raise InvalidVersion([Problem("valid_to", "end_outside_sale", {"from": found.valid_from})])
    _update(session, found, {"valid_to": valid_to})


def withdraw(session: Session, *, public_id: str, row_version: int, as_of: datetime) -> None:
    """Take a version off sale at once, whatever its state; contracts that were signed go on."""
    found = _in_state(
        session, public_id, row_version, VersionStatus.DRAFT, VersionStatus.WAITING, VersionStatus.APPROVED
    )
    _update(session, found, {"status": "withdrawn", "withdrawn_at": as_of, "withdrawn_by": _actor(session)})


def _refuse_shortcomings(session: Session, found: Version) -> None:
    content = content_of(session, found=found)
    problems = mistakes(session, head=found.head, content=content)
    problems += shortcomings(session, head=found.head, content=content)
    if problems:
        raise InvalidVersion(problems)


def _found(session: Session, public_id: str) -> Version:
    found = version(session, public_id=public_id)
    if found is None:
        raise VersionError("unknown_version", "There is no such version. Choose one of the list.")
    return found


def _in_state(session: Session, public_id: str, row_version: int, *allowed: VersionStatus) -> Version:
    """Lock and return a version in one of the states, as the form saw it."""
    session.execute(
        text("select 1 from operational.product_versions where public_id = cast(:id as uuid) for update"),
        {"id": public_id},
    )
    found = _found(session, public_id)
    if found.row_version != row_version:
        raise VersionError(
            "changed_meanwhile",
            f"Version {found.number} of {found.product} was changed meanwhile. Reload it and repeat.",
        )
    if found.status not in allowed:
        raise VersionError(
            "version_state",
            f"Version {found.number} is {found.status}, so this cannot be done. Copy it to a new version.",
        )
    return found


def _update(session: Session, found: Version, values: Mapping[str, Any], *, changed: bool = False) -> None:
    sets = [f"{name} = :{name}" for name in values] + ["row_version = row_version + 1"]
    if changed:
        sets.append("changed_by = operational.actor()")
    session.execute(
        text(f"update operational.product_versions set {', '.join(sets)} where id = :id"),
        {**values, "id": found.id},
    )


def _actor(session: Session) -> str:
    return str(session.execute(text("select operational.actor()")).scalar_one())
