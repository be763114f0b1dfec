"""Drafts as they are kept: read one, lock one, write one under optimistic locking."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts.content import Content, from_json
from operational.kernel.errors import DomainError
from operational.kernel.rows import first


class DraftRefused(DomainError):
    """A draft that is not there, was changed by someone else, or is not in the state that the step needs."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its content; `contract_id` and `number` are kept
    for the contract once papers were made.
    """

    id: int
    public_id: str
    customer_id: int | None
    content: Content
    step: int
    status: str
    source: str
    source_id: int | None
    contract_id: int | None
    number: str | None
    created_by: str
    updated_at: datetime
    updated_by: str
    row_version: int


_DRAFT = """
  select id, public_id::text, customer_id, content, step, status, source, source_id, contract_id, number,
    created_by,
    updated_at, updated_by, row_version
  from operational.contract_drafts where public_id = cast(:id as uuid)"""


def _as_draft(row: Any) -> Draft:
    return Draft(row[0], row[1], row[2], from_json(row[3]), *row[4:])


def draft(session: Session, *, public_id: str) -> Draft | None:
    """Return a draft, or None."""
    row = first(session, _DRAFT, {"id": public_id})
    return None if row is None else _as_draft(row)


def locked(session: Session, *, public_id: str) -> Draft:
    """Return a draft that nobody else changes until this transaction ends;
    raise DraftRefused when unknown.
    """
    row = first(session, f"{_DRAFT} for update", {"id": public_id})
    if row is None:
        raise DraftRefused(
            "draft_not_found", f"There is no contract draft {public_id}. Open the list of drafts."
        )
    return _as_draft(row)


def open_for_change(session: Session, *, public_id: str, row_version: int) -> Draft:
    """Return a locked draft that may be edited by who saw `row_version`.

    Raises DraftRefused `changed_meanwhile` when someone saved it since, `draft_closed` when it is no longer
    open.
    """
    found = locked(session, public_id=public_id)
    if found.status != "open":
        raise DraftRefused(
            "draft_closed", f"Draft {public_id} is {found.status}; it can no longer be changed. Clone it."
        )
    if found.row_version != row_version:
        raise DraftRefused(
            "changed_meanwhile",
            f"{found.updated_by} changed the draft meanwhile. Reload it and repeat your change.",
        )
    return found


def write(session: Session, *, known: Draft, content: Content, step: int, as_of: datetime) -> None:
    """Write a draft's content; the customer of the first step is also kept as a reference."""
    chosen = content.customer.get("customer_id", "")
    is_existing = content.customer.get("mode") == "existing" and chosen.isdigit()
    session.execute(
        text(
            "update operational.contract_drafts set content = cast(:content as jsonb), customer_id = "
            ":customer,"
            " step = greatest(step, :step), updated_at = :at, updated_by = operational.actor(),"
            " row_version = row_version + 1 where id = :id"
        ),
        {
            "content": json.dumps(content.as_json(), ensure_ascii=False),
            "customer": int(chosen) if is_existing else None,
            "step": step,
            "at": as_of,
            "id": known.id,
        },
    )


def insert(
    session: Session, *, content: Content, step: int, source: str, source_id: int | None, as_of: datetime
) -> str:
    """Insert an open draft and return its public id."""
    chosen = content.customer.get("customer_id", "")
    return str(
        session.execute(
            text(
                "insert into operational.contract_drafts (customer_id, content, step, source, source_id,"
                " created_at, updated_at) values (:customer, cast(:content as jsonb), :step, :source,"
                " :source_id, :at, :at) returning public_id::text"
            ),
            {
                "customer": int(chosen) if chosen.isdigit() else None,
                "content": json.dumps(content.as_json(), ensure_ascii=False),
                "step": step,
                "source": source,
                "source_id": source_id,
                "at": as_of,
            },
        ).scalar_one()
    )
