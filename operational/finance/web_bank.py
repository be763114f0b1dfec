"""Pages of the bank's side: split and join payments, let gaps pass, cash desk, settings, the gateway's
notices."""

from decimal import Decimal
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.app.reads import payments as reads
from operational.finance import bank_settings, chain, operations, queries, refused
from operational.finance.channels import desk
from operational.finance.channels.adapter import ChannelError
from operational.finance.channels.cash import CashDesk
from operational.finance.channels.gateway import SIGNATURE, configured
from operational.finance.channels.recording import record_event
from operational.finance.formats.report import FIELDS, REQUIRED, ReportLayout
from operational.finance.naming import customer_by_words
from operational.finance.web import pages
from operational.kernel.errors import DomainError
from operational.kernel.money import parse_amount
from operational.kernel.settings import get_settings

_SPLIT_ROWS = 6
_LARGEST_NOTICE = 64 * 1024


@pages.get("/payments/<uuid:public_id>/split")
def split_form(public_id: UUID) -> ResponseReturnValue:
    """Offer the parts of a payment: amounts and customers, the likely ones first."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    candidates = queries.candidates(session, payment_id=found.id, as_of=support.now())
    return render_template("finance/split.html", payment=found, candidates=candidates, rows=_SPLIT_ROWS)


@pages.post("/payments/<uuid:public_id>/split")
@support.acts_once
def split(public_id: UUID) -> ResponseReturnValue:
    """Split a payment in suspense; what no row takes stays in suspense."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    parts = []
    for number in range(1, _SPLIT_ROWS + 1):
        amount, words = support.form_text(f"amount_{number}", 20), support.form_text(f"customer_{number}", 80)
        if amount:
            customer = customer_by_words(session, words=words) if words else None
            parts.append(operations.Part(parse_amount(amount), customer))
    rest = found.amount - sum((part.amount for part in parts), Decimal(0))
    if rest > 0:
        parts.append(operations.Part(rest))
    operations.split_payment(session, payment_id=found.id, parts=parts, as_of=support.now())
    flash(_("The payment was split into %(count)s parts.", count=len(parts)), "ok")
    return redirect(url_for("finance.suspense", done=public_id))


@pages.post("/payments/<uuid:public_id>/merge")
@support.acts_once
def merge(public_id: UUID) -> ResponseReturnValue:
    """Join the parts of a payment again."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    operations.merge_payment(session, payment_id=found.id, as_of=support.now())
    flash(_("The parts were joined; the payment waits for assignment again."), "ok")
    return redirect(url_for("finance.payment", public_id=public_id))


@pages.post("/payments/<uuid:public_id>/repost")
@support.acts_once
def repost(public_id: UUID) -> ResponseReturnValue:
    """Move a payment to another customer."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    customer = customer_by_words(session, words=support.form_text("customer", 80))
    operations.repost_payment(session, payment_id=found.id, customer_id=customer, as_of=support.now())
    flash(_("The payment was moved to the other customer."), "ok")
    return redirect(url_for("finance.payment", public_id=public_id))


@pages.post("/payments/<uuid:public_id>/undo")
@support.acts_once
def undo(public_id: UUID) -> ResponseReturnValue:
    """Undo what was just done in the queue: an assignment by reversal, a split by joining."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    if found.closed_as == "split":
        operations.merge_payment(session, payment_id=found.id, as_of=support.now())
    else:
        operations.unassign_payment(session, payment_id=found.id, as_of=support.now())
    flash(_("Undone: the payment waits for assignment again."), "ok")
    return redirect(url_for("finance.suspense"))


@pages.post("/bank-files/gaps/<int:statement_id>")
@support.acts_once
def accept_gap(statement_id: int) -> ResponseReturnValue:
    """Let a held statement be posted although the one before it is missing."""
    session, now = support.database(), support.now()
    files = chain.accept_gap(
        session, statement_id=statement_id, reason=support.form_text("reason", 300), as_of=now
    )
    posted = operations.post_files(session, file_ids=files, as_of=now)
    flash(
        _(
            "The statement was let pass: %(posted)s payments posted, %(suspense)s wait for assignment.",
            posted=posted.posted,
            suspense=posted.suspense,
        ),
        "ok",
    )
    return redirect(url_for("finance.imports"))


@pages.get("/bank-files/refused/<int:refused_id>")
def refused_file(refused_id: int) -> ResponseReturnValue:
    """Show what is wrong with a refused file: opening, lines, closing; and how to go on."""
    found = support.found_or_404(refused.refused_file(support.database(), refused_id=refused_id))
    return render_template("finance/refused_file.html", file=found)


@pages.post("/bank-files/refused/<int:refused_id>")
@support.acts_once
def retry_refused(refused_id: int) -> ResponseReturnValue:
    """Load the corrected file, or accept the refused one with a reason."""
    part, here = request.files.get("file"), url_for("finance.refused_file", refused_id=refused_id)
    if part is None or not part.filename:
        flash(_("Choose the file of the bank first (MT940, camt, Elixir-O or a report)."), "bad")
        return redirect(here)
    name = part.filename.replace("\\", "/").rsplit("/", 1)[-1][:120]
    reason = support.form_text("reason", 300) if request.form.get("step") == "accept" else ""
    if request.form.get("step") == "accept" and len(reason.strip()) < 3:
        flash(_("Say why the file is accepted although it does not add up."), "bad")
        return redirect(here)
    try:
        result = refused.retry_file(
            support.database(), refused_id=refused_id, content=part.stream.read(), name=name, reason=reason,
            as_of=support.now(),
        )  # fmt: skip
    except DomainError as error:
        flash(error_text(error), "bad")
        return redirect(here)
    if result.rejection is not None:
        flash(
            _("File %(name)s was refused: %(reason)s %(cure)s", name=name, reason=result.rejection.reason,
              cure=result.rejection.cure),
            "bad",
        )  # fmt: skip
        return redirect(here)
    flash(
        _("File %(name)s: %(posted)s payments posted, %(suspense)s wait for assignment.", name=name,
          posted=result.posted, suspense=result.suspense),
        "ok",
    )  # fmt: skip
    return redirect(url_for("finance.import_page", file_id=result.file_id))


@pages.get("/cash-desk")
def cash_desk() -> ResponseReturnValue:
    """Show what the desk took lately and what is in it."""
    session = support.database()
    return render_template(
        "finance/cash_desk.html", rows=desk.taken_lately(session), balance=desk.balance(session),
        receipt=desk.next_receipt(session, day=support.today()),
    )  # fmt: skip


@pages.post("/cash-desk")
@support.acts_once
def take_cash() -> ResponseReturnValue:
    """Take money at the desk: a payment of the customer at once."""
    session, now = support.database(), support.now()
    customer = customer_by_words(session, words=support.form_text("customer", 80))
    event = CashDesk().taken(
        receipt=support.form_text("receipt", 40),
        amount=parse_amount(support.form_text("amount", 20)),
        virtual_account=desk.account_of(session, customer_id=customer),
        title=support.form_text("title", 140),
        payer_name=support.form_text("payer", 140),
        at=now,
    )
    recorded = record_event(session, event=event, as_of=now)
    flash(_("Taken: %(receipt)s.", receipt=event.event_id), "ok")
    found = reads.public_id(session, payment_id=recorded.payment_id)
    return redirect(url_for("finance.payment", public_id=found))


@pages.post("/channels/notice")
def channel_notice() -> ResponseReturnValue:
    """Take a notification of the gateway: signed instead of logged in, the same again is nothing."""
    gateway = configured(get_settings())
    body = request.get_data(cache=False) if (request.content_length or 0) <= _LARGEST_NOTICE else b""
    if gateway is None:
        return {"error": "off"}, 404
    try:
        event = gateway.read_notification(body=body, signature=request.headers.get(SIGNATURE, ""))
    except ChannelError as error:
        return {"error": error.code}, 401 if error.code == "channel_signature" else 400
    try:
        with support.session_factory("system:gateway").begin() as session:
            recorded = record_event(session, event=event, as_of=support.now())
    except ChannelError as error:
        return {"error": error.code}, 409
    return {"new": recorded.is_new}, 200


@pages.get("/bank-settings")
def bank_settings_page() -> ResponseReturnValue:
    """Show levels, feeds, channels and report layouts."""
    session = support.database()
    return render_template(
        "finance/bank_settings.html",
        levels=bank_settings.levels(session),
        feeds=bank_settings.feeds(session),
        uses=bank_settings.FEEDS,
        channels=bank_settings.channels(session),
        layouts=bank_settings.layout_rows(session),
    )


@pages.post("/bank-settings/<what>/<code>")
@support.acts_once
def set_bank_setting(what: str, code: str) -> ResponseReturnValue:
    """Change one level, feed or channel."""
    session, version = support.database(), support.form_int("row_version")
    if what == "level":
        bank_settings.set_level(
            session, code=code, confidence=support.form_int("confidence"), row_version=version
        )
    elif what == "feed":
        bank_settings.set_feed(session, format=code, feed=support.form_text("feed", 20), row_version=version)
    else:
        bank_settings.set_channel(
            session, code=code, words=support.form_text("words", 80),
            is_active=request.form.get("is_active") == "1", row_version=version,
        )  # fmt: skip
    flash(_("Saved."), "ok")
    return redirect(url_for("finance.bank_settings_page"))


@pages.get("/bank-settings/layout")
def report_layout() -> ResponseReturnValue:
    """Show the form of a report layout: a new one, or the one of ``?code=``."""
    rows = {row.code: row for row in bank_settings.layout_rows(support.database())}
    return render_template(
        "finance/report_layout.html", layout=rows.get(request.args.get("code", "")), fields=FIELDS,
        required=REQUIRED, delimiters=bank_settings.DELIMITERS, encodings=bank_settings.ENCODINGS,
    )  # fmt: skip


@pages.post("/bank-settings/layout")
@support.acts_once
def save_report_layout() -> ResponseReturnValue:
    """Store a report layout."""
    delimiter = request.form.get("delimiter", ";")
    layout = ReportLayout(
        code=support.form_text("code", 40),
        title=support.form_text("title", 120),
        delimiter="\t" if delimiter == "tab" else delimiter[:1],
        decimal_mark=support.form_text("decimal_mark", 1),
        date_format=support.form_text("date_format", 20),
        columns={name: words for name in FIELDS if (words := support.form_text(f"column_{name}", 80))},
        encoding=support.form_text("encoding", 20),
        currency=support.form_text("currency", 3).upper() or "PLN",
    )
    bank_settings.save_layout(
        support.database(), layout=layout, is_active=request.form.get("is_active") == "1",
        row_version=support.form_int("row_version"),
    )  # fmt: skip
    flash(_("Saved."), "ok")
    return redirect(url_for("finance.bank_settings_page"))
