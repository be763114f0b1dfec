"""The conflict page: somebody else changed the record while a form of it was open.

It works for every form that carries `row_version` and whose operation refuses a stale one (codes
`changed_meanwhile`, `row_version_conflict`): the record is found by the public id of the address, the audit
trail says who changed which field when, and each field that differs is chosen anew. Nothing is overwritten
unseen, nothing typed is lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import support
from operational.app.labels import error_text
from operational.app.reads.audit import AuditEntry, history
from operational.kernel.errors import DomainError

CODES = frozenset({"changed_meanwhile", "row_version_conflict"})
_OURS = frozenset({"csrf_token", "form_key", "row_version"})
_SECRET = re.compile(r"password|secret|token", re.IGNORECASE)
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Record:
    """The record that a form is about, as it is now, and who changed it since the form was opened."""

    table: str
    id: int
    row_version: int
    now: Mapping[str, Any]
    since: tuple[AuditEntry, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: what was typed beside what is saved; `is_theirs`: others changed it meanwhile."""

    field: str
    typed: str
    saved: str
    is_theirs: bool


def page(refused: DomainError) -> ResponseReturnValue:
    """Draw the conflict page of the request's form (409), after its work was rolled back."""
    session = support.database()
    record = _record(session, getattr(refused, "now", None))
    typed = {
        name: value[:_LONGEST] for name, value in request.form.items()
        if name not in _OURS and not _SECRET.search(name)
    }  # fmt: skip
    differences = _differences(record, typed) if record else []
    compared = {row.field for row in differences}
    kept = [
        (name, value) for name in typed if name not in compared for value in request.form.getlist(name)[:200]
    ]
    return render_template(
        "errors/conflict.html", record=record, differences=differences, kept=kept, typed=typed,
        detail=error_text(refused), has_files=any(part.filename for part in request.files.values()),
        back=_back(),
    ), 409  # fmt: skip


def _back() -> str:
    """Return the address of the page the form came from, within this app; else the record's own."""
    place = request.referrer or ""
    is_ours = place.startswith(request.host_url)
    return place.removeprefix(request.host_url.rstrip("/")) if is_ours else request.path


def _record(session: Session, given_now: Mapping[str, Any] | None) -> Record | None:
    """Find the record by a public id of the address or form among all tables that have one and a version."""
    ids = [str(value) for value in (*(request.view_args or {}).values(), request.form.get("public_id", ""))]
    wanted = [value for value in ids if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)]
    if not wanted:
        return None
    tables: Any = session.execute(
        text("""
            select c.relname
              from pg_catalog.pg_class c
              join pg_catalog.pg_attribute v on v.attrelid = c.oid and v.attname = 'row_version'
              join pg_catalog.pg_attribute p on p.attrelid = c.oid and p.attname = 'public_id'
             where c.relnamespace = 'operational'::regnamespace and c.relkind = 'r'
             order by c.relname""")
    ).scalars()
    # Names come from the catalogue of the database; a public id is unique over all tables.
    parts = [
        f"select '{table}' as name, id, row_version, to_jsonb(t) as now from operational.{table} t"
        " where public_id = any (cast(:ids as uuid[]))"
        for table in tables
    ]
    row = session.execute(text(" union all ".join(parts) + " limit 1"), {"ids": wanted}).one_or_none()
    if row is None:
        return None
    since = [
        entry for entry in history(session, table=row.name, row_id=str(row.id), limit=50)
        if entry.row_version is None or entry.row_version > support.form_int("row_version")
    ]  # fmt: skip
    now = {**row.now, **(given_now or {})}
    return Record(row.name, row.id, row.row_version, now, tuple(since))


def _differences(record: Record, typed: Mapping[str, str]) -> list[Difference]:
    theirs = {change.field for entry in record.since for change in entry.changes}
    return [
        Difference(name, value, shown(record.now[name]), name in theirs)
        for name, value in typed.items()
        if name in record.now and not _same(value, record.now[name])
    ]


def shown(value: Any) -> str:
    """Return a saved value as a form writes it."""
    if value is None:
        return ""
    return ("1" if value else "") if isinstance(value, bool) else str(value)


def _same(typed: str, saved: Any) -> bool:
    """Tell whether what was typed says the same as what is saved: 12,50 is 12.5, spaces aside."""
    written = shown(saved)
    if typed.strip().replace("\r\n", "\n") == written.strip():
        return True
    try:
        return Decimal(re.sub(r"\s", "", typed).replace(",", ".")) == Decimal(written)
    except InvalidOperation:
        return False


def last_change(record: Record) -> tuple[str, datetime] | None:
    """Return who changed the record last and when; None when the trail does not say."""
    return (record.since[0].actor, record.since[0].changed_at) if record.since else None
