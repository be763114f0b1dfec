"""Running cases: a scratch database, one build of the proposals per step for all cases, the comparison.

Facts of step n of every case are written, then dbt computes what changed, then the proposals of each case are
compared; the later step goes through the incremental path, as in the real house.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from operational.kernel import db, roles, server
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration import warehouse
from orchestration.cases import deposits, forecasts
from orchestration.cases.comparing import Totals, compare_step
from orchestration.cases.format import Case
from orchestration.cases.loading import DAWN, Place, load_portfolio, load_step

_ACTOR = "system:cases"


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step of a case: its name, totals of the compared scopes in PLN, and the differences (none: right)."""

    case: str
    title: str
    step: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Tell whether nothing differs."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class CasesResult:
    """All steps in the order they were run, and the seconds of each dbt build."""

    steps: tuple[StepResult, ...]
    build_seconds: tuple[float, ...] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        """Tell whether every step passed."""
        return all(step.passed for step in self.steps)


def run_cases(*, cases: Sequence[Case], template: str | None = None) -> CasesResult:
    """Run cases together in one scratch database that is dropped afterwards.

    ``template`` is the name of a migrated database with reference data to copy; without it one is made.
    Cases billed by forecast run by themselves, because what is due depends on the day of computing.
    Raises WarehouseError when the build itself fails.
    """
    groups = [[case for case in cases if (case.forecast is not None) is apart] for apart in (False, True)]
    done = [_run_group(group, template) for group in groups if group]
    order = {case.id: position for position, case in enumerate(cases)}
    steps = sorted((step for part in done for step in part.steps), key=lambda step: order[step.case])
    return CasesResult(tuple(steps), tuple(seconds for part in done for seconds in part.build_seconds))


def _run_group(cases: Sequence[Case], template: str | None) -> CasesResult:
    places = [Place(case, number) for number, case in enumerate(cases, start=1)]
    with _scratch_database(template) as database:
        with db.open_session("app", actor=_ACTOR, database=database) as session:
            load_portfolio(session, places=places)
        results: list[StepResult] = []
        seconds: list[float] = []
        before: dict[str, Totals] = {}
        for number in range(max(len(case.steps) for case in cases)):
            acting = [place for place in places if number < len(place.case.steps)]
            with db.open_session("app", actor=_ACTOR, database=database) as session:
                for place in acting:
                    load_step(session, place=place, step=place.case.steps[number])
            seconds.append(_compute(database, places, number))
            _issue(database, acting, number)
            results += [_compare(database, place, number, before) for place in acting]
    return CasesResult(tuple(results), tuple(seconds))


def _compute(database: str, places: Sequence[Place], number: int) -> float:
    """Build the proposals as known at the latest moment of the steps up to this one."""
    done = [step for place in places for step in place.case.steps[: number + 1]]
    result = warehouse.build(
        database=database,
        select=warehouse.PROPOSALS,
        exclude=warehouse.NIGHTLY,
        variables={
            "known_at": max(step.moment for step in done).isoformat(),
            "billed_through": max(step.billed_through for step in done).isoformat(),
        },
    )
    return round(result.seconds, 2)


def _issue(database: str, places: Sequence[Place], number: int) -> None:
    """Issue the documents of the cases whose step says so, in the order of the days of issue."""
    found = [(step.issue_date, place) for place in places if (step := place.case.steps[number]).issue_date]
    for issue_date, place in sorted(found, key=lambda one: (one[0], one[1].number)):
        with db.open_session("app", actor=_ACTOR, database=database) as session:
            deposits.issue_case(session, customer_number=place.customer_number, issue_date=issue_date)


def _compare(database: str, place: Place, number: int, before: dict[str, Totals]) -> StepResult:
    step = place.case.steps[number]
    scopes, lines, exceptions = _proposals(database, place, step.billed_through)
    totals, differences = compare_step(
        expect=step.expect,
        scopes=scopes,
        lines=lines,
        exceptions=exceptions,
        before=before.get(place.case.id),
        point_code=place.point_code,
    )
    with db.open_session("app", actor=_ACTOR, database=database) as session:
        differences += forecasts.compare_documents(
            session, expect=step.expect, customer_number=place.customer_number, day=step.issue_date
        )
        differences += deposits.compare_lots(step.expect, _lots(database, place, step.billed_through))
        if step.expect.deposit:
            issued = deposits.deposit_found(session, customer_number=place.customer_number)
            differences += deposits.compare_deposit(step.expect, issued)
    before[place.case.id] = totals
    return StepResult(
        place.case.id,
        place.case.title,
        step.name or str(number + 1),
        totals.net,
        totals.vat,
        totals.gross,
        tuple(differences),
    )


def _proposals(database: str, place: Place, billed_through: date) -> tuple[list[Any], list[Any], list[Any]]:
    """Return scopes, lines and exceptions of the case's cycles that end up to a day."""
    point = "supply_point_id = (select id from operational.supply_points where code = :code)"
    own = (
        f"select scope_key from proposals.prop_document_scopes where {point} and period_to - 1 <= :day"
        " and not is_forecast"
    )
    found: list[list[Any]] = []
    with db.engine("dbt", database).connect() as connection:
        for table, order in (
            ("prop_document_scopes", "period_from"),
            ("prop_document_lines", "scope_key, sort_order, zone_code, period_from"),
            ("prop_billing_exceptions", "scope_key, code"),
        ):
            rows = connection.execute(
                text(f"select * from proposals.{table} where scope_key in ({own}) order by {order}"),
                {"code": place.point_code, "day": billed_through},
            )
            found.append(list(rows.all()))
    scopes, lines, exceptions = found
    return scopes, lines, exceptions


def _lots(database: str, place: Place, billed_through: date) -> list[Any]:
    """Return the months of fed-in energy of the case's point that end up to a day."""
    with db.engine("dbt", database).connect() as connection:
        rows = connection.execute(
            text(
                "select l.* from proposals.prop_deposit_lots l join operational.supply_points p"
                " on p.id = l.supply_point_id where p.code = :code and l.feed_in_month <= :day"
                " order by l.feed_in_month"
            ),
            {"code": place.point_code, "day": billed_through},
        )
        return list(rows.all())


@contextmanager
def _scratch_database(template: str | None) -> Iterator[str]:
    """Make a migrated database with reference data, a copy of ``template`` if given; drop it at the end."""
    server.ensure_running()
    name = f"case_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template)
    try:
        if template is None:
            migrate(name)
            with db.open_session("app", actor=_ACTOR, database=name) as session:
                load_reference_data(session, as_of=DAWN)
        yield name
    finally:
        db.dispose_engines(name)
        roles.drop_database(name)
