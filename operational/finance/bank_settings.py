"""What the bank's side of finance is told by data: feeds, report layouts, matching levels, channels.

All of it is company policy in tables with an audit trail, changed on the page "Bank settings".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.formats.report import FIELDS, REQUIRED, ReportLayout
from operational.kernel.errors import DomainError

AUTOMATIC = "automatic"
NEVER = 101  # a level above the surest match: nothing is posted by itself
FEEDS = ("ledger", "preview", "collect")
ENCODINGS = ("auto", "utf-8", "cp1250", "iso-8859-2", "cp852")
DELIMITERS = (";", ",", "\t", "|")


class BankSettingError(DomainError):
    """A setting of the bank pages cannot be stored so; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Level:
    """How sure a kind of match is, in percent; the row ``automatic`` is the limit from which it posts."""

    code: str
    confidence: int
    row_version: int


@dataclass(frozen=True, slots=True)
class Feed:
    """What files of a format are for: ledger, preview or collect."""

    format: str
    feed: str
    row_version: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A way of paying beside the transfer; its clearing account waits for the one sum of the bank."""

    code: str
    clearing_account: str
    settlement_words: str
    is_active: bool
    row_version: int


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """A report layout as stored, active or not."""

    code: str
    title: str
    delimiter: str
    encoding: str
    decimal_mark: str
    date_format: str
    currency: str
    columns: Mapping[str, str]
    is_active: bool
    row_version: int


def levels(session: Session) -> list[Level]:
    """Return the matching levels, the limit first, then the surest."""
    rows = session.execute(
        text(f"""select code, confidence, row_version from operational.matching_levels
                order by code <> '{AUTOMATIC}', confidence desc, code""")
    )
    return [Level(**row._mapping) for row in rows]


def confidences(session: Session) -> dict[str, int]:
    """Return the confidence of each kind of match, and the limit as ``automatic``."""
    return {level.code: level.confidence for level in levels(session)}


def feeds(session: Session) -> list[Feed]:
    """Return what each format is for."""
    rows = session.execute(
        text("select format, feed, row_version from operational.bank_feeds order by format")
    )
    return [Feed(**row._mapping) for row in rows]


def channels(session: Session) -> list[Channel]:
    """Return the channels."""
    rows = session.execute(
        text("""select code, clearing_account, settlement_words, is_active, row_version
                from operational.payment_channels order by id""")
    )
    return [Channel(**row._mapping) for row in rows]


def layout_rows(session: Session) -> list[LayoutRow]:
    """Return the layouts of mass-payment reports, by code."""
    rows = session.execute(
        text("""select code, title, delimiter, encoding, decimal_mark, date_format, currency, columns,
                  is_active, row_version from operational.bank_report_layouts order by code""")
    )
    return [LayoutRow(**row._mapping) for row in rows]


def layouts(session: Session) -> list[ReportLayout]:
    """Return the active layouts, as the reader of reports wants them."""
    return [
        ReportLayout(
            code=row.code,
            title=row.title,
            delimiter=row.delimiter,
            decimal_mark=row.decimal_mark,
            date_format=row.date_format,
            columns=row.columns,
            encoding=row.encoding,
            currency=row.currency,
        )
        for row in layout_rows(session)
        if row.is_active
    ]


def set_level(session: Session, *, code: str, confidence: int, row_version: int) -> None:
    """Change a level (1-100; the limit also 101, never). Raises BankSettingError."""
    if not 1 <= confidence <= (NEVER if code == AUTOMATIC else 100):
        raise BankSettingError("bank_level_range", f"The level {confidence} is not between 1 and 100.")
    _changed(
        session,
        """update operational.matching_levels set confidence = :confidence, row_version = row_version + 1
           where code = :code and row_version = :row_version""",
        {"code": code, "confidence": confidence, "row_version": row_version},
    )


def set_feed(session: Session, *, format: str, feed: str, row_version: int) -> None:  # noqa: A002
    """Change what a format is for; files landed before keep what they were. Raises BankSettingError."""
    if feed not in FEEDS:
        raise BankSettingError("bank_feed_unknown", f"There is no use '{feed}' of a bank file.")
    _changed(
        session,
        """update operational.bank_feeds set feed = :feed, row_version = row_version + 1
           where format = :format and row_version = :row_version""",
        {"format": format, "feed": feed, "row_version": row_version},
    )


def set_channel(session: Session, *, code: str, words: str, is_active: bool, row_version: int) -> None:
    """Change the words by which the bank's one sum of a channel is known, or switch the channel off."""
    _changed(
        session,
        """update operational.payment_channels set settlement_words = :words, is_active = :active,
             row_version = row_version + 1 where code = :code and row_version = :row_version""",
        {
            "code": code,
            "words": " ".join(words.split())[:80],
            "active": is_active,
            "row_version": row_version,
        },
    )


def save_layout(session: Session, *, layout: ReportLayout, is_active: bool, row_version: int) -> None:
    """Store a layout: a new one with ``row_version`` 0, else a changed one. Raises BankSettingError."""
    _check_layout(layout)
    given: dict[str, Any] = {
        "code": layout.code, "title": layout.title, "delimiter": layout.delimiter,
        "encoding": layout.encoding, "decimal_mark": layout.decimal_mark,
        "date_format": layout.date_format, "currency": layout.currency, "is_active": is_active,
        "columns": json.dumps(dict(layout.columns), ensure_ascii=False), "row_version": row_version,
    }  # fmt: skip
    if row_version:
        _changed(
            session,
            """update operational.bank_report_layouts set title = :title, delimiter = :delimiter,
                 encoding = :encoding, decimal_mark = :decimal_mark, date_format = :date_format,
                 currency = :currency, columns = cast(:columns as jsonb), is_active = :is_active,
                 row_version = row_version + 1 where code = :code and row_version = :row_version""",
            given,
        )
        return
    _changed(
        session,
        """insert into operational.bank_report_layouts (code, title, delimiter, encoding, decimal_mark,
             date_format, currency, columns, is_active)
           values (:code, :title, :delimiter, :encoding, :decimal_mark, :date_format, :currency,
             cast(:columns as jsonb), :is_active) on conflict (code) do nothing""",
        given,
    )


def _check_layout(layout: ReportLayout) -> None:
    missing = [name for name in REQUIRED if not layout.columns.get(name)]
    unknown = sorted(set(layout.columns) - set(FIELDS))
    if missing or unknown:
        raise BankSettingError(
            "bank_layout_columns",
            f"Columns missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}.",
        )
    headers = [" ".join(name.split()).casefold() for name in layout.columns.values()]
    if len(set(headers)) != len(headers):
        raise BankSettingError("bank_layout_twice", "Two fields are read from the same column.")
    day = date(2026, 3, 9)
    if not all(part in layout.date_format for part in ("%d", "%m", "%Y")) or not day.strftime(
        layout.date_format
    ):
        raise BankSettingError(
            "bank_layout_date", f"The date format '{layout.date_format}' lacks one of %d, %m and %Y."
        )
    if (
        layout.delimiter not in DELIMITERS
        or layout.encoding not in ENCODINGS
        or layout.decimal_mark not in ",."
    ):
        raise BankSettingError(
            "bank_layout_form", "Delimiter, encoding or decimal mark is not one of those offered."
        )


def _changed(session: Session, sql: str, given: dict[str, Any]) -> None:
    done = session.execute(text(sql), given)
    if getattr(done, "rowcount", 0) != 1:
        raise BankSettingError(
            "bank_setting_changed", "Somebody changed this setting meanwhile. Open the page again and repeat."
        )
