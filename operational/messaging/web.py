"""Pages of messaging: the outbox monitor and one message; templates and letters join from their modules."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from operational.app import support
from operational.kernel.calendar import start_of_day
from operational.kernel.settings import get_settings
from operational.messaging import message_texts, operations, queries, template_queries

pages = Blueprint("messaging", __name__, template_folder="templates")
CHANNELS = ("email", "sms", "ebok", "letter")
STATUSES = ("waiting", "held", "sent", "delivered", "failed", "replaced", "cancelled")
_SHOWN_DAYS = timedelta(days=30)


@pages.get("/messages")
def monitor() -> ResponseReturnValue:
    """Show the state of the outbox: counts by channel and status, a filtered list, what needs a person."""
    session, page = support.database(), support.page_of_request()
    given = request.args
    filters = {
        "channel": given.get("channel", "") if given.get("channel") in CHANNELS else "",
        "status": given.get("status", "") if given.get("status") in STATUSES else "",
        "template": given.get("template", "")[:60],
        "customer": given.get("customer", "").strip()[:20],
    }
    rows = queries.messages(session, **filters, offset=page.offset, limit=page.limit)
    settings = get_settings()
    return render_template(
        "messaging/monitor.html",
        rows=rows,
        page=page,
        filters=filters,
        counts={
            (row.channel, row.status): row
            for row in queries.counts(session, since=start_of_day(support.today() - _SHOWN_DAYS))
        },
        unexpanded=queries.unexpanded(session),
        templates=template_queries.templates(session),
        channels=CHANNELS,
        statuses=STATUSES,
        is_set={"email": bool(settings.smtp_host), "sms": bool(settings.sms_token.get_secret_value())},
        bad=queries.bad_addresses(session) if support.may("messages.act") else [],
    )


@pages.post("/messages/act")
@support.acts_once
def act() -> ResponseReturnValue:
    """Hold, release or retry the chosen messages."""
    session, now = support.database(), support.now()
    ids = [int(one) for one in request.form.getlist("id") if one.isdigit() and len(one) < 18][:500]
    action = request.form.get("action", "")
    if action == "hold":
        count = operations.hold_messages(
            session, message_ids=ids, reason=support.form_text("reason", 200), as_of=now
        )
    elif action == "release":
        count = operations.release_messages(session, message_ids=ids, as_of=now)
    else:
        count = operations.retry_messages(session, message_ids=ids, as_of=now)
    flash(ngettext("%(num)d message changed.", "%(num)d messages changed.", count), "ok")
    return redirect(_back())


def _back() -> str:
    """Return the list that the form stood on, filters kept, or the message."""
    one = request.form.get("message", "")
    if one:
        return url_for("messaging.message", public_id=UUID(one))
    names = ("channel", "status", "template", "customer")
    kept: dict[str, Any] = {name: request.form[name] for name in names if request.form.get(name)}
    return url_for("messaging.monitor", **kept)


@pages.get("/messages/<uuid:public_id>")
def message(public_id: UUID) -> ResponseReturnValue:
    """Show a message as the customer reads it, and what happened to it."""
    session = support.database()
    found = support.found_or_404(queries.message(session, public_id=str(public_id)))
    return render_template(
        "messaging/message.html",
        row=found,
        written=message_texts.written(session, public_id=found.public_id),
        events=queries.events(session, message_id=found.id),
        batches=queries.batches_of_message(session, message_id=found.id),
    )


@pages.post("/messages/<uuid:public_id>/cancel")
@support.acts_once
def cancel(public_id: UUID) -> ResponseReturnValue:
    """Give up a message that has not gone out."""
    found = support.found_or_404(queries.message(support.database(), public_id=str(public_id)))
    operations.cancel_message(
        support.database(), message_id=found.id, reason=support.form_text("reason", 200), as_of=support.now()
    )
    flash(_("The message was cancelled."), "ok")
    return redirect(url_for("messaging.message", public_id=public_id))


@pages.post("/messages/addresses/<int:address_id>/clear")
@support.acts_once
def clear_address(address_id: int) -> ResponseReturnValue:
    """Say that a bad address works again."""
    operations.clear_bad_address(
        support.database(),
        bad_address_id=address_id,
        actor=f"staff:{support.user().login}",
        as_of=support.now(),
    )
    flash(_("The address is used again."), "ok")
    return redirect(url_for("messaging.monitor"))


from operational.messaging import web_letters, web_rates, web_templates  # noqa: E402,F401  they join `pages`
