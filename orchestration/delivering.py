"""One delivery run: rooms turn what they issued into messages, then the queue is delivered.

Messaging knows no notes and finance sends nothing, so the two meet here; the schedule, the job of a billing
month, the demonstration and ``iris deliver`` all call this.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from operational.finance.interest.sending import AT_ONCE, queue_notes
from operational.kernel.settings import get_settings
from operational.messaging.operations import DeliveryResult, deliver_outbox


def deliver(
    *,
    session_factory: Callable[[], Session],
    as_of: datetime,
    limit: int = 10_000,
    with_letters: bool = True,
) -> DeliveryResult:
    """Queue the messages of issued notes, then deliver what is due; run again it sends nothing twice."""
    while True:
        with session_factory() as session, session.begin():
            made = queue_notes(session, settings=get_settings(), as_of=as_of)
        if made < AT_ONCE:
            break
    return deliver_outbox(
        session_factory=session_factory, as_of=as_of, limit=limit, with_letters=with_letters
    )
