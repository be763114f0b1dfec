"""`create_app`: the staff application put together."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect

from operational.app import errors, guard, headers, presentation, saved_views
from operational.kernel import state
from operational.kernel.settings import get_settings

LARGEST_UPLOAD = 32 * 1024 * 1024


def create_app(*, database: str | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Make the staff app on a database of this installation (default: the one of the settings).

    `config` adds Flask settings, for tests. The database server must run; nothing is read before the first
    request.
    """
    app = Flask("operational.app", template_folder="templates", static_folder="static")
    app.config.from_mapping(
        SECRET_KEY=state.secret_key(),
        IRIS_DATABASE=database or get_settings().database_name,
        BABEL_TRANSLATION_DIRECTORIES="translations",
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        SESSION_COOKIE_NAME="iris_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
    )
    app.config.from_mapping(dict(config or {}))
    presentation.install(app)
    guard.install(app)
    headers.install(app)
    saved_views.install(app)
    errors.install(app)
    csrf = CSRFProtect(app)
    _register_pages(app)
    # The payment gateway signs what it sends; it has no form of ours.
    csrf.exempt("operational.finance.web_bank.channel_notice")
    return app


def _register_pages(app: Flask) -> None:
    """Register the blueprints of the rooms; each brings its own templates folder."""
    from operational.access.web import pages as access_pages
    from operational.app.tickets import pages as ticket_pages
    from operational.app.web import pages as home_pages
    from operational.app.web_views import pages as view_pages
    from operational.billing.web import pages as billing_pages
    from operational.crm.changes.web import pages as change_pages
    from operational.crm.contracts.web import pages as contract_pages
    from operational.crm.products.web import pages as product_pages
    from operational.crm.sales.web import pages as sales_pages
    from operational.crm.service.web import pages as service_pages
    from operational.crm.web import pages as crm_pages
    from operational.documents.papers.web import pages as paper_pages
    from operational.documents.web import pages as documents_pages
    from operational.dunning.web import pages as dunning_pages
    from operational.finance.web import pages as finance_pages
    from operational.messaging.web import pages as messaging_pages
    from operational.metering.web import pages as metering_pages
    from operational.reference.web import pages as reference_pages
    from operational.switching.web import pages as switching_pages

    for pages in (
        home_pages, access_pages, crm_pages, product_pages, sales_pages, contract_pages, change_pages,
        service_pages, switching_pages, metering_pages, billing_pages, documents_pages, paper_pages,
        dunning_pages, finance_pages, messaging_pages, reference_pages, ticket_pages, view_pages,
    ):  # fmt: skip
        app.register_blueprint(pages)
