"""Words for codes, one module per room: statuses, kinds, reasons, refusals, sentences with figures.

A module may hold `LABELS` (group -> code -> words), `TONES` (group -> code -> CSS tone), `ERRORS` (code of a
DomainError -> words) and `SENTENCES` (templates of what the database writes). They are gathered once; two
modules may add to one group, but one code has its words in one module. How they are spoken: `labels.py`.
"""

import importlib
import pkgutil
from typing import Any

Groups = dict[str, dict[str, Any]]


def _gathered() -> tuple[
    dict[str, dict[str, Any]], dict[str, dict[str, str]], dict[str, Any], tuple[str, ...]
]:
    """Put the words of all modules of this package together; refuse a code that has two meanings."""
    labels: Groups = {}
    tones: Groups = {}
    errors: dict[str, Any] = {}
    sentences: list[str] = []
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{__name__}.{found.name}")
        for group, words in getattr(module, "LABELS", {}).items():
            _add(labels.setdefault(group, {}), words, f"{found.name}: {group}")
        for group, words in getattr(module, "TONES", {}).items():
            _add(tones.setdefault(group, {}), words, f"{found.name}: {group}")
        _add(errors, getattr(module, "ERRORS", {}), f"{found.name}: errors")
        sentences += getattr(module, "SENTENCES", ())
    return labels, tones, errors, tuple(sentences)


def _add(known: dict[str, Any], words: dict[str, Any], where: str) -> None:
    """Add words to known ones; a code may stand in one module only."""
    twice = sorted(known.keys() & words.keys())
    if twice:
        raise ValueError(f"{where}: {', '.join(twice)} has words already. Give each code its words once.")
    known.update(words)


LABELS, TONES, ERRORS, SENTENCES = _gathered()
