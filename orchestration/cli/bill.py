"""``iris bill run``, ``explain`` and ``proof``: bill a month, show how a document came about, prove it."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.cli.output import answer, console, say, table, working

ACTOR = "system:bill"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    bill = typer.Typer(help="Bill a month; explain a document.", no_args_is_help=True)
    bill.command("run")(run)
    bill.command("explain")(explain)
    bill.command("proof")(proof)
    bill.command("prove")(prove)
    app.add_typer(bill, name="bill")


def run(
    month: Annotated[str, typer.Option("--month", help="The month to bill, e.g. 2026-03.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the figures and write no run.")] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve the run and issue its documents.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why the run is right although a safety bound is broken.")
    ] = "",
    issue_date: Annotated[
        datetime | None, typer.Option("--issue-date", formats=["%Y-%m-%d"], help="Default: today.")
    ] = None,
) -> None:
    """Compute what a month should be billed, make a run, and with --approve issue it. Safe to run again."""
    from operational.kernel import clock, server
    from operational.kernel.calendar import parse_month
    from operational.kernel.errors import DomainError
    from operational.kernel.settings import get_settings
    from orchestration import billing

    if dry_run and approve:
        raise DomainError("wrong_options", "--dry-run issues nothing. Leave out --dry-run or --approve.")
    server.ensure_running()
    with working("Computing the proposals and billing ..."):
        result = billing.bill_month(
            database=get_settings().database_name,
            month=parse_month(month),
            issue_date=issue_date.date() if issue_date else clock.today(),
            as_of=clock.now(),
            actor=ACTOR,
            is_dry=dry_run,
            is_approved=approve,
            reason=reason,
        )
    answer(result, lambda: _show(result))


def explain(number: Annotated[str, typer.Argument(help="Document number, e.g. FV/2026/04/000123.")]) -> None:
    """Show how every line of a document came about, and compute it anew; exit code 1 when one differs."""
    from operational.documents import explain as explaining
    from operational.documents import queries
    from operational.documents.comparison import compared
    from operational.kernel import db, server

    server.ensure_running()
    with db.open_session("app", actor=ACTOR) as session:
        document = queries.document_by_number(session, number=number)
        lines = explaining.explain(session, document_id=document.head.id, language="en")
        comparison = compared(session, document_id=document.head.id)
    differing = [line.line_no for line in lines if line.difference]
    content = {
        "document": document.head,
        "lines": [
            asdict(line)
            | {
                "unrounded": str(line.unrounded),
                "net_recomputed": line.net_recomputed,
                "difference": line.difference,
            }
            for line in lines
        ],
        "vat": document.vat,
        "compared_with_previous": comparison,
        "differing_lines": differing,
    }
    answer(content, lambda: _show_explanation(document, lines, comparison))
    if differing:
        raise typer.Exit(1)


def proof(
    number: Annotated[str, typer.Argument(help="Document number, e.g. FV/2026/04/000123.")],
    target: Annotated[
        Path | None, typer.Option("--to", help="ZIP file to write; default: NUMBER-proof.zip here.")
    ] = None,
) -> None:
    """Write the proof bundle of a document: what was issued, what from, and a script that checks it."""
    from operational.documents import queries
    from operational.documents.proof.bundle import proof_bundle
    from operational.kernel import db, server

    server.ensure_running()
    with db.open_session("app", actor=ACTOR) as session:
        document = queries.document_by_number(session, number=number)
        content = proof_bundle(session, document_id=document.head.id)
    file = target or Path(f"{document.head.number.replace('/', '-')}-proof.zip")
    file.write_bytes(content)
    answer(
        {"document": document.head.number, "file": str(file), "bytes": len(content)},
        lambda: say(f"{file}: {len(content)} bytes. Unpack it and say: python recompute.py"),
    )


def _show(result: Any) -> None:
    found = result.summary
    rows: list[tuple[str, object]] = [
        ("Scopes due", found.scopes_due),
        ("Unchanged", found.unchanged),
        ("To invoice", f"{found.to_invoice} in {found.invoices} invoices"),
        ("To correct", f"{found.to_correct} in {found.corrections} corrections"),
        ("Parked", _codes(found.parked, found.parked_by_code)),
        ("Cannot be computed", _codes(found.not_billable, found.not_billable_by_code)),
        ("Net / VAT / gross, PLN", f"{found.net_amount} / {found.vat_amount} / {found.gross_amount}"),
        ("Energy, kWh", found.energy_kwh),
        ("Estimated share", f"{found.estimated_share:.1%}"),
    ]
    title = f"Run {result.run_id}" if result.run_id else "Dry run: nothing was written"
    console.print(table(f"{title}, {result.month:%Y-%m}", ("", "Figure"), rows))
    for bound in found.bounds:
        say(f"{'kept  ' if bound.is_kept else 'BROKEN'} {bound.message}")
    if result.issued is not None:
        done = result.issued
        say(
            f"Issued {done.invoices} invoices and {done.corrections} corrections in {done.seconds:.1f} s,"
            f" parked {done.parked}."
        )
    elif result.run_id:
        say("The run waits for approval: in the staff app, or run this again with --approve.")


def _codes(count: int, by_code: Any) -> str:
    return f"{count} ({', '.join(f'{code} {n}' for code, n in by_code.items())})" if by_code else str(count)


def _show_explanation(document: Any, lines: list[Any], comparison: Any) -> None:
    head = document.head
    say(f"{head.kind} {head.number} of {head.issue_date}, {head.period_from} to {_last_day(head.period_to)}")
    rows = []
    for line in lines:
        origin = [
            f"{r.meter_serial} {r.zone_code}: {r.start_value} on {r.start_date} -> {r.end_value} on "
            f"{r.end_date}"
            f" ({r.end_kind}{', ' + r.end_source if r.end_source else ''}) = {r.used} {r.unit}"
            for r in line.readings
        ]
        origin += [f"{v.zone_code}: {v.quantity} {v.unit} ({v.quality})" for v in line.volumes]
        origin += [f"{g.m3} m3 x {g.factor} = {g.energy_kwh} kWh" for g in line.gas]
        origin += line.steps
        if line.split:
            origin.append(f"{line.split.days} of {line.split.of_days} days of {line.split.interval_kwh} kWh")
        if line.estimate:
            origin.append(f"estimated: {line.estimate.method}, {line.estimate.daily_kwh} kWh a day")
        price = (
            f"{line.rate.price} since {line.rate.valid_from}; {line.rate.owner} {line.rate.source}; "
            f"{line.legal_basis}"
            if line.rate
            else ""
        )
        before = f" (before {line.net_before})" if line.is_correction else ""
        check = "" if not line.difference else f" DIFFERS by {line.difference}"
        rows.append(
            (line.line_no, f"{line.name_en} {line.zone_code}", "\n".join(origin), price, line.formula_text,
             f"{line.net_after}{before}{check}")
        )  # fmt: skip
    console.print(
        table("Lines", ("No.", "Charge", "Quantity from", "Price from", "Formula", "Net, PLN"), rows)
    )
    for rate in document.vat:
        say(
            f"VAT {rate.vat_rate:.0%}: net {rate.net_amount}, VAT {rate.vat_amount}, gross "
            f"{rate.gross_amount} PLN"
        )
    if comparison is not None:
        parts = ", ".join(
            f"{words} {comparison.total(part)}"
            for part, words in (
                ("volume", "use"),
                ("days", "days"),
                ("price", "price"),
                ("one_off", "one-off"),
            )
        )
        say(
            f"Against {comparison.previous_number}: {comparison.gross_difference} PLN gross"
            f" ({parts}, VAT {comparison.vat})"
        )


def _last_day(end: date) -> date:
    return date.fromordinal(end.toordinal() - 1)


def prove(
    numbers: Annotated[list[str] | None, typer.Argument(help="Numbers of documents.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every document that was ever issued.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Documents issued from this day on."),
    ] = None,
) -> None:
    """Recompute documents in bulk by the script of the proof bundle; exit code 1 when a grosz differs."""
    from operational.kernel import db, server
    from operational.kernel.errors import DomainError
    from operational.kernel.settings import get_settings
    from orchestration import proving

    if not (numbers or is_all or since):
        raise DomainError("wrong_options", "Say which documents: numbers, --since DAY or --all.")
    server.ensure_running()
    with (
        working("Recomputing the documents ..."),
        db.open_session("app", actor=ACTOR, database=get_settings().database_name) as session,
    ):
        found = proving.prove(session, numbers=numbers or None, since=since.date() if since else None)
    if numbers and found.documents < len(set(numbers)):
        raise DomainError("document_not_found", "Not every number is that of a document. Check the numbers.")
    answer(found, lambda: _show_proved(found))
    if found.differing:
        raise typer.Exit(1)


def _show_proved(found: Any) -> None:
    for sentence in found.sentences:
        say(sentence)
    say(
        f"{found.documents} documents, {found.lines} lines, {found.gross_amount} PLN gross: "
        + (f"{found.differing} DIFFER" if found.differing else "every grosz recomputed")
    )
