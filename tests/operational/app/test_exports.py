"""Exports hold exactly what the filter of the list lets through, and nothing a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from operational.app import exports, support
from operational.app.exports import Column
from operational.kernel import db
from tests.operational.app.conftest import Desk

LISTS = {
    "/customers": "?name=kłos", "/contracts": "?state=active", "/supply-points": "?medium=electricity",
    "/invoices": "?kind=invoice", "/payments": "?state=suspense", "/billing/exceptions": "?severity=review",
    "/dunning": "?kind=household", "/billing/runs": "",
}  # fmt: skip


def rows_of(answer: object) -> list[list[str]]:
    """Return the rows of a CSV answer, heading first."""
    data = answer.get_data()  # type: ignore[attr-defined]
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("address", sorted(LISTS))
def test_the_export_is_the_filtered_list(desk: Desk, address: str) -> None:
    """With a filter and without it: the rows of the page, the same in both forms."""
    client = desk.client("admin")
    query = LISTS[address]
    page = client.get(address + query).get_data(as_text=True)
    filtered = rows_of(client.get(address + (query or "?") + "&export=csv"))
    assert len(filtered[0]) > 5
    assert all(any(cell and cell in page for cell in row) for row in filtered[1:])
    everything = rows_of(client.get(address + "?export=csv"))
    assert {tuple(row) for row in filtered[1:]} <= {tuple(row) for row in everything[1:]}
    assert len(everything) > 1 or address == "/dunning"
    book = load_workbook(io.BytesIO(client.get(address + (query or "?") + "&export=xlsx").get_data()))
    assert book.active is not None
    assert book.active.max_row == max(len(filtered), 1)
    assert [cell.value for cell in book.active[1]] == filtered[0]
    key = page.count('class="key"')
    assert f"{address}{'?' + query[1:] + '&amp;' if query else '?'}export=xlsx" in page.replace("%C5%82", "ł")
    assert key >= min(len(filtered) - 1, 1)


def test_a_filter_really_narrows(own_desk: Desk) -> None:
    """One customer asked for: one row, whatever the page number says; without a filter nobody is lost."""
    client = own_desk.client("clerk")
    narrowed = rows_of(client.get("/customers?name=klos&page=7&export=csv"))[1:]
    assert len(narrowed) == 1
    assert "Kłos" in narrowed[0][1]
    everything = rows_of(client.get("/customers?export=csv"))[1:]
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        names = set(session.execute(text("select name from operational.customers")).scalars())
    assert {row[1] for row in everything} == names


def test_every_slice_is_read_in_one_snapshot(own_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """With slices of two, a row added while the export is read neither appears nor shifts another."""
    monkeypatch.setattr(exports, "SLICE", 2)
    added: list[int] = []

    def read(session: object, page: support.Page) -> list[str]:
        found = session.execute(  # type: ignore[attr-defined]
            text("select code from operational.charges order by code offset :o limit :l"),
            {"o": page.offset, "l": page.limit},
        )
        rows = [str(row[0]) for row in found]
        if not added:
            with db.open_session("admin", actor="test", database=own_desk.database) as other:
                other.execute(
                    text("""
                    insert into operational.charges (code, medium, section, quantity_basis, rate_source,
                      is_required, sort_order, name_pl, name_en, legal_basis)
                    values ('AAA', 'gas', 'sale', 'month', 'price_list', false, 1, 'x', 'x', 'x')""")
                )
            added.append(1)
        return rows

    with own_desk.app.test_request_context("/"):
        from flask import g

        g.user = type("User", (), {"login": "admin", "role": "admin"})()
        found = list(exports.all_rows(read))
    assert "AAA" not in found
    assert len(found) == len(set(found)) > 4


@dataclass
class Row:
    name: str
    amount: Decimal
    day: date
    moment: datetime
    count: int
    is_open: bool
    nothing: None = None


COLUMNS = tuple(
    Column(key, key) for key in ("name", "amount", "day", "moment", "count", "is_open", "nothing")
)
MOMENT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
NASTY = ("=1+1", "+48 500", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "  =cmd|x", 'a;"b"\nc', "Zwykły")


@pytest.fixture
def sent(desk: Desk) -> Iterator[dict[str, bytes]]:
    """Return rows with nasty texts as both files."""
    rows = [Row(name, Decimal("-1234.50"), date(2026, 3, 2), MOMENT, 7, True) for name in NASTY]
    with desk.app.test_request_context("/?export=csv"):
        yield {fmt: exports.send(rows, COLUMNS, "test", fmt).get_data() for fmt in ("csv", "xlsx")}  # type: ignore[arg-type]


def test_nothing_is_run_and_types_stay(sent: dict[str, bytes]) -> None:
    """A text that starts a formula gets an apostrophe; a negative amount stays a number, a date a date."""
    table = list(csv.reader(io.StringIO(sent["csv"].decode("utf-8-sig")), delimiter=";"))
    assert table[1] == ["'=1+1", "-1234,50", "2026-03-02", "2026-03-02 00:30:00", "7", "tak", ""]
    assert all(not row[0].lstrip().startswith(("=", "+", "-", "@", "＝")) for row in table[1:])
    sheet = load_workbook(io.BytesIO(sent["xlsx"])).active
    assert sheet is not None
    for row in sheet.iter_rows(min_row=2):
        assert row[0].data_type == "s"
        assert not str(row[0].value).lstrip().startswith(("=", "+", "-", "@"))
        assert row[1].value == -1234.5
        assert row[1].number_format == "#,##0.00"
        assert row[2].value == datetime(2026, 3, 2)  # noqa: DTZ001  a sheet has no zones
        assert row[4].value == 7
