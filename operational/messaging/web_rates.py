"""Page of the channels: how fast they send, how often they try again, and what is planned."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.messaging import rates, reconciling
from operational.messaging.web import CHANNELS, pages

_FIELDS = ("per_minute", "most_attempts", "first_wait_seconds", "longest_wait_seconds", "known_hours")


def _page(error: str = "") -> ResponseReturnValue:
    session = support.database()
    rules = rates.rules_in_force(session, on=support.today())
    return render_template(
        "messaging/channels.html",
        rules=rules,
        newest={row.channel: row for row in rules},
        history=rates.rule_history(session),
        fields=_FIELDS,
        stops=reconciling.stops(session),
        last=reconciling.last_reconciliation(session),
        given=request.form,
        error=error,
    ), (422 if error else 200)


@pages.get("/messages/channels")
def channels() -> ResponseReturnValue:
    """Show the rules of the channels, what gateways said last, and the form of a change."""
    return _page()


@pages.post("/messages/channels")
@support.acts_once
def change_channel() -> ResponseReturnValue:
    """Let a rule of a channel hold from a day on."""
    channel = request.form.get("channel", "")
    values = [support.form_int(name) for name in _FIELDS]
    try:
        if channel not in CHANNELS:
            raise rates.RateError("rate_value", "Choose a channel.")
        rates.change_rule(
            support.database(), channel=channel, seen_id=support.form_int("row_version"),
            rule=rates.NewRule(*values), valid_from=_day(), source=support.form_text("reason", 200),
            on=support.today(),
        )  # fmt: skip
    except rates.RateError as refused:
        if refused.code == "changed_meanwhile":
            raise
        return _page(error_text(refused))
    flash(_("The rule was saved."), "ok")
    return redirect(url_for("messaging.channels"))


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("valid_from", ""))
    except ValueError:
        raise rates.RateError("rate_day", "Enter a day, today or later.") from None
