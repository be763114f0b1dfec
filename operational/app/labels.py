"""Words for codes: statuses, kinds, reasons. Codes are English and stable; people read these, translated."""

import re
from decimal import Decimal
from functools import lru_cache

from flask_babel import get_locale, gettext

from operational.app.words import ERRORS, LABELS, SENTENCES, TONES
from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting


def label(group: str, code: str | None) -> str:
    """Return the words for a code in the language of the request; an unknown code is shown as it is."""
    if code is None:
        return "–"
    found = LABELS.get(group, {}).get(code)
    return str(found) if found is not None else code.replace("_", " ")


_FIGURE = re.compile(r"-?\d+\.\d+")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return a pattern per sentence beside it."""
    made = []
    for sentence in SENTENCES:
        pieces = re.split(r"%\((\w+)\)s", sentence.replace("%%", "%"))
        pattern = "".join(
            f"(?P<{piece}>.+?)" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)
        )
        made.append((re.compile(pattern), sentence))
    return made


def _figure(text: str) -> str:
    """Write a figure with the comma and the groups of the language of the request."""
    if not _FIGURE.fullmatch(text):
        return text
    return formatting.number(Decimal(text), len(text.rpartition(".")[2]), str(get_locale()))


def spoken(message: str) -> str:
    """Return a sentence of the database in the language of the request; an unknown one stays as it is."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(message)
        if found:
            figures = {name: _figure(text) for name, text in found.groupdict().items()}
            return str(gettext(template, **figures))
    return message


def words_for(group: str, code: str, otherwise: str) -> str:
    """Return the words for a code, or `otherwise` (the record's own text) when there are none."""
    found = LABELS.get(group, {}).get(code)
    return str(found) if found is not None else otherwise


def tone(group: str, code: str) -> str:
    """Return the CSS tone (ok, warn, bad, info) of a code's pill."""
    return TONES.get(group, {}).get(code, "")


def error_text(error: DomainError) -> str:
    """Return a refusal in the language of the request: the words of its code, else those of its sentence."""
    found = ERRORS.get(error.code)
    if found is not None:
        return str(found)
    told = spoken(error.message)
    return told if told != error.message else gettext(error.message)
