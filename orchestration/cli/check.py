"""``iris check``: every promise about documents, money and energy, checked against the live database."""

import typer
from rich.console import Group

from operational.app import invariants
from operational.kernel import clock, db, server
from orchestration.cli.output import answer, console, table, working

BROKEN = 1


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("check")(check)


def check() -> None:
    """Check every invariant on the live database; exit code 1 and a list when one is broken."""
    server.ensure_running()
    with working("Checking ..."), db.open_session("app", actor="system:check") as session:
        results = list(invariants.check_all(session, as_of=clock.now()))
    answer([_plain(result) for result in results], lambda: console.print(_report(results)))
    if any(result.violations for result in results):
        raise typer.Exit(BROKEN)


def _plain(result: invariants.CheckResult) -> dict[str, object]:
    """Return what a script needs of a result; the SQL stays at home."""
    return {
        "name": result.check.name,
        "code": result.check.code,
        "promise": result.check.promise,
        "holds": result.holds,
        "violations": result.violations,
        "examples": result.examples,
        "skipped": result.skipped,
    }


def _report(results: list[invariants.CheckResult]) -> Group:
    rows = [(result.check.code, result.check.promise, _verdict(result)) for result in results]
    broken = [
        (result.check.code, example.record, example.detail)
        for result in results
        for example in result.examples
    ]
    parts = [table(f"{len(results)} invariants", ("Code", "Promise", "Result"), rows)]
    if broken:
        parts.append(table("Broken (first examples)", ("Code", "Record", "What is wrong"), broken))
    return Group(*parts)


def _verdict(result: invariants.CheckResult) -> str:
    if result.skipped:
        return f"not checked: {result.skipped}"
    return "holds" if result.holds else f"BROKEN {result.violations} times"
