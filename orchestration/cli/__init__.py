"""The command line ``iris``: one small file per group of commands.

Here: options, tables, exit codes, one-sentence errors. Not here: what the commands do, which lives in
``operational`` and in the rest of ``orchestration``. Open first: ``main.py``, ``output.py``, ``server.py``.
"""

from orchestration.cli.main import main

__all__ = ["main"]
