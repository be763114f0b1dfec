"""``iris ingest readings|intervals|prices|factors|bank FILE...`` and ``iris ingest retry``: files through the gate, by hand.

Exit code 1 when a row or a file was refused; what was good is kept all the same.
"""  # noqa: E501

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group

from orchestration.cli.output import answer, console, table, working

if TYPE_CHECKING:
    from operational.finance.results import BankImportResult
    from operational.metering.operations import IngestResult

ACTOR = "system:ingest"
REFUSED = 1
_SHOWN = 50
Files = Annotated[
    list[Path], typer.Argument(help="Files to take.", exists=True, dir_okay=False, readable=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    ingest = typer.Typer(help="Take files of distributors and of the bank.", no_args_is_help=True)
    ingest.command("readings")(readings)
    ingest.command("intervals")(intervals)
    ingest.command("prices")(prices)
    ingest.command("factors")(factors)
    ingest.command("bank")(bank)
    ingest.command("fetch-bank")(fetch_bank)
    ingest.command("retry")(retry)
    app.add_typer(ingest, name="ingest")


def readings(files: Files) -> None:
    """Take files of register readings or billed volumes. The same file again changes nothing."""
    from operational.metering.operations import land_readings_file

    results: list[IngestResult] = _each(files, land_readings_file)
    rows = [
        (found.name, found.status, found.rows_accepted, found.rows_duplicate, found.rows_rejected)
        for found in results
    ]
    refused = [(found.name, "", found.message) for found in results if found.status == "refused"]
    refused += [
        (found.name, str(row.row_no), f"{row.reason} {row.cure}")
        for found in results
        for row in found.rejected
    ]
    columns = ("File", "Status", "Accepted", "Repeated", "Refused")
    _answer(results, columns, rows, refused, clean=all(found.is_clean for found in results))


def intervals(
    files: Files,
    layout: Annotated[
        str, typer.Option("--layout", help="Name of the layout; default: found by the header.")
    ] = "",
    point: Annotated[
        str, typer.Option("--point", help="Supply point of a file that names none; default: CODE__name.")
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Take a known file once more, for rows that were refused then.")
    ] = False,
) -> None:
    """Take interval data into the lake: our CSV, layouts of distributors, MSCONS, NEM12, Green Button."""
    from orchestration.intervals.landing import land_intervals_file

    more = {"layout": layout, "point": point, "again": again}
    _answer_lake([_land(path, land_intervals_file, **more) for path in files])


def prices(
    files: Files,
    layout: Annotated[
        str, typer.Option("--layout", help="Name of the layout; default: found by the header.")
    ] = "",
) -> None:
    """Take market prices: day-ahead (RDN), RCE, RCEm. A changed price is a new version."""
    from orchestration.intervals.prices import land_prices_file

    _answer_lake([_land(path, land_prices_file, layout=layout) for path in files])


def factors(
    files: Files,
    layout: Annotated[
        str, typer.Option("--layout", help="Name of the layout; default: found by the header.")
    ] = "",
) -> None:
    """Take gas conversion factors per area and month."""
    from orchestration.intervals.prices import land_factors_file

    _answer_lake([_land(path, land_factors_file, layout=layout) for path in files])


def _land(path: Path, operation: Callable[..., Any], **more: Any) -> Any:
    from operational.kernel import clock, db, server

    server.ensure_running()
    with working(f"Taking {path.name} ..."), db.open_session("app", actor=ACTOR) as session:
        return operation(session, path=path, as_of=clock.now(), **more)


def _answer_lake(results: list[Any]) -> None:
    rows = [
        (
            found.name,
            found.status,
            found.format,
            found.rows_accepted,
            found.rows_duplicate,
            found.rows_rejected,
        )
        for found in results
    ]
    refused = [(found.name, "", found.message) for found in results if found.status == "refused"]
    refused += [
        (found.name, str(entry.row_no) if entry.row_no > 0 else "", f"{entry.reason} {entry.cure}")
        for found in results
        for entry in found.entries
    ]
    columns = ("File", "Status", "Format", "Accepted", "Repeated", "Refused")
    _answer(results, columns, rows, refused, clean=all(found.is_clean for found in results))


def bank(files: Files) -> None:
    """Take bank files (MT940, MT942, camt, Elixir-O, reports): store, post and allocate.

    The same file again changes nothing.
    """
    from operational.finance.operations import import_bank_path

    results: list[BankImportResult] = _each(files, import_bank_path, as_path=True)
    rows = [
        (found.name, found.status, found.accepted, found.duplicates, found.posted, found.suspense)
        for found in results
    ]
    refused = [
        (found.name, "", f"{found.rejection.reason} {found.rejection.cure}")
        for found in results
        if found.rejection
    ]
    columns = ("File", "Status", "Lines", "Repeated", "Posted", "In suspense")
    _answer(results, columns, rows, refused, clean=not refused)


def retry() -> None:
    """Try all quarantined rows of readings and volumes again, once what they lacked is there."""
    from operational.kernel import clock, db, server
    from operational.metering.operations import retry_rejected_rows

    server.ensure_running()
    with working("Trying quarantined rows again ..."), db.open_session("app", actor=ACTOR) as session:
        result = retry_rejected_rows(session, as_of=clock.now())
    rows = [(result.rows_tried, result.rows_accepted, result.rows_duplicate, len(result.rejected))]
    still = [("", str(row.row_no), f"{row.reason} {row.cure}") for row in result.rejected]
    _answer(result, ("Tried", "Accepted", "Repeated", "Still refused"), rows, still, clean=not still)


def fetch_bank() -> None:
    """Fetch new bank files by SFTP into the inbox; the sensor or `iris ingest bank` takes them from there."""
    from operational.finance.landing import largest_file
    from operational.kernel import state
    from operational.kernel.settings import get_settings
    from orchestration import sftp

    settings = get_settings()
    if not sftp.is_on(settings):
        console.print("No SFTP server is set (IRIS_BANK_SFTP_HOST).")
        raise typer.Exit(REFUSED)
    with working(f"Fetching from {settings.bank_sftp_host} ..."):
        found = sftp.fetch_bank_files(
            settings, folder=state.home() / "inbox" / "bank", max_bytes=largest_file()
        )
    rows = [(name,) for name in found.names]
    answer(found, lambda: console.print(table(f"{len(rows)} new of {found.seen}", ("File",), rows)))


def _each(files: list[Path], operation: Callable[..., Any], *, as_path: bool = False) -> list[Any]:
    """Run the operation on every file, each in a transaction of its own."""
    from operational.kernel import clock, db, server

    server.ensure_running()
    results = []
    for path in files:
        with working(f"Taking {path.name} ..."), db.open_session("app", actor=ACTOR) as session:
            given: dict[str, Any] = {"path": path} if as_path else {"content": path.read_bytes()}
            results.append(operation(session, **given, name=path.name, as_of=clock.now()))
    return results


def _answer(
    content: Any,
    columns: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    refused: list[tuple[str, str, str]],
    *,
    clean: bool,
) -> None:
    parts = [table("Taken", columns, rows)]
    if refused:
        shown = f" (first {_SHOWN} of {len(refused)})" if len(refused) > _SHOWN else ""
        parts.append(table(f"Refused{shown}", ("File", "Line", "Reason and cure"), refused[:_SHOWN]))
    answer(content, lambda: console.print(Group(*parts)))
    if not clean:
        raise typer.Exit(REFUSED)
