"""Inline SVG icons, so a page needs no icon font and no second request."""

from __future__ import annotations

import functools
from pathlib import Path

from markupsafe import Markup

ICON_FOLDER = Path(__file__).parent / "icons"


@functools.lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> Markup:
    """Return the vendored icon `name` as inline SVG of `size` pixels, hidden from screen readers.

    Raises `LookupError` naming the folder when the icon was not vendored.
    """
    path = ICON_FOLDER / f"{name}.svg"
    if not path.is_file():
        raise LookupError(f"icon {name!r} is not in {ICON_FOLDER.name}/; copy it there from bootstrap-icons")
    text = path.read_text(encoding="utf-8").strip()
    text = text.replace('width="16" height="16"', f'width="{int(size)}" height="{int(size)}"', 1)
    return Markup(text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704  our own file, no input of anybody
