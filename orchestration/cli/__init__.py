"""The command line ``iris``: one small file per group of commands.

Here: options, tables, exit codes, one-sentence errors. Not here: what the commands do, which lives in
``operational`` and the rest of ``orchestration``. Open first: ``program.py``, ``output.py``, ``server.py``.
"""

from orchestration.cli.program import main

__all__ = ["main"]
