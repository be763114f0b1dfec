"""Loading of reference data into a real database, and what its checks refuse."""

import csv
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.reference.operations import load_reference_data
from operational.reference.queries import MissingReferenceData, dso_rate, listing, table_names, vat_rate
from operational.reference.tables import DATA, TABLES, ReferenceDataError, read_table
from operational.reference.validation import validate

JUNE = datetime(2025, 6, 1, 8, tzinfo=UTC)
JULY = datetime(2025, 7, 1, 8, tzinfo=UTC)
TEMPLATE = datetime(2024, 1, 1, tzinfo=UTC)  # tests/conftest.py loads the data into the template then
Edit = Callable[[str, Callable[[list[dict[str, str]]], None]], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Copy the data folder and let a test change the rows of one file."""

    def edit(name: str, change: Callable[[list[dict[str, str]]], None]) -> Path:
        folder = tmp_path / "data"
        shutil.copytree(DATA, folder, dirs_exist_ok=True)
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        columns = list(rows[0])
        change(rows)
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return folder

    return edit


def _check(folder: Path) -> None:
    validate([(table, read_table(table, folder)) for table in TABLES])


def test_our_own_files_pass_every_check() -> None:
    _check(DATA)


def test_every_row_names_its_source() -> None:
    for table in TABLES:
        if "source" in table.columns:
            assert all(row.values["source"] for row in read_table(table)), table.file


def test_a_second_load_changes_nothing(session: Session) -> None:
    first = load_reference_data(session, as_of=JUNE)
    assert all(counts.inserted + counts.unchanged > 0 for counts in first.values())
    second = load_reference_data(session, as_of=JULY)
    assert all(counts.inserted == 0 and counts.closed == 0 for counts in second.values())


def test_a_changed_value_closes_the_old_version_and_inserts_a_new_one(session: Session, edited: Edit) -> None:
    load_reference_data(session, as_of=JUNE)

    def change(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["medium"] == "gas" and not row["valid_to"])["rate"] = "0.08"

    counts = load_reference_data(session, as_of=JULY, folder=edited("vat_rates.csv", change))["vat_rates"]
    assert (counts.inserted, counts.closed) == (1, 1)
    versions = session.execute(
        text(
            "select rate, recorded_at, superseded_at from operational.vat_rates "
            "where medium = 'gas' and valid_to is null order by recorded_at"
        )
    ).all()
    assert [tuple(version) for version in versions] == [
        (Decimal("0.23"), TEMPLATE, JULY),
        (Decimal("0.08"), JULY, None),
    ]


def test_a_value_changed_by_staff_is_not_undone_by_the_file(session: Session) -> None:
    load_reference_data(session, as_of=JUNE)
    session.execute(text("select set_config('app.actor', 'staff:anna', true)"))
    session.execute(
        text(
            "update operational.vat_rates set superseded_at = :at where medium = 'gas' and valid_to is null "
            "and superseded_at is null"
        ),
        {"at": JULY},
    )
    session.execute(
        text(
            "insert into operational.vat_rates (medium, rate, valid_from, source, recorded_at) "
            "values ('gas', 0.05, '2023-01-01', 'decision', :at)"
        ),
        {"at": JULY},
    )
    assert load_reference_data(session, as_of=JULY)["vat_rates"].kept == 1
    assert vat_rate(session, medium="gas", on=date(2026, 1, 1)).value == Decimal("0.05")


def test_rates_are_found_by_date(session: Session) -> None:
    load_reference_data(session, as_of=JUNE)
    key = {"dso_code": "tauron", "tariff_group": "G11", "charge_code": "network_variable", "zone_code": "all"}
    assert dso_rate(session, on=date(2026, 3, 31), **key).value == Decimal("0.2464")
    assert dso_rate(session, on=date(2025, 12, 31), **key).value == Decimal("0.2253")
    with pytest.raises(MissingReferenceData, match="network_variable"):
        dso_rate(session, on=date(2031, 1, 1), **key)


def test_every_table_can_be_listed_and_searched(session: Session) -> None:
    load_reference_data(session, as_of=JUNE)
    for name in table_names():
        shown = listing(session, table=name, limit=5)
        assert shown.total >= len(shown.rows) > 0
    found = listing(session, table="dso_rates", on=date(2026, 1, 1), search="quality")
    assert found.total > 0
    assert all("quality" in row for row in found.rows)
    with pytest.raises(DomainError, match="no reference table"):
        listing(session, table="customers")


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("vat_rates.csv", lambda rows: rows.pop(1), "reference_hole"),
        ("vat_rates.csv", lambda rows: rows[0].update(valid_to="2022-06-01"), "reference_overlap"),
        ("vat_rates.csv", lambda rows: rows[0].update(rate="1.23"), "reference_wrong_value"),
        ("dso_rates.csv", lambda rows: rows[0].update(price="NaN"), "reference_wrong_value"),
        ("dso_rates.csv", lambda rows: rows[0].update(price="-0.1"), "reference_wrong_value"),
        ("dso_rates.csv", lambda rows: rows[0].update(dso_code="nobody"), "reference_unknown_dso"),
        ("dso_rates.csv", lambda rows: rows[0].update(charge_code="res_levy"), "reference_unknown_charge"),
        ("dso_rates.csv", lambda rows: rows[0].update(unit="month"), "reference_wrong_unit"),
        ("dso_rates.csv", lambda rows: rows[0].update(valid_to="2025-01-01"), "reference_wrong_period"),
        ("statutory_rates.csv", lambda rows: rows.pop(1), "reference_brackets"),
        (
            "statutory_rates.csv",
            lambda rows: rows[0].update(annual_kwh_range="[0,600)"),
            "reference_brackets",
        ),
        ("zone_masks.csv", lambda rows: rows[4].update(hour_to="23"), "reference_zone_hours"),
        ("charges.csv", lambda rows: rows.append(dict(rows[0])), "reference_duplicate"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_row(
    edited: Edit, name: str, change: Callable[[list[dict[str, str]]], None], code: str
) -> None:
    with pytest.raises(ReferenceDataError, match=rf"{name}, row \d+: ") as refused:
        _check(edited(name, change))
    assert refused.value.code == code
