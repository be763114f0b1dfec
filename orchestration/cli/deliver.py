"""``iris deliver``: send what waits - e-mails, SMS, notices in EBOK, letters; ``iris sms-simulator``."""

from typing import Annotated

import typer

from operational.kernel import clock, db
from orchestration.cli.output import answer, console, say, table, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("deliver")(deliver)
    app.command("sms-simulator")(sms_simulator)


def deliver(
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="At most so many messages per channel.")
    ] = 10_000,
    letters: Annotated[
        bool, typer.Option("--letters/--no-letters", help="Print the letters that are due as one batch.")
    ] = True,
) -> None:
    """Deliver messages that are due, and work bounces and reports. Running it again sends nothing twice."""
    from orchestration.delivering import deliver as deliver_all

    factory = db.session_factory("app", actor="system:deliver")
    with working("Delivering messages ..."):
        result = deliver_all(session_factory=factory, as_of=clock.now(), limit=limit, with_letters=letters)
    rows = [
        ("EBOK", result.portal),
        ("E-mail", result.emails),
        ("SMS", result.sms),
        ("Letter", result.letters),
        ("Confirmed as delivered", result.confirmed),
        ("Came back", result.bounced),
        ("Go by another channel", result.replaced),
        ("Recalled: paid or protected meanwhile", result.recalled),
        ("To be tried again", result.retried),
        ("Given up", result.failed),
    ]
    answer(result, lambda: console.print(table("Delivered", ("Channel", "Messages"), rows)))
    if result.held:
        say(
            f"{result.held} messages wait for a server. Set IRIS_SMTP_HOST (e-mail) or IRIS_SMS_TOKEN (SMS)"
            " in .env and run this again."
        )
    if result.throttled:
        say(f"{result.throttled} messages are over the rate of their channel. Run this again in a minute.")


def sms_simulator(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = 8765,
) -> None:
    """Play the SMS service on this machine until Ctrl+C; nothing reaches a telephone."""
    from orchestration.simulator.smsapi import SmsServer

    server = SmsServer(port=port)
    say(f"Set IRIS_SMS_URL={server.url} and IRIS_SMS_TOKEN={server.provider.token}. Stop with Ctrl+C.")
    try:
        server.serve()
    except KeyboardInterrupt:
        say(f"{len(server.provider.messages)} SMS were taken.")
