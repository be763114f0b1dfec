"""``create_app``: the customer portal put together."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, send_from_directory
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from ebok import errors, guard, headers, presentation
from operational.kernel import state
from operational.kernel.settings import get_settings

LARGEST_FORM = 64 * 1024


def create_app(*, database: str | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Make the portal on a database of this installation (default: the one of the settings).

    ``config`` adds Flask settings, for tests. The database server must run; nothing is read before the first
    request.
    """
    app = Flask("ebok")
    app.config.from_mapping(
        SECRET_KEY=state.secret_key(),
        IRIS_DATABASE=database or get_settings().database_name,
        BABEL_TRANSLATION_DIRECTORIES="translations",
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        SESSION_COOKIE_NAME="ebok_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
    )
    app.config.from_mapping(dict(config or {}))
    # Styles, fonts and scripts are those of the staff app, served from their one place.
    kit = Path(str(files("operational"))) / "app" / "static"
    presentation.install(app, kit)
    guard.install(app)
    headers.install(app)
    errors.install(app)
    CSRFProtect(app)
    _register_pages(app, kit)
    return app


def _register_pages(app: Flask, kit: Path) -> None:
    from ebok.pages.account import pages as account_pages
    from ebok.pages.cases import pages as case_pages
    from ebok.pages.door import pages as door_pages
    from ebok.pages.home import pages as home_pages
    from ebok.pages.invoices import pages as invoice_pages
    from ebok.pages.notices import pages as notice_pages
    from ebok.pages.readings import pages as reading_pages
    from ebok.pages.use import pages as use_pages

    for pages in (
        door_pages,
        home_pages,
        invoice_pages,
        use_pages,
        account_pages,
        notice_pages,
        reading_pages,
        case_pages,
    ):
        app.register_blueprint(pages)

    @app.get("/kit/<path:filename>", endpoint="kit")
    def kit_file(filename: str) -> ResponseReturnValue:
        return send_from_directory(kit, filename)

    @app.get("/healthz", endpoint="healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}
