"""Ask for a simulation, take it up, and keep what came out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing.simulation.rates import Rate, UselessSupposition
from operational.kernel.calendar import first_of_month, first_of_next_month
from operational.kernel.errors import DomainError

_COMPARE: Final = Path(__file__).parent / "compare.sql"


class MonthNotComputed(DomainError):
    """The month lies after what the warehouse has computed."""

    def __init__(self, month: date, through: date) -> None:
        super().__init__(
            "simulation_month_not_computed",
            f"The proposals reach to {through}; bills of {month:%Y-%m} are not computed yet. "
            "Take an earlier month, or compute the month first.",
        )


class NoSuchSimulation(DomainError):
    """No simulation has this number, or another process works on it."""

    def __init__(self, simulation_id: int) -> None:
        super().__init__(
            "simulation_not_waiting", f"Simulation {simulation_id} is not waiting to be computed."
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A simulation that waits: its number, address, and how many rows of facts get another price."""

    id: int
    public_id: str
    rates: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A simulation at work: the month, and the computation it stands beside."""

    id: int
    billing_month: date
    computation: warehouse.Computation


def ask(session: Session, *, name: str, billing_month: date, rates: Sequence[Rate], as_of: datetime) -> Asked:
    """Keep what is supposed, to be computed; the caller commits.

    Raises UselessSupposition when no price differs, MonthNotComputed, and NoProposals before the first
    computation.
    """
    changed = [rate for rate in rates if rate.price != rate.price_before]
    if not changed:
        raise UselessSupposition(
            "simulation_changes_nothing", "All prices supposed are the prices of today. Change one."
        )
    month, through = first_of_month(billing_month), warehouse.computation(session).billed_through
    if first_of_next_month(month) > first_of_next_month(through):
        raise MonthNotComputed(month, through)
    row = session.execute(
        text(
            "insert into operational.simulations (name, billing_month, asked_at)"
            " values (:name, :month, :as_of) returning id, public_id"
        ),
        {"name": name.strip()[:120] or f"{month:%Y-%m}", "month": month, "as_of": as_of},
    ).one()
    session.execute(
        text(
            "insert into operational.simulation_rates (simulation_id, fact, fact_id, price_before, price)"
            " values (:id, :fact, :fact_id, :price_before, :price)"
        ),
        [{"id": row.id, **asdict(rate)} for rate in changed],
    )
    return Asked(row.id, str(row.public_id), len(changed))


def take(session: Session, *, simulation_id: int, as_of: datetime) -> Taken:
    """Mark a simulation as being computed; one that was cut off or failed may be taken again."""
    row = session.execute(
        text(
            "update operational.simulations set status = 'running', started_at = :as_of, message = '',"
            " row_version = row_version + 1 where id = :id and status <> 'done' returning billing_month"
        ),
        {"id": simulation_id, "as_of": as_of},
    ).one_or_none()
    if row is None:
        raise NoSuchSimulation(simulation_id)
    return Taken(simulation_id, row.billing_month, warehouse.computation(session))


def keep(session: Session, *, taken: Taken, as_of: datetime) -> int:
    """Compare what dbt has computed with the proposals that count, scope by scope; return the scopes."""
    if warehouse.computation(session).computation_id != taken.computation.computation_id:
        raise DomainError(
            "simulation_overtaken",
            "The proposals were computed anew while the simulation ran. Run the simulation again.",
        )
    month = taken.billing_month
    given = {"id": taken.id, "month": month, "next_month": first_of_next_month(month)}
    kept: Any = session.execute(warehouse.statement(_COMPARE), given).scalars().all()
    session.execute(
        text(
            "update operational.simulations set status = 'done', finished_at = :as_of,"
            " computation_id = :computation, row_version = row_version + 1 where id = :id"
        ),
        {"id": taken.id, "as_of": as_of, "computation": taken.computation.computation_id},
    )
    return len(kept)


def fail(session: Session, *, simulation_id: int, message: str, as_of: datetime) -> None:
    """Say why a simulation could not be computed."""
    session.execute(
        text(
            "update operational.simulations set status = 'failed', finished_at = :as_of,"
            " message = left(:message, 1000), row_version = row_version + 1 where id = :id"
        ),
        {"id": simulation_id, "message": message, "as_of": as_of},
    )
