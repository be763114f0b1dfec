"""What commands say: a Rich table for people, or one JSON document with ``--json``."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Options:
    """The two flags that every command knows."""

    json: bool = False
    debug: bool = False


options = Options()
console = Console(highlight=False)
error_console = Console(stderr=True, highlight=False)


def answer(content: Any, show: Callable[[], None]) -> None:
    """Give the result: as JSON when asked for, otherwise by calling ``show``."""
    if options.json:
        console.file.write(json.dumps(plain(content), ensure_ascii=False, indent=2) + "\n")
    else:
        show()


def fail(code: str, message: str) -> None:
    """Say what went wrong: one sentence on the error stream, or a JSON document with ``error``."""
    if options.json:
        answer({"error": {"code": code, "message": message}}, lambda: None)
    else:
        error_console.print("[bold red]Error:[/bold red]", end=" ")
        error_console.print(message, markup=False, soft_wrap=True)


def say(message: str) -> None:
    """Tell a person about progress; silent with ``--json``."""
    if not options.json:
        console.print(message)


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show a spinner while something takes longer than a moment; silent with ``--json``."""
    if options.json:
        yield
    else:
        with console.status(message):
            yield


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Make a table; values are shown as they are, without Rich's markup."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(str(value).replace("[", "\\[") for value in row))
    return made


def plain(value: Any) -> Any:
    """Turn results into what JSON knows: dataclasses into objects, amounts and dates into text."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | Path | UUID) else value
