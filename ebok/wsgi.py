"""The WSGI entry: ``gunicorn ebok.wsgi:app``. Refuses to start when the portal's role could read too much."""

from ebok.factory import create_app
from ebok.tripwire import refuse_unprotected

refuse_unprotected()
app = create_app()
