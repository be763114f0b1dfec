"""Entry point of a WSGI server: `gunicorn operational.app.wsgi:app`."""

from operational.app.factory import create_app

app = create_app()
