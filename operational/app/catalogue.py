"""Keep the Polish words in step with the pages: `python -m operational.app.catalogue`.

Collects the messages of all pages, adds new ones to `translations/pl/LC_MESSAGES/messages.po` (their Polish
words are then written there by hand), drops those that nobody says any more, and compiles `messages.mo`.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOMS = (
    "app", "access", "crm", "metering", "billing", "documents", "finance", "reference", "messaging",
    "dunning", "switching", "agents",
)  # fmt: skip
_OPERATIONAL = Path(__file__).resolve().parents[1]
FOLDER = Path(__file__).with_name("translations") / "pl" / "LC_MESSAGES"
_KEYWORDS = {"_": None, "_l": None, "_n": None, "ngettext": (1, 2), "gettext": None, "lazy_gettext": None}
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}

Message = str | tuple[str, ...]


def said() -> set[Message]:
    """Return every message of the pages; a plural one is the pair of its English forms."""
    found: set[Message] = set()
    for room in ROOMS:
        for _file, _line, message, _comments, _context in extract_from_dir(
            _OPERATIONAL / room, _METHODS, _OPTIONS, _KEYWORDS
        ):
            found.add(tuple(message) if isinstance(message, list | tuple) else message)
    return found


def kept() -> Catalog:
    """Return the catalogue as it stands in the source tree."""
    with (FOLDER / "messages.po").open("rb") as handle:
        return read_po(handle, locale="pl")


def untold(catalogue: Catalog) -> list[str]:
    """Return the messages that have no Polish words yet."""
    missing = []
    for message in catalogue:
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(words):
            missing.append(str(message.id[0] if isinstance(message.id, tuple) else message.id))
    return sorted(missing)


def refresh() -> Catalog:
    """Rewrite the catalogue with exactly the messages of the pages, words kept, and compile it."""
    old, messages = kept(), said()
    fresh = Catalog(locale="pl", charset="utf-8", header_comment="# Polish words of the staff app.")
    fresh.mime_headers = old.mime_headers
    for message in sorted(messages, key=str):
        before = old.get(message[0] if isinstance(message, tuple) else message)
        fresh.add(message, before.string if before else "", flags=before.flags if before else ())
    with (FOLDER / "messages.po").open("wb") as handle:
        write_po(handle, fresh, width=110, sort_output=True)
    with (FOLDER / "messages.mo").open("wb") as handle:
        write_mo(handle, fresh)
    return fresh


def main() -> int:
    """Refresh the catalogue; tell what still needs Polish words."""
    missing = untold(refresh())
    for message in missing:
        sys.stdout.write(f"no Polish words yet: {message}\n")
    sys.stdout.write(f"{len(missing)} messages without Polish words\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
