"""The rules of the house that no linter knows: sizes, docstrings, secrets, paths, telemetry, the clock."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from operational.kernel.settings import Settings
from operational.migrations import configuration, newest_revision

ROOT = Path(__file__).resolve().parents[2]
OURS = ("operational", "ebok", "orchestration", "dashboards")
TEXT_SUFFIXES = {
    ".py", ".sql", ".md", ".toml", ".txt", ".yml", ".yaml", ".html", ".css", ".js", ".csv", ".json", ".typ",
    ".po", ".mako", ".example", ".svg", ".cfg", ".ini", ".xml", ".sh", "",
}  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Return all files that are, or will be, in git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Return name and content of every tracked text file."""
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
        for path in tracked()
        if path.suffix in TEXT_SUFFIXES
    )


def python_files() -> list[tuple[str, str]]:
    """Return our Python files, without the tests."""
    return [(name, text) for name, text in texts() if name.endswith(".py") and name.split("/")[0] in OURS]


# A secret is something long and random behind a telling name, a private key, or a password inside a URL.
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of a code host": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|glpat-[A-Za-z0-9_-]{20,})\b"),
    "web token": re.compile(r"\beyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}"),
    "random value": re.compile(
        r"(?i)(?:password|passwd|secret|token|api_?key)\w*[\"']?\s*[:=]\s*[\"'](?=[^\"']*\d)(?=[^\"']*[A-Za-z])"
        r"[A-Za-z0-9+/_\-]{24,}={0,2}[\"']"
    ),
    "password in a URL": re.compile(
        r"\b[a-z][a-z0-9+]*://[^\s:/@{}\"']+:(?!password@|hush-hush@)[^\s@{}\"'/]+@[\w.]"
    ),
}


def test_no_tracked_file_holds_a_secret() -> None:
    found = [
        f"{name}:{text[: match.start()].count(chr(10)) + 1}: {kind}"
        for name, text in texts()
        for kind, pattern in SECRETS.items()
        for match in pattern.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN " + "PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "api_key = '" + "a1b2c3d4" * 4 + "'",
        "dsn = postgresql://iris:" + "Tr0ub4dor@db.example/iris",
    ],
)
def test_a_planted_secret_is_noticed(planted: str) -> None:
    assert any(pattern.search(planted) for pattern in SECRETS.values())


def test_no_private_file_is_tracked() -> None:
    forbidden = re.compile(
        r"(^|/)(\.env|credentials\.json|\.iris/.*|.*\.(pem|key|p12|pfx|dump|sqlite|parquet))$"
    )
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if forbidden.search(name)] == []


def test_no_tracked_file_names_a_folder_of_one_machine() -> None:
    folder = re.compile(r"(?<![\w.:/}])/(?:work|tmp/w|home/\w+|Users|mnt)/\w")
    found = [f"{name}: {match.group()}" for name, text in texts() for match in folder.finditer(text)]
    assert found == []


def test_pages_load_nothing_from_other_hosts() -> None:
    outside = re.compile(
        r"""(?:\bsrc|\bhref(?=[^>]*stylesheet)|@import|url\()\s*=?\s*["'(]?\s*(?:https?:)?//[\w.-]+"""
    )
    pages = [
        (name, text)
        for name, text in texts()
        if Path(name).suffix in {".html", ".css", ".js", ".svg", ".typ"}
    ]
    found = [f"{name}: {match.group()}" for name, text in pages for match in outside.finditer(text)]
    assert found == []


def test_a_page_that_loads_from_another_host_would_be_noticed() -> None:
    outside = re.compile(r"""(?:\bsrc|@import|url\()\s*=?\s*["'(]?\s*(?:https?:)?//[\w.-]+""")
    assert outside.search('<script src="https://cdn.example/x.js"></script>')
    assert outside.search("@import url(//fonts.example/a.css)")


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, text in python_files() if not ast.get_docstring(ast.parse(text))]
    assert silent == []


def test_every_package_has_an_init_file_and_the_dbt_folder_has_none() -> None:
    folders = {(ROOT / name).parent for name, _ in python_files()}
    without = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()]
    versions = "operational/migrations/versions"  # Alembic loads these files by path; they are no package
    assert [name for name in sorted(without) if name != versions] == []
    assert [name for name, _ in texts() if name.startswith("dbt/") and name.endswith("__init__.py")] == []


def test_files_and_functions_fit_the_agreed_size() -> None:
    too_long = [
        f"{name}: {lines} lines" for name, text in python_files() if (lines := text.count("\n")) > 400
    ]
    models = [(name, text) for name, text in texts() if re.match(r"dbt/models/.*\.sql$", name)]
    too_long += [f"{name}: {lines} lines" for name, text in models if (lines := text.count("\n")) > 120]
    for name, text in python_files():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 70:
                    too_long.append(f"{name}: {node.name} has {length} lines")
    assert too_long == []


def test_public_functions_have_docstrings() -> None:
    missing = [
        f"{name}: {node.name}"
        for name, text in python_files()
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert missing == []


CLOCK = re.compile(
    r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\(|func\.(?:now|current_timestamp|current_date)\("
)


def test_domain_code_never_reads_the_clock() -> None:
    domain = re.compile(
        r"^operational/(?!app/|kernel/clock\.py).*(?:/|_)(?:queries|operations|rules|issuing)\.py$"
    )
    guilty = [
        f"{name}: {match.group()}"
        for name, text in python_files()
        if domain.match(name)
        for match in CLOCK.finditer(text)
    ]
    assert guilty == []


def test_nothing_is_left_to_do_later() -> None:
    mark = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|HACK)\b")
    found = [name for name, text in texts() if name.split("/")[0] in {*OURS, "dbt"} and mark.search(text)]
    assert found == []


def test_amounts_are_never_floats() -> None:
    """Bars and charts turn amounts into floats at the last moment; code that computes money may not."""
    rooms = re.compile(r"^operational/(?:billing|finance|documents|dunning|reference|crm)/")
    drawing = re.compile(r"/(?:web|printing\w*|validation)\.py$")
    guilty = [
        f"{name}:{node.lineno}"
        for name, text in python_files()
        if rooms.match(name) and not drawing.search(name)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    ]
    assert guilty == []


def test_the_import_rules_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]


def test_migrations_have_one_head_and_every_version_its_sql() -> None:
    versions = ROOT / "operational" / "migrations" / "versions"
    assert newest_revision()
    names = sorted(path.stem for path in versions.glob("*.py") if path.stem != "__init__")
    assert names
    assert all((versions / f"{name}.sql").is_file() for name in names)
    assert [name[:4] for name in names] == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert configuration().get_main_option("script_location") == str(versions.parent)


def test_every_make_target_has_a_line_of_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))
    helped = set(re.findall(r"^([a-z][a-z-]*):.*## \S", text, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert targets == helped
    assert phony is not None
    assert targets == set(phony.group(1).split())
    assert {"help", "setup", "demo", "test", "test-fast", "check", "bench", "up", "down", "clean"} <= targets


def test_every_setting_is_explained_in_the_example_and_none_is_invented() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    explained = set(re.findall(r"^#?(IRIS_\w+)=", text, re.MULTILINE))
    known = {f"IRIS_{name.upper()}" for name in Settings.model_fields}
    only_tests = {"IRIS_TEST_DATABASE_URL", "IRIS_REQUIRE_ALL_TESTS"}
    assert explained - only_tests == known


def test_every_dependency_is_bounded_and_pinned_in_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line)] == []
    pinned = {canonical(line.split("==")[0]): line.split("==")[1] for line in pins}
    wanted = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["dev"]]
    for requirement in wanted:
        assert str(requirement.specifier), f"{requirement.name} has no bound"
        version = pinned.get(canonical(requirement.name))
        assert version, f"{requirement.name} is not in constraints.txt"
        assert requirement.specifier.contains(version, prereleases=True), (
            f"{requirement} but pinned {version}"
        )


def canonical(name: str) -> str:
    """Return the one spelling of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_ci_script_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o100
    subprocess.run(["bash", "-n", str(script)], check=True)
