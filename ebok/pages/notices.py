"""Notices: what the seller wrote to the customer here, newest first; opening the page marks them as read."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ebok import support
from operational.kernel.settings import get_settings
from operational.messaging.portal import operations, queries

pages = Blueprint("notices", __name__)
PAGE_SIZE = 20


@pages.get("/notices")
def listing() -> ResponseReturnValue:
    """Show the notices; those shown count as read from now on."""
    database, customer, number = support.database(), support.customer_id(), support.page_number()
    rows = queries.notices(
        database,
        customer_id=customer,
        settings=get_settings(),
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    shown = rows[:PAGE_SIZE]
    page = render_template("notices.html", rows=shown, has_next=len(rows) > PAGE_SIZE, number=number)
    fresh = [row.id for row in shown if row.read_at is None]
    if fresh:
        operations.mark_read(database, message_ids=fresh, customer_id=customer, as_of=support.now())
        database.commit()
    return page
