"""Layouts are data: a new one needs no code, a wrong one is refused with its file and key."""

from pathlib import Path

import pytest

from operational.metering.formats.detect import read_meter_file
from operational.metering.formats.layouts import LayoutError, layout_named, load_layouts
from operational.metering.formats.readings import RegisterReadingRow

NEW = """
name = "new_dso"
title = "a new DSO"
record = "register_readings"
delimiter = "|"
ignored = ["Miasto"]

[columns]
supply_point_code = "PPE"
meter_serial = "Licznik"
reading_date = "Dzień"
value = "Stan"

[defaults]
zone_code = "all"
kind = "actual_manual"
"""


def layout_file(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "layouts"
    folder.mkdir()
    (folder / "new.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_new_layout_is_one_file(tmp_path: Path) -> None:
    layouts = load_layouts() + load_layouts(layout_file(tmp_path, NEW))
    data = "PPE|Licznik|Miasto|Dzień|Stan\n590310600000123459|7|Łódź|2026-03-31|12.5\n".encode()
    found = read_meter_file(data, file_name="a.txt", layouts=layouts)
    (row,) = found.rows
    assert found.layout.name == "new_dso"
    assert isinstance(row, RegisterReadingRow)
    assert (row.zone_code, row.kind, row.meter_serial) == ("all", "actual_manual", "7")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('value = "Stan"', "", "the field value has neither a column nor a default"),
        ('value = "Stan"', 'value = "PPE"', "the same header stands twice"),
        ('kind = "actual', 'colour = "actual', "colour is not a field of register_readings"),
        ('delimiter = "|"', 'delimiter = "."', "the delimiter must be one character"),
        ('delimiter = "|"', 'date_format = "%d.%m"', "date_format must hold"),
        ('delimiter = "|"', 'decimal_mark = "x"', "decimal_mark must be"),
        ('delimiter = "|"', 'encodings = ["klingon"]', "unknown encoding: klingon"),
        ('delimiter = "|"', 'delimitter = "|"', "delimitter"),
        ("[defaults]", '[factors]\nMWh = "-1"\n[defaults]', "not a positive number"),
        ("[defaults]", '[values.meter_serial]\na = "b"\n[defaults]', "not for meter_serial"),
        ('record = "register_readings"', 'record = "x"', "'x' is not a valid RecordKind"),
        ('record = "register_readings"', "", "'record'"),
        ("[defaults]", "[defaults", "at line"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(LayoutError, match=r"The layout new\.toml cannot be used: ") as caught:
        load_layouts(layout_file(tmp_path, NEW.replace(old, new)))
    assert message in caught.value.message


def test_two_layouts_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = layout_file(tmp_path, NEW)
    (folder / "other.toml").write_text(NEW, encoding="utf-8")
    with pytest.raises(LayoutError, match=r"same name.*new_dso"):
        load_layouts(folder)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LayoutError, match=r"no layout 'x'\. Known layouts: dso_semicolon_readings, "):
        layout_named("x")


def test_the_documentation_describes_every_packaged_layout() -> None:
    text = (Path(__file__).parents[4] / "docs" / "formats.md").read_text(encoding="utf-8")
    for layout in load_layouts():
        assert layout.name in text
        for header in layout.columns.values():
            assert f"`{header}`" in text, header
