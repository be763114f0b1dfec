"""Landing: a bank file with all its statements and lines goes to ``raw`` whole or not at all."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg import Connection
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import bank_settings, landing_checks
from operational.finance.formats.reading import read_bank_file, refuse_size
from operational.finance.formats.sheet import sheet_of
from operational.finance.formats.statements import BankFileError, BankLine, BankStatement, require_balances
from operational.finance.results import Landing, Rejection
from operational.finance.rules import business_keys, statement_currency, too_precise
from operational.kernel.settings import get_settings

_MEBIBYTE = 1024 * 1024
_STAGE = """
  drop table if exists pg_temp.stage_bank_lines, pg_temp.stage_bank_statements, pg_temp.new_bank_lines;
  create temp table stage_bank_statements (position integer, account text, currency text, opening numeric,
    closing numeric, opened_on date, closed_on date, feed text) on commit drop;
  create temp table stage_bank_lines (position integer, line_no integer, business_key text,
    booked_on date, value_date date, amount numeric, currency text, title text, payer_name text, payer_account
    text, virtual_account text, bank_reference text, description text, is_reversal boolean, file_line integer)
    on commit drop"""
_COPY = "copy pg_temp.stage_bank_lines from stdin"
_COPY_STATEMENTS = "copy pg_temp.stage_bank_statements from stdin"

_NEW_FILE = text("""
  insert into raw.files (sha256, name, kind, format, size_bytes, received_at, rows_read, rows_accepted,
    rows_rejected,
    rows_duplicate, loaded_by)
  values (:sha256, :name, 'bank_statements', :format, :size, :as_of, :lines, :accepted, 0, :lines - :accepted,
    operational.actor()) returning id""")
_NEW_STATEMENT = text("""
  insert into raw.bank_statements (file_id, account, currency, statement_number, opening_balance,
    closing_balance,
    opened_on, closed_on, feed)
  values (:file, :account, :currency, :number, :opening, :closing, :opened_on, :closed_on, :feed)
  returning id""")
_NEW_LINES = text("""
  insert into raw.bank_lines (statement_id, line_no, business_key, booked_on, value_date, amount, currency,
    title,
    payer_name, payer_account, virtual_account, bank_reference, description, is_reversal)
  select n.id, s.line_no, s.business_key, s.booked_on, s.value_date, s.amount, s.currency, s.title,
    s.payer_name,
    s.payer_account, s.virtual_account, s.bank_reference, s.description, s.is_reversal
  from pg_temp.new_bank_lines s
  join unnest(cast(:ids as bigint[])) with ordinality n(id, position) on n.position = s.position
  order by s.position, s.line_no""")
_REJECTED = text("""
  insert into raw.rejected_files (sha256, name, received_at, code, reason, cure, details)
  values (:sha256, :name, :as_of, :code, :reason, :cure, cast(:details as jsonb))
  on conflict (sha256, code) do nothing""")


def largest_file() -> int:
    """Return the most bytes a bank file may have."""
    return get_settings().bank_file_max_mb * _MEBIBYTE


def land_bank_file(
    session: Session, *, content: bytes, name: str, as_of: datetime, accept_unbalanced: bool = False
) -> Landing:
    """Store a bank file, its statements and its new lines; nothing is posted yet and nothing is committed.

    The same content again changes nothing. Lines that another file brought before are counted as duplicates.
    A file is refused whole and leaves a row in ``raw.rejected_files`` when it cannot be read, its opening
    balance plus lines is not the closing balance (``accept_unbalanced`` is for a person who looked at it), it
    tells a statement or a line again with another content, or tells singly what a list of mass payments told.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    # Files of one content, then files of one account, wait for each other: overlapping files count a line
    # once.
    _lock(session, [f"bank-file:{sha256}"])
    found = _landed(session, sha256)
    if found is not None:
        return found
    feeds = {item.format: item.feed for item in bank_settings.feeds(session)}
    try:
        statements = _read(session, content, name, accept_unbalanced)
        _lock(session, sorted({f"bank-account:{item.account}" for item in statements}))
        _stage(session, statements, feeds)
        landing_checks.require_unchanged(session, statements=statements, file_name=name)
    except BankFileError as error:
        return _reject(session, sha256, name, as_of, error)
    return _store(
        session, sha256=sha256, content=content, name=name, as_of=as_of, statements=statements, feeds=feeds
    )


def refuse_large_bank_file(session: Session, *, path: Path, name: str, as_of: datetime) -> Landing | None:
    """Refuse a file above the size limit without reading it into memory; None for any other file."""
    size = path.stat().st_size
    try:
        refuse_size(size, file_name=name, max_bytes=largest_file())
    except BankFileError as error:
        with path.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        return _reject(session, sha256, name, as_of, error)
    return None


def _lock(session: Session, names: list[str]) -> None:
    for item in names:
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": item})


def _landed(session: Session, sha256: str) -> Landing | None:
    row = session.execute(
        text("""select f.id, count(distinct s.id), f.rows_read from raw.files f
                left join raw.bank_statements s on s.file_id = f.id where f.sha256 = :sha256 group by
                  f.id"""),
        {"sha256": sha256},
    ).one_or_none()
    if row is None:
        return None
    return Landing(row[0], "already_imported", statements=row[1], lines=row[2], duplicates=row[2])


def _read(session: Session, content: bytes, name: str, accept_unbalanced: bool) -> tuple[BankStatement, ...]:
    statements = read_bank_file(
        content, file_name=name, layouts=bank_settings.layouts(session), max_bytes=largest_file()
    )
    for statement in statements:
        if not accept_unbalanced:
            try:
                require_balances(statement, file_name=name)
            except BankFileError as error:
                error.sheet = sheet_of(statements)
                raise
        for line in statement.lines:
            if too_precise(line.amount):
                raise BankFileError(
                    "bank_file_amount_precision",
                    file_name=name,
                    line_no=line.file_line,
                    what=f"the amount {line.amount} has more than two decimals.",
                    cure="Ask the bank for amounts in whole hundredths; they are never rounded here.",
                )
    return statements


def _reject(session: Session, sha256: str, name: str, as_of: datetime, error: BankFileError) -> Landing:
    reason = error.message.removesuffix(error.cure).strip()
    session.execute(
        _REJECTED,
        {
            "sha256": sha256,
            "name": name,
            "as_of": as_of,
            "code": error.code,
            "reason": reason,
            "cure": error.cure,
            "details": json.dumps(error.sheet) if error.sheet else None,
        },
    )
    return Landing(None, "rejected", rejection=Rejection(error.code, reason, error.cure))


def _store(
    session: Session,
    *,
    sha256: str,
    content: bytes,
    name: str,
    as_of: datetime,
    statements: tuple[BankStatement, ...],
    feeds: Mapping[str, str],
) -> Landing:
    session.execute(
        text("""create temp table new_bank_lines on commit drop as
                select distinct on (s.business_key) s.* from pg_temp.stage_bank_lines s
                where not exists (select from raw.bank_lines b where b.business_key = s.business_key)
                order by s.business_key, s.position, s.line_no""")
    )
    accepted: int = session.execute(text("select count(*) from pg_temp.new_bank_lines")).scalar_one()
    lines = sum(len(item.lines) for item in statements)
    file_id: int = session.execute(
        _NEW_FILE,
        {"sha256": sha256, "name": name, "format": "/".join(sorted({str(item.kind) for item in statements})),
         "size": len(content), "as_of": as_of, "lines": lines, "accepted": accepted},
    ).scalar_one()  # fmt: skip
    ids: list[int] = [
        session.execute(_NEW_STATEMENT, _statement_row(file_id, item, feeds)).scalar_one()
        for item in statements
    ]
    session.execute(_NEW_LINES, {"ids": ids})
    session.execute(
        text("drop table pg_temp.stage_bank_lines, pg_temp.stage_bank_statements, pg_temp.new_bank_lines")
    )
    return Landing(
        file_id,
        "imported",
        statements=len(statements),
        lines=lines,
        accepted=accepted,
        duplicates=lines - accepted,
        sum_credit=sum((item.sum_credit for item in statements), Decimal("0.00")),
        sum_debit=sum((item.sum_debit for item in statements), Decimal("0.00")),
    )


def _stage(session: Session, statements: tuple[BankStatement, ...], feeds: Mapping[str, str]) -> None:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101  the engine of this house is psycopg
    keys = business_keys(statements, feeds=feeds)
    with driver.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY_STATEMENTS) as copy:
            for position, statement in enumerate(statements, start=1):
                row = _statement_row(0, statement, feeds)
                names = ("account", "currency", "opening", "closing", "opened_on", "closed_on", "feed")
                copy.write_row((position, *(row[item] for item in names)))
        with cursor.copy(_COPY) as copy:
            for position, (statement, its_keys) in enumerate(zip(statements, keys, strict=True), start=1):
                for number, (line, key) in enumerate(zip(statement.lines, its_keys, strict=True), start=1):
                    copy.write_row((position, number, key, *_line_values(statement, line)))
        cursor.execute("analyze pg_temp.stage_bank_lines")


def _line_values(statement: BankStatement, line: BankLine) -> tuple[object, ...]:
    return (
        line.booking_date, line.value_date, line.amount, statement_currency(statement, line), line.title,
        line.payer_name or "", line.payer_account or "", line.virtual_account or "",
        line.bank_reference or "", line.description, line.reversal, line.file_line,
    )  # fmt: skip


def _statement_row(file_id: int, statement: BankStatement, feeds: Mapping[str, str]) -> dict[str, Any]:
    opening, closing = statement.opening, statement.closing
    number = statement.statement_number or statement.reference
    return {
        "file": file_id,
        "account": statement.account,
        "currency": statement.currency or "",
        "number": number if statement.sequence is None else f"{number}/{statement.sequence}",
        "opening": opening.amount if opening else None,
        "closing": closing.amount if closing else None,
        "opened_on": opening.balance_date if opening else None,
        "closed_on": closing.balance_date if closing else None,
        "feed": feeds[str(statement.kind)],
    }
