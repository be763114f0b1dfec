"""The audit trail as pages show it: who changed which record when, field by field."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.presentation import formatting
from operational.kernel.rows import rows

AUDITED_TABLES = (
    "customers", "supply_points", "products", "price_lists", "contracts", "staff_users", "customer_users",
    "payments", "billing_runs", "billing_exceptions",
)  # fmt: skip
_SECRET_FIELDS = frozenset({"password_hash"})
_NOISE = frozenset({"row_version"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a change; secrets are never shown."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one record."""

    table_name: str
    row_id: str
    action: str
    changed_at: datetime
    actor: str
    reason: str | None
    changes: tuple[Change, ...]
    row_version: int | None = None


def history(session: Session, *, table: str, row_id: str, limit: int = 100) -> list[AuditEntry]:
    """Return the changes of one record, newest first, for `ui.history` on its page."""
    return audit_entries(session, table=table, row_id=row_id, offset=0, limit=limit)


def history_of(session: Session, *, table: str, public_id: str, limit: int = 50) -> list[AuditEntry]:
    """Return the changes of the record with a public id, newest first; none for an unknown table.

    The name of the table comes from a template of ours and is checked against the catalogue.
    """
    known = rows(
        session,
        "select format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'operational' and c.relkind = 'r' and c.relname = :table",
        {"table": table},
    )
    if not known:
        return []
    found = rows(
        session,
        f"select id::text from {known[0][0]} where public_id = cast(:public_id as uuid)",
        {"public_id": public_id},
    )
    return history(session, table=table, row_id=found[0][0], limit=limit) if found else []


def audit_entries(
    session: Session, *, table: str = "", row_id: str = "", offset: int, limit: int
) -> list[AuditEntry]:
    """Return changes, newest first, of all records, of one table or of one record."""
    found = rows(
        session,
        "select table_name, row_id, action, changed_at, actor, reason, before, after from "
        "operational.audit_trail"
        " where (:table = '' or table_name = :table) and (:row = '' or row_id = :row)"
        " order by id desc offset :offset limit :limit",
        {"table": table, "row": row_id, "offset": offset, "limit": limit},
    )
    return [
        AuditEntry(
            row.table_name, row.row_id, row.action, row.changed_at, row.actor, row.reason,
            _changes(row.before or {}, row.after or {}), (row.after or {}).get("row_version"),
        )
        for row in found
    ]  # fmt: skip


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[Change, ...]:
    fields = sorted((set(before) | set(after)) - _NOISE)
    return tuple(
        Change(name, _shown(name, before.get(name)), _shown(name, after.get(name))) for name in fields
    )


def _shown(name: str, value: Any) -> str:
    if name in _SECRET_FIELDS:
        return "•••"
    if name == "pesel" and value is not None:
        return formatting.masked_national_id(str(value))
    return "–" if value is None else str(value)
