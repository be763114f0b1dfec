"""``iris conservation``: was billed what was used, and does the proof script recompute every document?"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Group

from operational.kernel import state
from operational.kernel.errors import DomainError
from operational.kernel.money import format_amount
from operational.kernel.settings import get_settings
from orchestration.cli.output import answer, console, table, working

if TYPE_CHECKING:
    from orchestration.proving import Proved
    from orchestration.simulator.full.conservation import Kept

_STATE = "full_market"
_ACTOR = "system:conservation"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every point against the truth, and what the proof script says about all documents."""

    points: "list[Kept]"
    proof: "Proved"

    @property
    def is_kept(self) -> bool:
        """Tell whether every kWh was billed once and every grosz was recomputed."""
        return all(point.is_whole for point in self.points) and not self.proof.differing


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("conservation")(conservation)


def conservation() -> None:
    """Compare the full market (iris demo --market full) with its truth; exit code 1 when anything differs."""
    from operational.kernel import server

    server.ensure_running()
    with working("Comparing every point and recomputing every document ..."):
        verdict = judge(get_settings().database_name)
    answer(verdict, lambda: console.print(verdict_table(verdict)))
    if not verdict.is_kept:
        raise typer.Exit(1)


def remember(*, seed: int, months: int) -> None:
    """Keep which full market was played."""
    state.write_json(_STATE, {"seed": seed, "months": months})


def judge(database: str) -> Verdict:
    """Compare the full market that was played on a database. Raises DomainError when none was."""
    from datetime import timedelta

    from operational.kernel import db
    from operational.kernel.calendar import add_months
    from orchestration.proving import prove
    from orchestration.simulator.full.conservation import compare
    from orchestration.simulator.full.customers import make_full_market
    from orchestration.simulator.full.playing import FIRST_MONTH
    from orchestration.simulator.play import today_of

    played = state.read_json(_STATE)
    if not played:
        raise DomainError(
            "no_full_market", "No full market was played here. Play one: iris demo --market full."
        )
    last = today_of(FIRST_MONTH, played["months"]) - timedelta(days=1)
    full = make_full_market(seed=played["seed"], first=FIRST_MONTH, last=last)
    with db.open_session("app", actor=_ACTOR, database=database) as session:
        points = compare(session, full=full, end=add_months(FIRST_MONTH, played["months"]))
        return Verdict(points, prove(session))


def verdict_table(verdict: Verdict) -> Group:
    """Return the comparison as it is printed."""
    rows: list[tuple[Any, ...]] = [
        (
            one.code, one.group, one.mode, _number(one.true_kwh), _number(one.billed_kwh),
            _number(one.true_fed_kwh), _number(one.credited_kwh), _equal(one),
        )
        for one in verdict.points
    ]  # fmt: skip
    heads = ("Supply point", "Group", "Settled by", "Used, kWh", "Billed", "Fed in, kWh", "Credited", "Equal")
    wrong = sum(not one.is_whole for one in verdict.points)
    proof = verdict.proof
    figures = [
        ("Supply points", len(verdict.points)), ("Of these with another energy", wrong),
        ("Documents / lines recomputed", f"{proof.documents} / {proof.lines}"),
        ("Gross, PLN", format_amount(Decimal(proof.gross_amount))),
        ("Documents that differ", proof.differing),
        *((f"Difference {place}", sentence) for place, sentence in enumerate(proof.sentences[:20], 1)),
    ]  # fmt: skip
    return Group(
        table("Energy by supply point: the truth of the simulator and what was billed", heads, rows),
        table("Every kWh and every grosz", ("What", "Figure"), figures),
    )


def _equal(one: "Kept") -> str:
    return ("yes" if one.is_whole else "NO") + (f" ({one.waits})" if one.waits else "")


def _number(value: Decimal) -> str:
    return format_amount(value, 3) if value else "-"
