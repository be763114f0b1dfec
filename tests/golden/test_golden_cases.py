"""All billing cases of this folder through the real dbt models, one build per step for all of them."""

from pathlib import Path

import pytest

from orchestration.cases.format import Case, read_cases
from orchestration.cases.running import CasesResult, run_cases

CASES: list[Case] = [
    case for path in sorted(Path(__file__).parent.glob("*.yaml")) for case in read_cases(path)
]


@pytest.fixture(scope="module")
def result(template_database: str) -> CasesResult:
    return run_cases(cases=CASES, template=template_database)


@pytest.mark.warehouse
@pytest.mark.parametrize("case_id", [case.id for case in CASES])
def test_the_bill_of_the_case_comes_out_to_the_grosz(result: CasesResult, case_id: str) -> None:
    steps = [step for step in result.steps if step.case == case_id]
    assert steps
    assert [difference for step in steps for difference in step.differences] == []


@pytest.mark.warehouse
def test_all_cases_take_one_build_per_step_and_those_by_forecast_run_apart(result: CasesResult) -> None:
    steps = {apart: max(len(case.steps) for case in CASES if (case.forecast is not None) is apart)
             for apart in (False, True)}  # fmt: skip
    assert len(result.build_seconds) == sum(steps.values())
