"""The Polish catalogue is complete, its compiled form is fresh, placeholders are kept."""

import io
import re
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

EBOK = Path(__file__).resolve().parents[2] / "ebok"
FOLDER = EBOK / "translations" / "pl" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """Return the Polish catalogue as it is kept."""
    with (FOLDER / "messages.po").open("rb") as file:
        return pofile.read_po(file, locale="pl")


def test_every_text_of_the_portal_has_polish_words(catalogue: Catalog) -> None:
    missing = []
    for _file, _line, message, _comments, _context in extract_from_dir(EBOK, METHODS, keywords=KEYWORDS):
        found = catalogue.get(message[0] if isinstance(message, tuple) else message)
        if found is None or not found.string or (isinstance(found.string, tuple) and not all(found.string)):
            missing.append(message)
    assert not missing


def test_translations_keep_their_placeholders(catalogue: Catalog) -> None:
    for message in catalogue:
        if isinstance(message.id, str) and message.id:
            assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(str(message.string))), (
                message.id
            )


def texts(found: Catalog) -> dict[str, str]:
    """Return the translations of a catalogue without its header."""
    return {str(message.id): str(message.string) for message in found if message.id}


def test_the_compiled_catalogue_is_that_of_the_source(catalogue: Catalog) -> None:
    buffer = io.BytesIO()
    mofile.write_mo(buffer, catalogue)
    fresh = mofile.read_mo(io.BytesIO(buffer.getvalue()))
    with (FOLDER / "messages.mo").open("rb") as file:
        kept = mofile.read_mo(file)
    assert texts(kept) == texts(fresh)
