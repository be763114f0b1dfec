"""Pages of the night session: cycles and their steps, the dry run, and the rerun of one cycle."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational import warehouse
from operational.app import support
from operational.billing import assurance as figures
from operational.billing import cycles as cycle_reads
from operational.billing import operations, queries
from operational.billing.web import pages
from operational.kernel.calendar import add_months, first_of_month, first_of_next_month, parse_month
from operational.kernel.errors import DomainError


class NothingToRepeat(DomainError):
    """The month has no run that could be issued again."""

    def __init__(self, month: date) -> None:
        super().__init__(
            "no_run_to_repeat", f"The month {month:%Y-%m} has no approved run. Make and approve a run first."
        )


def _month() -> date:
    """Return the month asked for, else the one the warehouse is computed for, else the last one."""
    asked = request.values.get("month", "")[:7]
    if asked:
        return parse_month(asked)
    if warehouse.has_proposals(support.database()):
        return first_of_month(warehouse.computation(support.database()).billed_through)
    return add_months(first_of_month(support.today()), -1)


@pages.get("/billing/cycles")
def cycles() -> ResponseReturnValue:
    """Show each cycle with its steps: due when, how many passed, how many wait and for what."""
    month = _month()
    found = cycle_reads.cycles_of_month(support.database(), month=month)
    run = queries.latest_run(support.database(), billing_month=month)
    return render_template(
        "billing/cycles.html", month=month, cycles=found, now=support.now(), run=run,
        before=add_months(month, -1), after=first_of_next_month(month),
    )  # fmt: skip


@pages.get("/billing/dry-run")
def dry_run() -> ResponseReturnValue:
    """Show what a run of the computed month would issue now; nothing is written."""
    session = support.database()
    found = warehouse.computation(session)
    month = first_of_month(found.billed_through)
    planned = queries.preview(session, billing_month=month, issue_date=support.today())
    return render_template("billing/dry_run.html", month=month, computation=found, figures=planned)


@pages.get("/billing/assurance")
def assurance() -> ResponseReturnValue:
    """Show a year of supply days: billed, estimated, or not billed and why."""
    since = add_months(first_of_month(support.today()), -13)
    return render_template(
        "billing/assurance.html", months=figures.months_of_supply(support.database(), since=since),
        causes=figures.causes(support.database(), since=since),
    )  # fmt: skip


@pages.post("/billing/cycles/issue")
def issue_cycle() -> ResponseReturnValue:
    """Issue again what is missing of one cycle; no form key, since repeating is harmless."""
    month, code = _month(), support.form_text("cycle", 20)
    session = support.database()
    run = queries.latest_run(session, billing_month=month)
    if run is None or run.status not in {"approved", "issuing", "issued"}:
        raise NothingToRepeat(month)
    only = cycle_reads.customers_of_cycle(session, month=month, cycle_code=code)
    session.rollback()
    result = operations.issue_run(
        run_id=run.id, session_factory=support.session_factory(f"staff:{support.user().login}"),
        as_of=support.now(), only=only,
    )  # fmt: skip
    flash(
        _(
            "Issued: %(documents)s documents; %(parked)s scopes parked.",
            documents=result.documents,
            parked=result.parked,
        ),
        "ok",
    )
    return redirect(url_for("billing.cycles", month=f"{month:%Y-%m}"), 303)
