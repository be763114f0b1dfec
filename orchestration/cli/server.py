"""``iris up``, ``iris down``, ``iris status``: the database server and the apps."""

from typing import Annotated

import typer

from operational.kernel import server
from operational.kernel.settings import get_settings
from orchestration import apps
from orchestration.cli.output import answer, console, say, table, working


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)


def up(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Start this app only: staff, ebok, dashboards, dagster."),
    ] = None,
    no_apps: Annotated[bool, typer.Option("--no-apps", help="Start and migrate the database only.")] = False,
) -> None:
    """Start PostgreSQL, bring the database up to date, start the apps. Running it again changes nothing."""
    revision = prepare_database()
    started = [] if no_apps else start_apps(only or [])
    content = {"database": get_settings().database_name, "revision": revision, "apps": started}
    rows = [(found.name, found.url, found.log) for found in started]
    answer(content, lambda: console.print(table("IRIS runs", ("App", "Address", "Log"), rows)))


def prepare_database() -> str:
    """Start the server and bring the database up to date; return the revision reached."""
    from operational.migrations import migrate

    with working("Starting PostgreSQL ..."):
        info = server.ensure_running()
        revision = migrate()
    say(f"PostgreSQL answers on {info.host}:{info.port}, database at revision {revision}.")
    return revision


def start_apps(only: list[str]) -> list[apps.AppState]:
    """Start the named apps, or all; return what runs."""
    known = {app.name: app for app in apps.known_apps()}
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise typer.BadParameter(f"there is no app '{unknown[0]}'. Choose from {', '.join(known)}")
    started = []
    for name in only or known:
        with working(f"Starting {name} ..."):
            started.append(apps.start(known[name]))
    return started


def down() -> None:
    """Stop the apps and the embedded PostgreSQL."""
    with working("Stopping ..."):
        stopped = apps.stop_all()
        if server.stop():
            stopped.append("postgresql")
    message = f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running."
    answer({"stopped": stopped}, lambda: say(message))


def status() -> None:
    """Show what runs and where. Exit code 1 when the database server does not run."""
    from operational.kernel.roles import database_exists
    from operational.migrations import current_revision

    info = server.status()
    name = get_settings().database_name
    revision = current_revision() if info and database_exists(name) else None
    found = [apps.app_state(app) for app in apps.known_apps()] if info else []
    content = {
        "postgresql": {"host": info.host, "port": info.port, "embedded": info.embedded} if info else None,
        "database": name,
        "revision": revision,
        "apps": found,
    }
    place = (
        f"{info.host}:{info.port}, database {name}, revision {revision}" if info else "does not run: iris up"
    )
    rows = [("postgresql", "runs" if info else "stopped", place)]
    rows += [
        (app.name, "runs" if app.healthy else "does not answer" if app.pid else "stopped", app.url)
        for app in found
    ]
    answer(content, lambda: console.print(table("IRIS", ("Part", "State", "Where"), rows)))
    if info is None:
        raise typer.Exit(1)
