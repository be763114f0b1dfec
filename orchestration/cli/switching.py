"""``iris switching``: the night, files out and in, distributors that answer for a try, where cases stand."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from operational.kernel import clock, db, state
from orchestration.cli.output import answer, console, table, working

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Business day; default: today.")
]
Outbox = Annotated[Path | None, typer.Option("--outbox", help="Folder of files that leave.")]
ACTOR = "system:switching"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    commands = typer.Typer(no_args_is_help=True, help="Change of supplier.")
    commands.command("send")(send)
    commands.command("receive")(receive)
    commands.command("simulate")(simulate)
    commands.command("status")(status)
    app.add_typer(commands, name="switching")


def _day(as_of: datetime | None) -> date:
    return as_of.date() if as_of else clock.today()


def _outbox(given: Path | None) -> Path:
    return given or state.home() / "outbox" / "switching"


def send(as_of: AsOf = None, outbox: Outbox = None) -> None:
    """Do the night of a day and put the files that wait into the outbox. Twice sends nothing twice."""
    from operational.switching.operations import release, run_night

    day = _day(as_of)
    factory = db.session_factory("app", actor=ACTOR)
    with working(f"Switching night of {day} ..."):
        result = run_night(session_factory=factory, as_of=day, moment=clock.now())
        with factory() as session, session.begin():
            places = release(session, folder=_outbox(outbox), moment=clock.now())
    rows = [(name, str(count)) for name, count in result.counts.items() if count]
    rows += [("file", str(place)) for place in places]
    answer(
        {"day": day, "counts": dict(result.counts), "files": [str(place) for place in places]},
        lambda: console.print(table(f"Switching night of {day}", ("What", "Count"), rows)),
    )


def receive(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Files of answers.")],
    as_of: AsOf = None,
) -> None:
    """Take files of distributors or the hub; each is taken whole or refused whole with the reason."""
    from operational.switching.operations import limits_on, receive_file

    day, taken = _day(as_of), []
    for path in files:
        with db.open_session("app", actor=ACTOR) as session:
            limits = limits_on(session, day, clock.now())
            taken.append(receive_file(session, content=path.read_bytes(), name=path.name, limits=limits))
    rows = [(got.name, got.status, str(got.messages), f"{got.reason} {got.cure}".strip()) for got in taken]
    answer(
        [
            {"name": name, "status": state_, "messages": count, "reason": why}
            for name, state_, count, why in rows
        ],
        lambda: console.print(table("Files taken", ("File", "State", "Messages", "Reason"), rows)),
    )
    if any(got.status == "rejected" for got in taken):
        raise typer.Exit(1)


def simulate(
    as_of: AsOf = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same answers.")] = 2026,
    folder: Annotated[Path | None, typer.Option("--inbox", help="Folder for the answers.")] = None,
) -> None:
    """Write the files with which invented distributors would have answered everything sent so far."""
    from orchestration.simulator.switching import answers_due

    day, place = _day(as_of), folder or state.home() / "inbox" / "switching"
    with db.open_session("app", actor=ACTOR) as session:
        due = answers_due(session, until=day, seed=seed)
    place.mkdir(parents=True, exist_ok=True)
    for file in due:
        (place / file.name).write_bytes(file.content)
    answer(
        {"folder": str(place), "files": [file.name for file in due]},
        lambda: console.print(f"{len(due)} files in {place}"),
    )


def status(as_of: AsOf = None) -> None:
    """Show how many cases stand in which state, and what is late."""
    from operational.switching import queries

    day = _day(as_of)
    with db.open_session("app", actor=ACTOR) as session:
        stages = queries.board(session, as_of=day)
        risks = queries.risks(session, as_of=day)
    rows = [(stage.code, str(stage.cases), str(stage.late)) for stage in stages]
    answer(
        {"day": day, "stages": {stage.code: stage.cases for stage in stages}, "risks": risks},
        lambda: console.print(table(f"Switching on {day}", ("Stage", "Cases", "Late"), rows)),
    )
