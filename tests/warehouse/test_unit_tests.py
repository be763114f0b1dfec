"""dbt's own tests: unit tests of the rules, tests of every key, conservation, on the data of all cases."""

import pytest

from orchestration import warehouse
from orchestration.cases.loading import Place
from tests.warehouse.conftest import BILLED_THROUGH, moment, write_steps


@pytest.mark.warehouse
def test_unit_tests_and_data_tests_of_dbt_pass(database: str, places: list[Place]) -> None:
    write_steps(database, places, 0)
    variables = {"known_at": str(moment(0)), "billed_through": str(BILLED_THROUGH)}
    built = warehouse.build(database=database, select=warehouse.PROPOSALS, variables=variables)
    tested = warehouse.build(
        database=database, select=("test_type:unit",), variables=variables, command="test"
    )
    assert sum(node.name.startswith("assert_") for node in built.nodes) >= 3
    assert len(tested.nodes) >= 10
    assert {node.status for node in tested.nodes} == {"pass"}
