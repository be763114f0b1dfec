"""Compute a simulation: the models of billing once more, in schemas of their own, with other prices.

It goes on from the computation that counts and sees the same facts, so what differs is the prices alone. The
schemas are dropped afterwards; the outcome stands in operational.simulation_results.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from operational.billing.simulation import operations
from operational.kernel import db
from operational.kernel.calendar import first_of_next_month
from operational.warehouse import PUBLISHING_LOCK
from orchestration import warehouse

PREFIX: Final = "whatif_"
_ACTOR: Final = "system:simulation"


def run_simulation(*, database: str, simulation_id: int, as_of: datetime) -> tuple[int, float]:
    """Compute a simulation that waits; return the billing scopes compared and the seconds it took.

    The proposals are held meanwhile. What stops it is kept with the simulation and raised.
    """
    started = monotonic()
    try:
        with warehouse.alone(database, str(PUBLISHING_LOCK)):
            compared = _compute(database, simulation_id, as_of)
    except Exception as error:
        with db.open_session("app", actor=_ACTOR, database=database) as session:
            operations.fail(session, simulation_id=simulation_id, message=str(error), as_of=as_of)
        raise
    return compared, monotonic() - started


def _compute(database: str, simulation_id: int, as_of: datetime) -> int:
    with db.open_session("app", actor=_ACTOR, database=database) as session:
        taken = operations.take(session, simulation_id=simulation_id, as_of=as_of)
    _drop_schemas(database)
    month_end = first_of_next_month(taken.billing_month) - timedelta(days=1)
    warehouse.build(
        database=database,
        command="run",
        select=("+prop_document_scopes",),
        variables={
            "known_at": taken.computation.known_at.isoformat(),
            "billed_through": min(month_end, taken.computation.billed_through).isoformat(),
            "simulation": simulation_id,
        },
        schema_prefix=PREFIX,
    )
    with db.open_session("app", actor=_ACTOR, database=database) as session:
        compared = operations.keep(session, taken=taken, as_of=as_of)
    _drop_schemas(database)
    return compared


def _drop_schemas(database: str) -> None:
    names = ", ".join(f"{PREFIX}{schema}" for schema in ("staging", "intermediate", "proposals"))
    with db.engine("dbt", database).begin() as connection:
        connection.exec_driver_sql(f"drop schema if exists {names} cascade")
