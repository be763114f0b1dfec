"""Put the commands together, and turn every error into one sentence and an exit code.

Exit codes: 0 done; 1 refused, with the reason (also: a check found something broken); 2 wrong usage; 3 an
error nobody foresaw; 130 stopped with Ctrl-C. ``--json`` and ``--debug`` may stand anywhere on the line.
"""

import os
import sys
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from operational.kernel.errors import DomainError
from orchestration.cli.output import fail, options

# Each module has a function register(app); a module is imported only to put its commands together, so slow
# libraries belong inside the commands.
COMMAND_MODULES = (
    "orchestration.cli.server",
    "orchestration.cli.doctor",
    "orchestration.cli.cases",
    "orchestration.cli.bill",
    "orchestration.cli.simulate",
    "orchestration.cli.deposits",
    "orchestration.cli.ingest",
    "orchestration.cli.portfolio",
    "orchestration.cli.intervals",
    "orchestration.cli.meter",
    "orchestration.cli.channels",
    "orchestration.cli.deliver",
    "orchestration.cli.interest",
    "orchestration.cli.dunning",
    "orchestration.cli.contracts",
    "orchestration.cli.changes",
    "orchestration.cli.switching",
    "orchestration.cli.assurance",
    "orchestration.cli.products",
    "orchestration.cli.check",
    "orchestration.cli.demo",
    "orchestration.cli.conservation",
    "orchestration.cli.bench",
    "orchestration.cli.bench_crm",
)
_FLAGS = ("--json", "--debug")

REFUSED, WRONG_USAGE, UNFORESEEN, STOPPED = 1, 2, 3, 130


def build() -> typer.Typer:
    """Return the whole command line as a Typer app."""
    app = typer.Typer(
        name="iris",
        help="IRIS, a Customer Information System for sellers of electricity and gas.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )

    @app.callback()
    def common(
        as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
        debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    ) -> None:
        options.json = as_json
        options.debug = debug

    for name in COMMAND_MODULES:
        import_module(name).register(app)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    _switch_telemetry_off()
    flags = [argument for argument in arguments if argument in _FLAGS]
    rest = [argument for argument in arguments if argument not in _FLAGS]
    options.json, options.debug = "--json" in flags, "--debug" in flags
    try:
        result = typer.main.get_command(build())(
            args=[*flags, *rest], prog_name="iris", standalone_mode=False
        )
    except Exit as stop:
        return _stopped() if stop.exit_code == STOPPED else stop.exit_code
    except TyperException as error:
        if sentence := _sentence(error):  # a bare `iris` has shown its help already
            fail("wrong_usage", f"{sentence} See: iris --help.")
        return WRONG_USAGE
    except (KeyboardInterrupt, Abort):
        return _stopped()
    except DomainError as error:
        _raise_when_debugging()
        fail(error.code, error.message)
        return REFUSED
    except Exception as error:  # the last barrier before the person
        _raise_when_debugging()
        first_line = str(error).strip().split("\n", 1)[0]
        fail("unforeseen", f"{type(error).__name__}: {first_line} Run again with --debug to see where.")
        return UNFORESEEN
    return _stopped() if result == STOPPED else result if isinstance(result, int) else 0


def _stopped() -> int:
    fail("stopped", "Stopped. Running the command again continues where it was.")
    return STOPPED


def _sentence(error: TyperException) -> str:
    """Return the message of a usage error, with the name of the option when it is known."""
    format_message = getattr(error, "format_message", None)
    text = str(format_message() if format_message else error).strip()
    return text if not text or text.endswith(("?", ".")) else f"{text}."


def _raise_when_debugging() -> None:
    if options.debug:
        raise  # noqa: PLE0704  called from inside an except block only


def _switch_telemetry_off() -> None:
    """Nothing calls home; offline machines would wait for time-outs besides."""
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")
