"""Pages of contracts: the list, one contract, requested starts, withdrawal. The wizard is in `web_wizard`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from operational.app import exports, support
from operational.app.labels import error_text
from operational.app.reads.audit import audit_entries
from operational.crm.changes import history
from operational.crm.contracts import activation, listing, page, queries, rules, signing
from operational.crm.customers.rules import CustomerKind
from operational.kernel.errors import DomainError
from operational.metering.queries import dso_names

pages = Blueprint("contracts", __name__, template_folder="templates")

COLUMNS = (
    exports.Column("number", _l("Contract")),
    exports.Column("customer_name", _l("Customer")),
    exports.Column("customer_kind", _l("Segment"), "customer_kind"),
    exports.Column("kind", _l("Kind"), "contract_kind"),
    exports.Column("product", _l("Product")),
    exports.Column("points", _l("Points")),
    exports.Column("signed_on", _l("Signed")),
    exports.Column("starts_on", _l("Supply from")),
    exports.Column("ends_on", _l("Last day")),
    exports.Column("status", _l("State"), "contract_status"),
)


@pages.get("/contracts")
def contracts() -> ResponseReturnValue:
    """List contracts by number, status, product, distributor, segment and end;
    export what the filter lets through.
    """
    ends_in = request.args.get("ends_in", "")
    narrowed = listing.ContractFilter(
        number=request.args.get("number", "").strip()[:50],
        status=request.args.get("status", ""),
        product=request.args.get("product", "")[:60],
        dso=request.args.get("dso", "")[:40],
        segment=request.args.get("segment", ""),
        ends_in=int(ends_in) if ends_in in {str(days) for days in listing.ENDS_IN} else 0,
    )
    if exports.asked():
        return exports.of_list("contracts", COLUMNS, lambda session, part: listing.contract_list(
            session, narrowed=narrowed, today=support.today(), offset=part.offset, limit=part.limit,
        ))  # fmt: skip
    shown = support.page_of_request()
    session = support.database()
    found = listing.contract_list(
        session, narrowed=narrowed, today=support.today(), offset=shown.offset, limit=shown.limit
    )
    return render_template(
        "contracts/contracts.html",
        rows=found,
        page=shown,
        narrowed=narrowed,
        statuses=listing.STATUSES,
        ends_in=listing.ENDS_IN,
        products=listing.products(session),
        dsos=dso_names(session),
        segments=list(CustomerKind),
        drafts=len(listing.draft_list(session, limit=100)),
        due=activation.due(session, day=support.today()),
    )


@pages.get("/contracts/<uuid:public_id>")
def contract(public_id: UUID) -> ResponseReturnValue:
    """Show a contract: bar of time, terms, points, signature, starts, papers, bills."""
    return _contract_page(public_id)


def _contract_page(public_id: UUID, refused: DomainError | None = None) -> str:
    session, today = support.database(), support.today()
    found = support.found_or_404(queries.contract(session, public_id=str(public_id), today=today))
    conditions = page.conditions(session, contract_id=found.id)
    ends_on = next((row.ends_on for row in conditions if row.ends_on), None)
    segments, now_at = page.bar(found, ends_on=ends_on, today=today)
    signature = signing.signature(session, contract_id=found.id)
    return render_template(
        "contracts/contract.html",
        contract=found,
        status=listing.status_of(session, contract_id=found.id, today=today),
        conditions=conditions,
        segments=segments,
        now_at=now_at,
        signature=signature,
        may_withdraw=bool(
            signature and signature.state == "signed" and signature.withdrawal_until
            and today <= signature.withdrawal_until
        ),
        requests=page.start_requests(session, contract_id=found.id),
        mandates=page.mandates(session, contract_id=found.id),
        papers=listing.papers_of_contract(session, contract_id=found.id),
        changes=history.of_contract(session, contract_id=found.id),
        bills=page.bills(session, contract_id=found.id, customer_public_id=found.customer_public_id),
        own_starts=("takeover", "new_connection", "direct"),
        entries=audit_entries(session, table="contracts", row_id=str(found.id), offset=0, limit=50),
        endpoints=current_app.view_functions,
        refused=error_text(refused) if refused else "",
    )  # fmt: skip


def _on_contract(public_id: UUID, work: Callable[[int], Any]) -> ResponseReturnValue:
    """Do something with a contract; a refusal is shown on its page and nothing is kept."""
    session, today = support.database(), support.today()
    found = support.found_or_404(queries.contract(session, public_id=str(public_id), today=today))
    try:
        work(found.id)
    except DomainError as refused:
        session.rollback()
        return _contract_page(public_id, refused), 422
    return redirect(url_for("contracts.contract", public_id=public_id))


@pages.post("/contracts/<uuid:public_id>/withdrawal")
@support.acts_once
def withdraw(public_id: UUID) -> ResponseReturnValue:
    """Record that the consumer withdrew from the contract."""

    def work(contract_id: int) -> None:
        ends = signing.withdraw(
            support.database(),
            contract_id=contract_id,
            withdrawn_on=rules.date_of(support.form_text("withdrawn_on", 10)) or support.today(),
            reason=support.form_text("reason", 300),
            as_of=support.now(),
        )
        flash(
            _("The withdrawal was recorded; supply ends before %(day)s.", day=ends.isoformat())
            if ends
            else _("The withdrawal was recorded; no supply begins."),
            "ok",
        )

    return _on_contract(public_id, work)


@pages.post("/contracts/<uuid:public_id>/start")
@support.acts_once
def change_start(public_id: UUID) -> ResponseReturnValue:
    """Move or cancel the requested start of a point."""

    def work(contract_id: int) -> None:
        session, point = support.database(), support.form_int("supply_point_id")
        if request.form.get("action") == "cancel":
            activation.cancel_start(
                session, contract_id=contract_id, supply_point_id=point,
                reason=support.form_text("reason", 300), as_of=support.now(),
            )  # fmt: skip
            flash(_("The requested start was cancelled."), "ok")
            return
        start = rules.date_of(support.form_text("wanted_start", 10))
        if start is None:
            raise activation.StartRefused("invalid_date", "Give the day as year, month and day.")
        activation.move_start(
            session, contract_id=contract_id, supply_point_id=point, wanted_start=start, as_of=support.now()
        )
        flash(_("The requested start was moved."), "ok")

    return _on_contract(public_id, work)


@pages.post("/contracts/activate-due")
@support.acts_once
def activate_due() -> ResponseReturnValue:
    """Activate the starts that are due today and need no distributor."""
    done = activation.activate_due(support.database(), day=support.today(), as_of=support.now())
    flash(ngettext("%(num)d point became active.", "%(num)d points became active.", done.started), "ok")
    for refusal in done.refused[:5]:
        words = error_text(DomainError(refusal.code, refusal.message))
        flash(f"{refusal.contract_number} · {refusal.supply_point_code}: {words}", "bad")
    return redirect(url_for("contracts.contracts"))


from operational.crm.contracts import web_wizard  # noqa: E402, F401  its routes join the blueprint
