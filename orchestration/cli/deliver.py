"""``iris deliver``: send what waits in the outbox - e-mails, letter batches, notices in EBOK."""

from typing import Annotated

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, say, table, working


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("deliver")(deliver)


def deliver(
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="At most so many e-mails and letters.")
    ] = 10_000,
) -> None:
    """Deliver issued documents that wait in the outbox. Running it again sends nothing twice."""
    from operational.messaging.operations import deliver_outbox

    factory = db.session_factory("app", actor="system:deliver")
    with working("Delivering documents ..."):
        result = deliver_outbox(session_factory=factory, as_of=clock.now(), limit=limit)
    rows = [
        ("EBOK", result.portal),
        ("E-mail", result.emails),
        ("Letter", result.letters),
        ("To be tried again", result.retried),
        ("Given up", result.failed),
    ]
    answer(result, lambda: console.print(table("Delivered", ("Channel", "Documents"), rows)))
    if result.held:
        say(f"{result.held} e-mails wait for an SMTP server. Set IRIS_SMTP_HOST in .env and run this again.")
