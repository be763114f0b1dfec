"""Files of imports as they were sent: kept with what the check found, imported once, on purpose."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio.files import ImportFileError
from operational.crm.portfolio.importing import Checked, check_file, import_checked, rejected_csv
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows

_PROBLEMS_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class StoredImport:
    """A file of the list of imports, with what the check found."""

    id: int
    public_id: str
    kind: str
    name: str
    rows_read: int
    rows_good: int
    rows_known: int
    rows_wrong: int
    problems: list[dict[str, Any]]
    created_at: datetime
    created_by: str
    imported_at: datetime | None
    imported_by: str | None
    rows_imported: int | None
    row_version: int


_COLUMNS = """id, public_id::text, kind, name, rows_read, rows_good, rows_known, rows_wrong, problems,
created_at, created_by, imported_at, imported_by, rows_imported, row_version"""


def store(
    session: Session, *, name: str, content: bytes, checked: Checked, words: Mapping[str, str] | None = None
) -> str:
    """Keep a checked file with what was found; return its public id.
    `words` say the cures in the rejected CSV.
    """
    problems = [
        {"line": found.line, "column": found.column, "value": found.value, "code": found.code}
        for found in checked.problems[:_PROBLEMS_KEPT]
    ]
    return str(
        session.execute(
            text(
                "insert into operational.portfolio_imports (kind, name, sha256, content, rows_read,"
                " rows_good,"
                " rows_known, rows_wrong, problems, rejected)"
                " values (:kind, :name, :sha, :content, :read, :good,"
                " :known, :wrong, cast(:problems as jsonb), :rejected) returning public_id::text"
            ),
            {
                "kind": checked.kind, "name": name[:200] or "-", "sha": hashlib.sha256(content).hexdigest(),
                "content": content, "read": checked.rows_read, "good": len(checked.good),
                "known": checked.known, "wrong": checked.wrong,
                "rejected": rejected_csv(checked, dict(words or {})),
                "problems": json.dumps(problems, ensure_ascii=False),
            },
        ).scalar_one()
    )  # fmt: skip


def imports(session: Session, *, offset: int = 0, limit: int = 50) -> list[StoredImport]:
    """Return the files sent, the newest first."""
    found = rows(
        session,
        f"select {_COLUMNS} from operational.portfolio_imports order by created_at desc, id desc"
        " offset :offset limit :limit",
        {"offset": offset, "limit": limit},
    )
    return [StoredImport(*row) for row in found]


def stored_import(session: Session, *, public_id: str) -> StoredImport | None:
    """Return a file of the list, or None."""
    row = first(
        session,
        f"select {_COLUMNS} from operational.portfolio_imports where public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    return StoredImport(*row) if row else None


def rejected_rows(session: Session, *, public_id: str) -> str | None:
    """Return the CSV of the wrong rows of a file, or None when there is no such file."""
    row = first(
        session,
        "select rejected from operational.portfolio_imports where public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    return str(row.rejected) if row else None


def run_stored(session: Session, *, public_id: str, row_version: int, as_of: datetime, actor: str) -> int:
    """Check a stored file again and import its good rows; return how many rows were imported.

    Rows that became wrong since the first check are left out and told.
    Raises ImportFileError for an unknown file and `changed_meanwhile` when the file was imported already or
    the form is stale.
    """
    row = first(
        session,
        "select id, kind, content, row_version, imported_at from operational.portfolio_imports"
        " where public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if row is None:
        raise ImportFileError("import_not_found", "There is no such file. Send it again.")
    if row.imported_at is not None or row.row_version != row_version:
        raise DomainError(
            "changed_meanwhile", "This file was imported meanwhile. Reload the page to see what became of it."
        )
    checked = check_file(session, kind=row.kind, content=bytes(row.content))
    imported = import_checked(session, checked=checked, as_of=as_of)
    session.execute(
        text(
            "update operational.portfolio_imports"
            " set imported_at = now(), imported_by = :actor, rows_imported = :n,"
            " rows_good = :good, rows_known = :known, rows_wrong = :wrong, row_version = row_version + 1"
            " where id = :id"
        ),
        {
            "id": row.id, "actor": actor, "n": imported, "good": len(checked.good), "known": checked.known,
            "wrong": checked.wrong,
        },
    )  # fmt: skip
    return imported
