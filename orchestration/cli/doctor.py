"""``iris doctor``: is this machine able to run IRIS? Every finding comes with its cure."""

import typer

from orchestration.cli.output import answer, console, options, say, working
from orchestration.health import Finding, examine

_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("doctor")(doctor)


def doctor() -> None:
    """Examine Python, packages, disk, PostgreSQL, ports, dbt, browser. Exit code 1 when one is broken."""
    findings: list[Finding] = []
    for name, look in examine():
        with working(f"Looking at {name} ..."):
            finding = look()
        findings.append(finding)
        if not options.json:
            _show(finding)
    broken = [finding.name for finding in findings if finding.state == "broken"]
    answer({"findings": findings, "broken": broken}, lambda: _summary(broken))
    if broken:
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    colour = _COLOURS[finding.state]
    console.print(f"[{colour}]{finding.state:8}[/{colour}] [bold]{finding.name}[/bold]", end="  ")
    console.print(finding.detail, markup=False, soft_wrap=True)
    if finding.cure:
        console.print(f"         Cure: {finding.cure}", markup=False, soft_wrap=True)


def _summary(broken: list[str]) -> None:
    say(f"Broken: {', '.join(broken)}." if broken else "This machine can run IRIS.")
