"""Check, or with ``--fix`` correct, the style of the SQL of the warehouse with sqlfluff and its dbt
templater.

Run as ``python -m orchestration.sql_style [--fix]``. The templater compiles the models, which needs a
database: the server is started when it does not run, and stopped again afterwards in that case.
"""

import os
import subprocess
import sys
from pathlib import Path

from operational.kernel import db, server
from operational.kernel.settings import project_root

_FOLDERS = ("models", "macros", "tests", "snapshots")


def main() -> int:
    """Run sqlfluff over the files named, else over all folders of the dbt project; return its exit code."""
    named = [str(Path(name).resolve()) for name in sys.argv[1:] if not name.startswith("--")]
    project = project_root() / "dbt"
    folders = [str(project / name) for name in _FOLDERS if (project / name).is_dir()]
    command = ["fix", "--force"] if "--fix" in sys.argv[1:] else ["lint"]
    started_here = server.status() is None
    server.ensure_running()
    try:
        environment = os.environ | db.dbt_environment() | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        arguments = [sys.executable, "-m", "sqlfluff", *command, "--processes", "2", *(named or folders)]
        return subprocess.run(arguments, cwd=project_root(), env=environment, check=False).returncode
    finally:
        if started_here:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
