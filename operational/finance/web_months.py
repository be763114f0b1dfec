"""Page of the months of the ledger: what is closed, close and reopen with a reason."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.finance.ledger import months
from operational.finance.web import pages
from operational.kernel.calendar import parse_month
from operational.kernel.errors import DomainError


@pages.get("/ledger/months")
def ledger_months() -> ResponseReturnValue:
    """List the months of the ledger with their state, and who changed it."""
    session = support.database()
    return render_template(
        "finance/months.html", months=months.months_of_ledger(session, today=support.today()),
        changes=months.changes_of_months(session),
    )  # fmt: skip


@pages.post("/ledger/months")
@support.acts_once
def change_month() -> ResponseReturnValue:
    """Close a month or open it again."""
    try:
        month = parse_month(request.form.get("month", "")[:7])
    except ValueError as error:
        raise DomainError("month_unreadable", "Choose a month of the list.") from error
    act = months.close_month if request.form.get("action") == "close" else months.reopen_month
    act(
        support.database(), month=month, reason=support.form_text("reason", 600), today=support.today()
    )  # fmt: skip
    flash(_("The month was closed.") if act is months.close_month else _("The month was reopened."), "ok")
    return redirect(url_for("finance.ledger_months"))
