"""Distributors' files: layouts, detection, broken rows, broken files, writing back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operational.kernel.identifiers import complete_supply_point_code
from operational.metering.formats.detect import read_meter_file, recognise
from operational.metering.formats.dso_semicolon import write_dso_semicolon, write_dso_semicolon_volumes
from operational.metering.formats.iris_csv import read_readings_csv, write_readings_csv, write_volumes_csv
from operational.metering.formats.layouts import layout_named
from operational.metering.formats.readings import (
    ENERGY_ZONES,
    VOLUME_ZONES,
    BilledVolumeRow,
    FormatNotRecognised,
    MeterFileError,
    MeterRow,
    ReadingKind,
    ReadingReason,
    RecordKind,
    RegisterReadingRow,
    RejectedRow,
    VolumeQuality,
    VolumeUnit,
)
from operational.metering.formats.table import write_rows

CODE = "590310600000123459"
HEADER = "supply_point_code,meter_serial,zone_code,reading_date,value,kind,reason,version\n"
GOOD = f"{CODE},M001,day,2026-03-31,1234.567,actual_remote,periodic,1\n"
VOLUMES_HEADER = "supply_point_code,zone_code,period_from,period_to,quantity,unit,quality,version\n"
VOLUME = f"{CODE},capacity_hours,2026-03-01,2026-04-01,120.500,kwh,estimated,2\n"
DSO = f"""Kod PPE;Nr licznika;Strefa;Data odczytu;Wskazanie;Rodzaj odczytu;Powód;Wersja
{CODE};00123;Całodobowa;31.03.2026;1234,567;zastępczy;początek umowy;3
"""


def read(text: str | bytes) -> list[MeterRow]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_meter_file(data, file_name="odczyty.csv").rows)


def rejected(row: str, header: str = HEADER) -> RejectedRow:
    (found,) = read(header + row)
    assert isinstance(found, RejectedRow)
    return found


def test_our_readings_are_read() -> None:
    assert read(HEADER + GOOD) == [
        RegisterReadingRow(
            row_no=2,
            supply_point_code=CODE,
            meter_serial="M001",
            zone_code="day",
            reading_date=date(2026, 3, 31),
            value=Decimal("1234.567"),
            kind=ReadingKind.ACTUAL_REMOTE,
            reason=ReadingReason.PERIODIC,
            version=1,
        )
    ]


def test_our_volumes_are_read() -> None:
    assert read(VOLUMES_HEADER + VOLUME) == [
        BilledVolumeRow(
            row_no=2,
            supply_point_code=CODE,
            zone_code="capacity_hours",
            period_from=date(2026, 3, 1),
            period_to=date(2026, 4, 1),
            quantity=Decimal("120.500"),
            unit=VolumeUnit.KWH,
            quality=VolumeQuality.ESTIMATED,
            version=2,
        )
    ]


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_layout_of_a_dso_is_read_by_its_map_alone(encoding: str, line_end: str) -> None:
    (found,) = read(DSO.replace("\n", line_end).encode(encoding))
    assert found == RegisterReadingRow(
        row_no=2,
        supply_point_code=CODE,
        meter_serial="00123",
        zone_code="all",
        reading_date=date(2026, 3, 31),
        value=Decimal("1234.567"),
        kind=ReadingKind.SUBSTITUTE,
        reason=ReadingReason.CONTRACT_START,
        version=3,
    )


def test_a_period_that_ends_on_its_last_day_becomes_half_open_and_mwh_become_kwh() -> None:
    text = "Kod PPE;Strefa;Data od;Data do;Ilość;Jednostka;Jakość;Wersja\n"
    text += f"{CODE};szczytowa;01.03.2026;31.03.2026;1,234567;MWh;rzeczywista;\n"
    (found,) = read(text.encode("cp1250"))
    assert isinstance(found, BilledVolumeRow)
    assert (found.period_from, found.period_to) == (date(2026, 3, 1), date(2026, 4, 1))
    assert (found.quantity, found.unit, found.version) == (Decimal("1234.567"), VolumeUnit.KWH, 1)


def test_reason_and_version_may_be_left_out() -> None:
    header = "supply_point_code,meter_serial,zone_code,reading_date,value,kind\n"
    (found,) = read(header + f"{CODE},M001,all,2026-03-31,5,customer\n")
    assert isinstance(found, RegisterReadingRow)
    assert (found.reason, found.version) == (ReadingReason.PERIODIC, 1)


def test_columns_may_stand_in_any_order_and_letter_case() -> None:
    header = "VERSION,Kind,reading_date,value,zone_code,meter_serial,reason,supply_point_code\n"
    (found,) = read(header + f"2,customer,2026-03-31,5,all,M1,control,{CODE}\n")
    assert isinstance(found, RegisterReadingRow)
    assert (found.version, found.meter_serial, found.reason) == (2, "M1", ReadingReason.CONTROL)


def test_a_wrong_check_digit_rejects_the_row_and_says_the_right_one() -> None:
    found = rejected(GOOD.replace(CODE, CODE[:-1] + "8"))
    assert (found.row_no, found.code) == (2, "wrong_check_digit")
    assert "590310600000123458 ends in 8, its check digit is 9" in found.reason
    assert "confirm the code" in found.cure


def test_a_wrong_check_digit_that_a_person_confirmed_is_read() -> None:
    code = CODE[:-1] + "8"
    data = (HEADER + GOOD.replace(CODE, code)).encode()
    (found,) = read_meter_file(data, file_name="a.csv", confirmed_codes={code}).rows
    assert isinstance(found, RegisterReadingRow)
    assert found.supply_point_code == code


def test_an_old_code_is_read() -> None:
    (found,) = read(HEADER + GOOD.replace(CODE, "PL0037120000123456"))
    assert isinstance(found, RegisterReadingRow)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (CODE, "5.90311E+17", "code_damaged_by_spreadsheet"),
        (CODE, "12345", "invalid_supply_point_code"),
        (CODE, "", "invalid_supply_point_code"),
        ("M001", "", "invalid_meter_serial"),
        ("M001", "M" * 65, "invalid_meter_serial"),
        (",day,", ",weekend,", "unknown_zone"),
        (",day,", ",capacity_hours,", "unknown_zone"),
        ("2026-03-31", "31.03.2026", "invalid_date"),
        ("2026-03-31", "2026-02-30", "invalid_date"),
        ("2026-03-31", "20260331", "invalid_date"),
        ("2026-03-31", "1926-03-31", "implausible_date"),
        ("1234.567", "1234,567", "wrong_number_of_fields"),
        ("1234.567", "1 234.567", "invalid_value"),
        ("1234.567", "-1", "negative_value"),
        ("1234.567", "1234.5678", "too_many_decimals"),
        ("1234.567", "NaN", "invalid_value"),
        ("1234.567", "1e5", "invalid_value"),
        ("1234.567", "", "invalid_value"),
        ("1234.567", "9999999999999", "invalid_value"),
        ("1234.567", "١٢", "invalid_value"),
        ("actual_remote", "actual", "unknown_kind"),
        ("periodic", "whatever", "unknown_reason"),
        (",1\n", ",0\n", "invalid_version"),
        (",1\n", ",1.5\n", "invalid_version"),
        (",1\n", ",1,1\n", "wrong_number_of_fields"),
        (",1\n", "\n", "wrong_number_of_fields"),
        ("M001", '"M001', "broken_quotes"),
        ("M001", "M\x07", "control_character"),
        ("M001", "M" * 5000, "row_too_long"),
        (",1\n", ",1", "row_cut_off"),
    ],
)
def test_a_broken_row_is_rejected_with_reason_and_cure(old: str, new: str, code: str) -> None:
    found = rejected(GOOD.replace(old, new))
    assert found.code == code
    assert found.reason.endswith(".")
    assert found.cure.endswith(".")
    assert len(found.content) <= 1000


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("2026-04-01", "2026-03-01", "empty_period"),
        ("120.500", "-120.500", "negative_quantity"),
        (",kwh,", ",mwh,", "unknown_unit"),
        ("estimated", "perhaps", "unknown_quality"),
        ("capacity_hours", "weekend", "unknown_zone"),
    ],
)
def test_a_broken_volume_is_rejected(old: str, new: str, code: str) -> None:
    assert rejected(VOLUME.replace(old, new), VOLUMES_HEADER).code == code


def test_a_broken_row_stops_only_itself() -> None:
    rows = read(HEADER + GOOD + "rubbish\n" + GOOD.replace("M001", '"M001') + "\n" + GOOD)
    assert [type(row).__name__ for row in rows] == [
        "RegisterReadingRow",
        "RejectedRow",
        "RejectedRow",
        "RegisterReadingRow",
    ]
    assert [row.row_no for row in rows] == [2, 3, 4, 6]
    assert isinstance(rows[1], RejectedRow)
    assert rows[1].content == "rubbish"


def test_the_known_words_of_a_layout_are_named_in_its_own_language() -> None:
    (found,) = read(DSO.replace("zastępczy", "zmyślony"))
    assert isinstance(found, RejectedRow)
    assert "Known: zdalny, fizyczny, odbiorcy, szacowany, zastępczy." in found.reason


@pytest.mark.parametrize("serial", ["=1+1", "@SUM(A1)", "+48", "-5", "'0012", "=HYPERLINK(x)", "0012"])
def test_what_looks_like_a_formula_stays_text(serial: str) -> None:
    (found,) = read(HEADER + GOOD.replace("M001", serial))
    assert isinstance(found, RegisterReadingRow)
    assert found.meter_serial == serial


def test_a_header_alone_is_a_file_without_rows() -> None:
    assert read(HEADER) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "meter_file_empty"),
        (b" \n\n", "meter_file_empty"),
        (HEADER.encode() + b"\x00", "meter_file_binary"),
        (HEADER.encode("utf-16"), "meter_file_binary"),
        (b"PK\x03\x04something", "meter_format_not_recognised"),
        (b":20:X\n:25:1\n", "meter_format_not_recognised"),
        (HEADER.encode() + GOOD.replace("M001", "Ł").encode("cp1250"), "meter_file_encoding"),
        (HEADER.replace("value", "wert").encode(), "meter_format_not_recognised"),
        (HEADER.replace("version", "value").encode(), "meter_format_not_recognised"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_a_cure(data: bytes, code: str) -> None:
    with pytest.raises(MeterFileError, match=r"^odczyty\.csv") as caught:
        list(read_meter_file(data, file_name="odczyty.csv").rows)
    assert caught.value.code == code


def test_a_strange_header_is_answered_with_the_known_layouts_and_the_nearest() -> None:
    with pytest.raises(FormatNotRecognised) as caught:
        recognise(DSO.replace("Wskazanie", "Stan").encode("cp1250"), file_name="a.csv")
    assert "It is near to dso_semicolon_readings: missing column Wskazanie." in caught.value.message
    for name in ("iris_readings", "iris_volumes", "dso_semicolon_readings", "dso_semicolon_volumes"):
        assert name in caught.value.message


def test_a_column_nobody_knows_is_not_dropped_silently() -> None:
    with pytest.raises(FormatNotRecognised, match="unknown column 'remark'"):
        recognise(HEADER.replace("\n", ",remark\n").encode(), file_name="a.csv")


def test_a_file_above_the_limit_is_not_read() -> None:
    with pytest.raises(MeterFileError, match="limit of 10"):
        read_meter_file(HEADER.encode(), file_name="a.csv", max_bytes=10)


def test_rows_are_read_as_they_are_taken() -> None:
    rows = read_readings_csv((HEADER + GOOD * 3).encode(), file_name="a.csv")
    assert isinstance(rows, Iterator)
    assert isinstance(next(rows), RegisterReadingRow)
    assert len(list(rows)) == 2


def test_a_row_of_the_other_kind_is_not_written() -> None:
    (volume,) = read(VOLUMES_HEADER + VOLUME)
    assert isinstance(volume, BilledVolumeRow)
    with pytest.raises(TypeError, match="iris_readings holds register_readings, not BilledVolumeRow"):
        write_rows([volume], layout_named("iris_readings"))


CODES = st.integers(0, 10**14 - 1).map(lambda n: complete_supply_point_code(f"590{n:014d}"))
NUMBERS = st.decimals(Decimal(0), Decimal("999999999.999"), places=3)
DAYS = st.dates(date(2000, 1, 1), date(2050, 1, 1))
SERIALS = st.text(st.sampled_from("ABC0129 ;,\"'=+-@ĄŁŻżó"), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)
READINGS = st.builds(
    RegisterReadingRow,
    row_no=st.just(2),
    supply_point_code=CODES,
    meter_serial=SERIALS,
    zone_code=st.sampled_from(ENERGY_ZONES),
    reading_date=DAYS,
    value=NUMBERS,
    kind=st.sampled_from(ReadingKind),
    reason=st.sampled_from(ReadingReason),
    version=st.integers(1, 9999),
)
VOLUMES = st.builds(
    BilledVolumeRow,
    row_no=st.just(2),
    supply_point_code=CODES,
    zone_code=st.sampled_from(VOLUME_ZONES),
    period_from=DAYS,
    period_to=st.dates(date(2050, 1, 2), date(2060, 1, 1)),
    quantity=NUMBERS,
    unit=st.sampled_from(VolumeUnit),
    quality=st.sampled_from(VolumeQuality),
    version=st.integers(1, 9999),
)


@settings(max_examples=100, deadline=None)
@given(READINGS)
def test_a_written_reading_is_read_back_equal(row: RegisterReadingRow) -> None:
    for data, name in (
        (write_readings_csv([row]), "iris_readings"),
        (write_dso_semicolon([row]), "dso_semicolon_readings"),
    ):
        found = read_meter_file(data, file_name="a.csv")
        assert (found.layout.name, found.record) == (name, RecordKind.READINGS)
        assert list(found.rows) == [row]


@settings(max_examples=100, deadline=None)
@given(VOLUMES)
def test_a_written_volume_is_read_back_equal(row: BilledVolumeRow) -> None:
    for data in (write_volumes_csv([row]), write_dso_semicolon_volumes([row])):
        found = read_meter_file(data, file_name="a.csv")
        assert found.record is RecordKind.VOLUMES
        assert list(found.rows) == [row]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([HEADER + GOOD, DSO, VOLUMES_HEADER + VOLUME, ""]),
    st.integers(0, 200),
    st.binary(max_size=60),
)
def test_any_damage_ends_in_rows_or_an_error_of_ours(text: str, at: int, put: bytes) -> None:
    for encoding in ("utf-8", "cp1250"):
        data = text.encode(encoding)
        try:
            rows = list(read_meter_file(data[:at] + put + data[at:], file_name="f.csv").rows)
        except MeterFileError as error:
            assert error.message.startswith("f.csv")
            continue
        assert all(isinstance(row, get_args(MeterRow)) for row in rows)


def test_a_file_cut_at_any_byte_loses_no_row_silently() -> None:
    data = (HEADER + GOOD * 2).encode()
    for cut in range(len(HEADER), len(data)):
        rows = read(data[:cut])
        whole_lines = data[:cut].count(b"\n") - 1
        assert sum(isinstance(row, RegisterReadingRow) for row in rows) == whole_lines
        assert len(rows) == whole_lines + (0 if data[:cut].endswith(b"\n") else 1)
