"""Pages of templates: the list, the editor with preview on a real customer, versions and activation."""

import difflib
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.kernel.settings import get_settings
from operational.messaging import template_operations, template_queries
from operational.messaging.template_operations import LANGUAGES, TEXT_CHANNELS, NewVersion
from operational.messaging.template_queries import Template, Version
from operational.messaging.texts import COMMON, BadTemplate, check_text, common_values
from operational.messaging.web import pages


@pages.get("/messages/templates")
def templates() -> ResponseReturnValue:
    """List the templates with the texts each has."""
    return render_template(
        "messaging/templates.html",
        rows=template_queries.templates(support.database()),
        channels=TEXT_CHANNELS,
    )


def _choice() -> tuple[str, str]:
    """Return channel and language that the page is about."""
    given = request.values
    channel, language = given.get("channel", ""), given.get("language", "")
    return (
        channel if channel in TEXT_CHANNELS else "standard",
        language if language in LANGUAGES else "pl",
    )


def _template(code: str) -> Template:
    return support.found_or_404(template_queries.template(support.database(), code=code))


@pages.get("/messages/templates/<code>")
def template(code: str) -> ResponseReturnValue:
    """Show the editor of one text: the version asked for, its difference to the one in force, a preview."""
    found, (channel, language) = _template(code), _choice()
    if "channel" not in request.args and found.code == "account.password_reset":
        channel = "email"
    rows = template_queries.versions(support.database(), code=code, channel=channel, language=language)
    asked = request.args.get("version", "")
    shown = next((row for row in rows if row.public_id == asked), None) or _in_force(rows)
    return _page(found, channel, language, shown=shown, rows=rows)


def _in_force(rows: list[Version]) -> Version | None:
    return next((row for row in rows if row.is_active), rows[0] if rows else None)


def _page(
    found: Template, channel: str, language: str, *, shown: Version | None, rows: list[Version],
    error: str = "",
) -> ResponseReturnValue:  # fmt: skip
    form = request.form
    subject = form.get("subject", shown.subject if shown else "")[:300]
    body = form.get("body", shown.body if shown else "")[:30_000]
    active = next((row for row in rows if row.is_active), None)
    return render_template(
        "messaging/template.html",
        template=found,
        channel=channel,
        language_chosen=language,
        channels=TEXT_CHANNELS,
        languages_chosen=LANGUAGES,
        shown=shown,
        rows=rows,
        active=active,
        subject=subject,
        body=body,
        error=error,
        common=COMMON,
        customer=request.values.get("customer", "").strip()[:20],
        preview=_preview(found, language, subject, body),
        difference=_difference(active, subject, body),
    ), (422 if error else 200)


def _preview(found: Template, language: str, subject: str, body: str):  # type: ignore[no-untyped-def]
    """Return (text, customer's name) for the customer asked for; None when nothing can be shown."""
    number = request.values.get("customer", "").strip()[:20]
    if not number:
        return None
    try:
        check_text(
            subject=subject, body=body, channel="sms" if not subject.strip() else "standard",
            variables=found.variables,
        )  # fmt: skip
    except BadTemplate:
        return None
    return template_queries.preview(
        support.database(), found=found, subject=subject, body=body, customer_number=number,
        language=language, common=common_values(get_settings()), today=support.today(),
    )  # fmt: skip


def _difference(active: Version | None, subject: str, body: str) -> list[tuple[str, str]]:
    """Return the lines that differ from the text in force, as (sign, line)."""
    if active is None:
        return []
    before = [active.subject, "", *active.body.split("\n")]
    after = [subject, "", *body.replace("\r\n", "\n").split("\n")]
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]
    return [(line[:1], line[1:]) for line in lines if not line.startswith("@@")]


@pages.post("/messages/templates/<code>/preview")
def preview_template(code: str) -> ResponseReturnValue:
    """Show the editor with what was typed, its preview and its difference; nothing is saved."""
    found, (channel, language) = _template(code), _choice()
    rows = template_queries.versions(support.database(), code=code, channel=channel, language=language)
    error = ""
    try:
        check_text(
            subject=request.form.get("subject", ""), body=request.form.get("body", ""), channel=channel,
            variables=found.variables,
        )  # fmt: skip
    except BadTemplate as refused:
        error = refused.message
    return _page(found, channel, language, shown=_in_force(rows), rows=rows, error=error)


@pages.post("/messages/templates/<code>")
@support.acts_once
def save_template(code: str) -> ResponseReturnValue:
    """Save a new version of the text; it is not in force until it is activated."""
    found, (channel, language) = _template(code), _choice()
    try:
        saved = template_operations.save_version(
            support.database(),
            version=NewVersion(
                code, channel, language, request.form.get("subject", ""), request.form.get("body", ""),
                support.form_text("note", 200),
            ),
        )  # fmt: skip
    except BadTemplate as refused:
        rows = template_queries.versions(support.database(), code=code, channel=channel, language=language)
        return _page(found, channel, language, shown=_in_force(rows), rows=rows, error=refused.message)
    flash(_("The version was saved. It is used once it is put in force."), "ok")
    return redirect(
        url_for("messaging.template", code=code, channel=channel, language=language, version=saved,
                customer=request.form.get("customer") or None)
    )  # fmt: skip


@pages.post("/messages/templates/<code>/versions/<uuid:public_id>/activate")
@support.acts_once
def activate_template(code: str, public_id: UUID) -> ResponseReturnValue:
    """Put a version in force."""
    channel, language = _choice()
    template_operations.activate_version(support.database(), public_id=str(public_id), as_of=support.now())
    flash(_("The version is in force now."), "ok")
    return redirect(url_for("messaging.template", code=code, channel=channel, language=language))
