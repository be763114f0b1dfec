"""Pages of interest: what a run would issue now, its lines, issuing and waiving, and the notes that were
issued."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational import warehouse
from operational.app import support
from operational.finance import write_offs
from operational.finance.interest import issuing
from operational.finance.interest.rules import ONE_DAY
from operational.finance.ledger import lists, printing
from operational.finance.web import pages
from operational.finance.web_ledger import customer_of
from operational.kernel.settings import get_settings


def _is_computed() -> bool:
    return not warehouse.missing_tables(support.database(), "$target_interest")


@pages.get("/interest")
def interest() -> ResponseReturnValue:
    """Show what an interest run would issue now, and the newest notes."""
    session, page = support.database(), support.page_of_request()
    computed, rows, totals = _is_computed(), [], {}
    if computed:
        issuing.gather(session, issue_date=support.today())
        rows = issuing.preview_notes(
            session, issue_date=support.today(), limit=page.limit, offset=page.offset
        )
        totals = issuing.preview_totals(session)
    return render_template(
        "finance/interest.html",
        page=page,
        rows=rows,
        totals=totals,
        computed=computed,
        through=issuing.proposed_through(session),
        notes=lists.notes(session, limit=20),
    )


@pages.get("/interest/customers/<uuid:public_id>")
def interest_of(public_id: UUID) -> ResponseReturnValue:
    """Show the lines that wait for one customer: bill x days x rate, each with its amount."""
    found, session = customer_of(public_id), support.database()
    rows = []
    if _is_computed():
        issuing.gather(session, issue_date=support.today(), customer_ids=[found.id])
        rows = issuing.preview_lines(session, customer_id=found.id)
    return render_template("finance/interest_of.html", customer=found, rows=rows, day=ONE_DAY)


@pages.post("/interest/issue")
@support.acts_once
def issue_interest() -> ResponseReturnValue:
    """Issue all notes that are due; a second press issues nothing more."""
    session = support.database()
    through = issuing.proposed_through(session) or support.today()
    made = issuing.issue_interest(session, through=through, issue_date=support.today(), as_of=support.now())
    flash(
        _(
            "Issued: %(notes)s interest notes and %(others)s notes of recovery costs.",
            notes=made.notes,
            others=made.compensations,
        ),
        "ok",
    )
    return redirect(url_for("finance.interest"))


@pages.post("/interest/customers/<uuid:public_id>/waive")
@support.acts_once
def waive_interest(public_id: UUID) -> ResponseReturnValue:
    """Do not ask for the interest of one bill, with a reason."""
    found = customer_of(public_id)
    amount = issuing.waive_interest(
        support.database(),
        open_item_id=support.form_int("item"),
        reason=support.form_text("reason", 500),
        as_of=support.now(),
    )
    flash(_("Interest of %(amount)s PLN was waived.", amount=amount), "ok")
    return redirect(url_for("finance.interest_of", public_id=found.public_id))


@pages.get("/interest/notes/<uuid:public_id>")
def interest_note(public_id: UUID) -> ResponseReturnValue:
    """Show an issued note with its lines."""
    note, lines, _item = support.found_or_404(lists.note(support.database(), public_id=str(public_id)))
    return render_template("finance/note.html", note=note, lines=lines, day=ONE_DAY)


@pages.get("/interest/notes/<uuid:public_id>/pdf")
def interest_note_pdf(public_id: UUID) -> ResponseReturnValue:
    """Return a note as PDF."""
    support.found_or_404(lists.note(support.database(), public_id=str(public_id)))
    number, content = printing.note_pdf(support.database(), public_id=str(public_id), settings=get_settings())
    headers = {"Content-Disposition": f'inline; filename="{number.replace("/", "-")}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.post("/interest/notes/<uuid:public_id>/waive")
@support.acts_once
def waive_note(public_id: UUID) -> ResponseReturnValue:
    """Give up what is open of an issued note; above the limit a second person approves it."""
    session = support.database()
    note, _lines, item = support.found_or_404(lists.note(session, public_id=str(public_id)))
    owner = customer_of(UUID(note.customer_public_id))
    made = write_offs.write_off(
        session,
        customer_id=owner.id,
        item_ids=[item],
        reason=support.form_text("reason", 500),
        kind="waived_note",
        on=support.today(),
        as_of=support.now(),
    )
    flash(
        _("The note was waived.") if made.is_booked else _("The write-off waits for a second person."), "ok"
    )
    return redirect(url_for("finance.interest_note", public_id=public_id))
