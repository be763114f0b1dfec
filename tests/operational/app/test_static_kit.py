"""What the apps send to a browser comes from this house, unchanged, complete and translated."""

import hashlib
import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo, write_mo

from operational.app import catalogue

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "operational/app/static"
ICONS = ROOT / "operational/kernel/presentation/icons"
TEMPLATES = sorted(
    path
    for room in catalogue.ROOMS
    for path in (ROOT / "operational" / room).rglob("templates/**/*.html")
    # The bodies of e-mails, where styles are inline, stand beside the pages of messaging.
    if path.parent != ROOT / "operational/messaging/templates"
)


def test_vendored_files_are_those_of_the_versions_table() -> None:
    table = (STATIC / "vendor/VERSIONS.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([^`*]+)` \|.*\| `([0-9a-f]{64})` \|$", table, re.M))
    present = {path.name for path in (STATIC / "vendor").iterdir() if path.suffix in {".js", ".woff2"}}

    assert set(listed) == present
    for name, digest in listed.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize(
    "path", [*TEMPLATES, STATIC / "iris.css", STATIC / "iris.js"], ids=lambda path: path.name
)
def test_nothing_is_loaded_from_another_host_or_written_inline(path: Path) -> None:
    content = path.read_text(encoding="utf-8")

    assert not re.search(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//""", content)
    if path.suffix == ".html":
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", content), (
            "the CSP forbids inline code"
        )
        assert "|safe" not in content, "what comes from the database is never trusted"


def test_every_icon_that_a_page_draws_is_vendored() -> None:
    used: set[str] = set()
    for path in [*TEMPLATES, ROOT / "operational/app/navigation.py"]:
        content = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"icon\('([a-z0-9-]+)'", content))
        used |= set(re.findall(r'_l\("[^"]+"\), "([a-z0-9-]+)"', content))

    assert len(used) > 40
    assert [name for name in sorted(used) if not (ICONS / f"{name}.svg").is_file()] == []


def test_every_message_has_its_polish_words() -> None:
    kept = catalogue.kept()
    known = {message.id for message in kept if message.id}

    assert sorted(map(str, catalogue.said() - known)) == [], "run python -m operational.app.catalogue"
    assert catalogue.untold(kept) == []


def test_translations_keep_the_placeholders_of_the_message() -> None:
    wrong = []
    for message in catalogue.kept():
        source = message.id[-1] if isinstance(message.id, tuple) else message.id
        told = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(re.findall(r"%\((\w+)\)", source)) if source else set()
        wrong += [
            (source, words) for words in told if source and set(re.findall(r"%\((\w+)\)", words)) != wanted
        ]

    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_sources() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue.kept())

    with (catalogue.FOLDER / "messages.mo").open("rb") as handle:
        committed = read_mo(handle)

    compiled.seek(0)
    words = {str(message.id): message.string for message in read_mo(compiled)}
    assert {str(message.id): message.string for message in committed} == words
