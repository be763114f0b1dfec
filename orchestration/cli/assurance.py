"""``iris assurance``: signed contracts that are late or lost on their way to the first bill, with zloty."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from operational.kernel import clock, db
from operational.kernel.money import format_pln
from orchestration.cli.output import answer, console, table, working

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the look; default: today.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("assurance")(assurance)


def assurance(as_of: AsOf = None) -> None:
    """Refresh the watch from signature to bill and show what is late or lost, with zloty at stake."""
    from operational.crm.service import watch

    day = as_of.date() if as_of else clock.today()
    with (
        working(f"From signature to bill on {day} ..."),
        db.open_session("app", actor="system:assurance") as session,
    ):
        made = watch.refresh(session, as_of=day)
        reasons = watch.totals(session, narrowed=watch.WatchFilter(), today=day)
    rows = [(row.state, row.place, row.reason, row.count, format_pln(row.stake)) for row in reasons]

    def show() -> None:
        columns = ("state", "stands at", "reason", "points", "at stake, net")
        console.print(table(f"From signature to bill, {day}", columns, rows))
        console.print(
            f"On the way: {made.open_count}; late: {made.late_count}; lost: {made.lost_count};"
            f" at stake {format_pln(made.stake)}; billed since the last time: {made.finished}."
        )

    answer({"summary": asdict(made), "reasons": [asdict(row) for row in reasons]}, show)
