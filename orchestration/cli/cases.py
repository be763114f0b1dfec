"""``iris case run FILE...``: billing cases through the real warehouse, compared to the grosz."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.output import answer, console, table, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    cases = typer.Typer(
        help="Billing cases: YAML files with facts and the bill they must give.", no_args_is_help=True
    )
    cases.callback()(lambda: None)
    cases.command("run")(run)
    app.add_typer(cases, name="case")


def run(
    files: Annotated[
        list[Path], typer.Argument(help="Case files (docs/cases.md); folders: every *.yaml in them.")
    ],
) -> None:
    """Run cases in a scratch database, all of a step in one build; exit code 1 when one differs."""
    from orchestration.cases.format import read_cases
    from orchestration.cases.running import run_cases

    paths = [found for path in files for found in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    cases = [case for path in paths for case in read_cases(path)]
    with working(f"Running {len(cases)} cases ..."):
        result = run_cases(cases=cases)
    content = {
        "passed": result.passed,
        "build_seconds": list(result.build_seconds),
        "steps": [
            {
                "case": step.case, "step": step.step, "passed": step.passed, "net": step.net, "vat": step.vat,
                "gross": step.gross, "differences": list(step.differences),
            }
            for step in result.steps
        ],
    }  # fmt: skip
    rows = [
        (
            step.case, step.title, step.step, str(step.net), str(step.vat), str(step.gross),
            "ok" if step.passed else "\n".join(step.differences),
        )
        for step in result.steps
    ]  # fmt: skip
    headers = ("Case", "Title", "Step", "Net", "VAT", "Gross", "Result")
    answer(content, lambda: console.print(table("Billing cases", headers, rows)))
    if not result.passed:
        raise typer.Exit(1)
