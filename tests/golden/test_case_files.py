"""The case runner itself: differences are told, wrong files are refused with file, field and cure."""

from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.cases.format import InvalidCaseFile, read_cases
from orchestration.cases.running import run_cases

HERE = Path(__file__).parent
READING_WITHOUT_METER = """
id: A
title: a reading of a meter that is not there
contract: {from: 2026-01-01}
terms: [{from: 2026-01-01, tariff_group: G11, annual_kwh: 1}]
steps: [{billed_through: 2026-01-31, readings: [{date: 2026-01-31, value: 1}]}]
"""
UNKNOWN_KIND = """
id: A
title: a kind of contract that does not exist
contract: {from: 2026-01-01, kind: gift}
terms: [{from: 2026-01-01, tariff_group: G11, annual_kwh: 1}]
steps: [{billed_through: 2026-01-31}]
"""


@pytest.mark.warehouse
def test_a_wrong_expectation_is_told_line_by_line(template_database: str) -> None:
    case = read_cases(HERE / "gc01_full_month.yaml")[0]
    scope = case.steps[0].expect.scopes[0]
    lines = scope.lines or ()
    wrong_line = lines[0].model_copy(update={"net": Decimal("115.47")})
    wrong = scope.model_copy(update={"gross": Decimal("264.14"), "lines": (wrong_line, *lines[1:-1])})
    expect = case.steps[0].expect.model_copy(update={"scopes": (wrong,)})
    step = case.steps[0].model_copy(update={"expect": expect})
    result = run_cases(cases=[case.model_copy(update={"steps": (step,)})], template=template_database)
    assert not result.passed
    assert result.steps[0].differences == (
        "bill 2026-03-01: gross: expected 264.14, computed 264.13",
        "bill 2026-03-01: line energy_active|all|2026-03-01 net: expected 115.47, computed 115.46",
        "bill 2026-03-01: line capacity_flat||2026-03-01 (17.18) was not expected",
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("cases: []", "holds no case"),
        ("cases: [", "cannot be read"),
        ("{id: A, title: a, contract: {from: 2026-01-01}, steps: []}", "terms: Field required"),
        (READING_WITHOUT_METER, "names meter 1, zone 'all', which the case does not have"),
        (UNKNOWN_KIND, "contract.kind"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_field(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidCaseFile) as refused:
        read_cases(path)
    assert told in refused.value.message
    assert "mine.yaml" in refused.value.message
