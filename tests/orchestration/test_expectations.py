"""Great Expectations at the gate: rows that are not as expected are named for the quarantine."""

import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.metering.operations import land_readings_file
from orchestration.expectations.gate import MeterContent, check_meter_files, check_rows
from orchestration.expectations.suites import bank_lines_suite, readings_suite, volumes_suite
from tests.operational.metering.landing.market import AS_OF, make_place, reading, readings_file

DAY = date(2026, 5, 4)
READING: dict[str, Any] = {
    "file_name": "r.csv", "row_no": 2, "supply_point_code": "590543570000000011", "meter_serial": "M1",
    "zone_code": "all",
    "reading_date": date(2026, 4, 30), "value": 100.0, "kind": "actual_remote", "reason": "periodic",
    "version": 1,
}  # fmt: skip
VOLUME: dict[str, Any] = {
    "file_name": "v.csv", "row_no": 2, "supply_point_code": "590543570000000011", "zone_code": "all",
    "period_from": date(2026, 4,
    1),
    "period_to": date(2026, 5, 1), "days": 30, "quantity": 5.0, "unit": "kwh", "quality": "actual",
    "version": 1,
}  # fmt: skip
LINE: dict[str, Any] = {
    "row_no": 1, "amount": 10.0, "currency": "PLN", "payer_account": "", "booked_on": date(2026, 4, 30),
    "business_key": "a", "title": "FV/2026/04/000001",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"supply_point_code": "12"}, "point_code_expected"),
        ({"meter_serial": ""}, "meter_serial_expected"),
        ({"zone_code": "noon"}, "zone_code_expected"),
        ({"kind": "guessed"}, "kind_expected"),
        ({"value": 2e9}, "value_out_of_range"),
        ({"reading_date": date(1999, 1, 1)}, "reading_date_out_of_range"),
        ({"reading_date": date(9999, 12, 31)}, "reading_date_out_of_range"),
    ],
)
def test_a_reading_that_is_not_as_expected_is_refused_by_its_line(change: dict[str, Any], code: str) -> None:
    report = check_rows(readings_suite(DAY), [READING, READING | {"row_no": 3, "version": 2} | change])
    assert {row: refusal.code for row, refusal in report.refusals.items()} == {3: code}
    assert not report.passes


def test_rows_as_expected_pass() -> None:
    for suite, row in (
        (readings_suite(DAY), READING),
        (volumes_suite(DAY), VOLUME),
        (bank_lines_suite(DAY), LINE),
    ):
        report = check_rows(suite, [row])
        assert report.passes and report.rows == 1, report.results


def test_a_repeated_row_is_told_but_not_refused() -> None:
    report = check_rows(readings_suite(DAY), [READING, READING | {"row_no": 3}])
    assert not report.refusals
    assert [found.rule for found in report.results if found.failing] == ["row_once"]


def test_a_volume_of_a_year_and_a_half_is_refused() -> None:
    report = check_rows(volumes_suite(DAY), [VOLUME | {"days": 547}])
    assert report.refusals[2].code == "days_out_of_range"


def test_a_bank_line_with_a_strange_currency_is_told() -> None:
    report = check_rows(bank_lines_suite(DAY), [LINE | {"currency": "zł"}])
    assert report.refusals[1].code == "currency_expected"


def test_a_broken_file_is_left_to_the_gate() -> None:
    report = check_meter_files([MeterContent("x.csv", b"no;header\n")], day=DAY)
    assert (report.reports, report.refusals) == ((), {})


def test_refused_rows_end_in_quarantine_with_reason_and_cure(session: Session) -> None:
    place = make_place(session, 1, digits=12)
    good, bad = reading(place, date(2026, 3, 31), "5"), reading(place, date(2026, 4, 30), "5000000000")
    content = readings_file([good, bad])
    other = readings_file([reading(place, date(2026, 2, 28), "4")])
    files = [MeterContent("other.csv", other), MeterContent("r.csv", content)]
    report = check_meter_files(files, day=DAY)
    assert list(report.refusals) == ["r.csv"]
    result = land_readings_file(
        session, content=content, name="r.csv", as_of=AS_OF, refusals=report.refusals["r.csv"]
    )
    assert (result.rows_accepted, result.rows_rejected) == (1, 1)
    row = session.execute(text("select row_no, code, reason, cure from raw.rejected_rows")).one()
    assert (row.row_no, row.code) == (3, "value_out_of_range")
    assert row.reason and row.cure


def test_the_gate_judges_in_a_process_whose_main_module_has_no_file() -> None:
    """The Spark client ends such a process when it is loaded, thus the gate must not load it."""
    script = (
        "from datetime import date\n"
        "from orchestration.expectations.gate import check_rows\n"
        "from orchestration.expectations.suites import readings_suite\n"
        f"row = {READING!r}\n".replace("datetime.date", "date")
        + "print(check_rows(readings_suite(date(2026, 5, 4)), [row]).passes)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert told.stdout.strip() == "True", told.stderr
