"""``iris channels simulator|fetch``: the pretended gateway, and the reconciler of the real one."""

from typing import Annotated

import typer

from orchestration.cli.output import answer, console, working

ACTOR = "system:gateway"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    channels = typer.Typer(help="Card and BLIK payments through the gateway.", no_args_is_help=True)
    channels.command("simulator")(simulator)
    channels.command("fetch")(fetch)
    app.add_typer(channels, name="channels")


def simulator(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of this machine.")] = 8090,
    secret: Annotated[
        str, typer.Option("--secret", help="Shared secret; give IRIS the same in IRIS_GATEWAY_SECRET.")
    ] = "simulated",  # noqa: S107  of a pretended gateway
) -> None:
    """Run a pretended gateway until Ctrl-C; it moves no money and forgets everything at the end."""
    from orchestration.simulator.gateway import GatewaySimulator

    found = GatewaySimulator(secret=secret, port=port)
    console.print(f"Gateway at {found.url}; set IRIS_GATEWAY_URL={found.url} and IRIS_GATEWAY_SECRET.")
    found.serve()


def fetch() -> None:
    """Ask the gateway for events that were lost on the way; what stands here already changes nothing."""
    from operational.finance.channels.gateway import configured
    from operational.finance.channels.recording import reconcile_channel
    from operational.kernel import clock, db, server
    from operational.kernel.settings import get_settings

    gateway = configured(get_settings())
    if gateway is None:
        console.print("No gateway is set (IRIS_GATEWAY_URL).")
        raise typer.Exit(1)
    server.ensure_running()
    with working("Asking the gateway ..."), db.open_session("app", actor=ACTOR) as session:
        new = reconcile_channel(session, channel=gateway, codes=("card", "blik"), as_of=clock.now())
    answer({"new_events": new}, lambda: console.print(f"{new} new events."))
