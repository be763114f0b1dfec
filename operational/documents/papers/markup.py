"""The language of paper templates: a few marks at the start of a line, and variables in double braces.

``# heading``, ``## smaller heading``, ``- item``, ``1. item``, ``| cell | cell |`` (a table; a second row of
dashes makes the first its head, ``---:`` aligns right), ``---`` (new page), ``[signatures] A | B``,
``**bold**``, ``{{ customer.name }}`` or ``{{ offer.total | money }}``, and ``{% if name %}``, ``{% else %}``,
``{% endif %}`` on lines of their own. A row or item that names ``{{ points[].code }}`` is repeated for each
point. Nothing is evaluated: a text cannot call, compute, loop or include; a value is never read as markup.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from operational.kernel.errors import DomainError

KINDS = (
    "text", "money", "price", "energy", "number", "percent", "date", "flag", "account", "point", "phone",
    "tax",
)  # fmt: skip
FILTERS = (*(kind for kind in KINDS if kind != "flag"), "kwh", "date_short", "upper")
LONGEST_BODY, LONGEST_TITLE, MOST_BLOCKS = 60_000, 200, 800

_VARIABLE = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}|]*?)\s*)?\}\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*|\[\]\.[a-z][a-z0-9_]*)?")
_CONDITION = re.compile(r"\{%\s*(if\s+not\b|if\b|else\b|endif\b)\s*([^%\s]*)\s*%\}")
_DIVIDER = re.compile(r":?-{3,}:?")
_ORDERED = re.compile(r"\d{1,3}[.)]\s+")


class BadPaperText(DomainError):
    """A text of a paper cannot be used: a mark that is not closed, an unknown variable or filter."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line: literal text, or a variable to put in (``name`` not empty) by a filter."""

    text: str
    name: str = ""
    filter: str = ""
    is_bold: bool = False
    line: int = 0


Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list, table, condition, signatures or new page; ``kind`` says which.

    ``parts`` holds the paragraph or heading as one entry, items of a list, labels of signatures. A table has
    ``rows`` of cells, ``right`` (columns aligned right) and ``has_head``. A condition has ``name`` and
    ``is_negated``, its blocks and the blocks of its else.
    """

    kind: str
    line: int
    parts: tuple[Words, ...] = ()
    rows: tuple[tuple[Words, ...], ...] = ()
    right: tuple[bool, ...] = ()
    has_head: bool = False
    name: str = ""
    is_negated: bool = False
    blocks: tuple["Block", ...] = ()
    otherwise: tuple["Block", ...] = ()


def words_of(source: str, line: int) -> Words:
    """Cut a line into literal text, bold parts and variables; raise BadPaperText."""
    found: list[Word] = []
    bold = False
    for number, piece in enumerate(source.split("**")):
        bold = number % 2 == 1
        found += _cut(piece, line, bold)
    if bold:
        raise BadPaperText("paper_syntax", f"Line {line}: ** is opened and not closed. Close it.")
    return tuple(found)


def _cut(piece: str, line: int, bold: bool) -> Iterator[Word]:
    place = 0
    for match in _VARIABLE.finditer(piece):
        if match.start() > place:
            yield Word(_literal(piece[place : match.start()], line), is_bold=bold)
        name, wanted = match.group(1), match.group(2) or ""
        if not _NAME.fullmatch(name):
            raise BadPaperText(
                "paper_syntax", f"Line {line}: {name!r} is not a name. Write {{{{ customer.name }}}}."
            )
        if match.group(2) is not None and wanted not in FILTERS:
            raise BadPaperText(
                "paper_filter", f"Line {line}: there is no filter {wanted!r}. Known: {', '.join(FILTERS)}."
            )
        yield Word("", name, wanted, bold, line)
        place = match.end()
    if place < len(piece):
        yield Word(_literal(piece[place:], line), is_bold=bold)


def _literal(text: str, line: int) -> str:
    for mark in ("{{", "}}", "{%", "%}"):
        if mark in text:
            raise BadPaperText(
                "paper_syntax",
                f"Line {line}: {mark} stands alone. "
                "Write {{ name }}, or {% if name %} on its own line.",
            )
    return text


@functools.lru_cache(maxsize=256)
def parse(source: str) -> tuple[Block, ...]:
    """Return the blocks of a text; raise BadPaperText with the line that is wrong."""
    if len(source) > LONGEST_BODY:
        raise BadPaperText(
            "paper_too_long", f"The text is longer than {LONGEST_BODY} characters. Shorten it."
        )
    lines = _Lines(source.replace("\r\n", "\n").split("\n"))
    blocks = tuple(_blocks(lines, depth=0))
    if lines.left():
        raise BadPaperText(
            "paper_syntax",
            f"Line {lines.place + 1}: nothing was opened here that could end. Remove the line.",
        )
    return blocks


class _Lines:
    """The lines of a text and how far they are read."""

    def __init__(self, rows: list[str]) -> None:
        self.rows = [row.rstrip() for row in rows]
        self.place = 0

    def left(self) -> bool:
        return self.place < len(self.rows)

    def now(self) -> str:
        return self.rows[self.place].strip()

    def condition(self) -> re.Match[str] | None:
        return _CONDITION.fullmatch(self.now())

    def take_while(self, start: str) -> list[tuple[int, str]]:
        """Read the lines that are of one kind: `-`, `1.`, `|`, or a paragraph."""
        taken = []
        while self.left() and self.now() and not self.condition() and _start(self.now()) == start:
            taken.append((self.place + 1, self.now()))
            self.place += 1
        return taken


def _start(row: str) -> str:
    if row.startswith(("# ", "## ")):
        return "#"
    if row.startswith("- "):
        return "-"
    if row.startswith("|"):
        return "|"
    if row == "---" or row.startswith("[signatures]"):
        return "!"
    return "1" if _ORDERED.match(row) else ""


def _blocks(lines: _Lines, *, depth: int) -> Iterator[Block]:
    """Read blocks until the text or the open condition ends."""
    while lines.left():
        if not lines.now():
            lines.place += 1
            continue
        found = lines.condition()
        if found is not None:
            if found.group(1) in ("else", "endif"):
                return
            yield _conditional(lines, found, depth)
        else:
            yield _block(lines)


def _conditional(lines: _Lines, found: re.Match[str], depth: int) -> Block:
    opened = lines.place + 1
    name = found.group(2)
    if not _NAME.fullmatch(name) or "[]" in name or depth > 4:
        raise BadPaperText(
            "paper_syntax", f"Line {opened}: write {{% if name %}} with one name, at most five deep."
        )
    lines.place += 1
    inside = tuple(_blocks(lines, depth=depth + 1))
    otherwise: tuple[Block, ...] = ()
    if lines.left() and (closing := lines.condition()) and closing.group(1) == "else":
        lines.place += 1
        otherwise = tuple(_blocks(lines, depth=depth + 1))
    if not lines.left() or (closing := lines.condition()) is None or closing.group(1) != "endif":
        raise BadPaperText("paper_syntax", f"Line {opened}: {{% if %}} has no {{% endif %}}. Add it.")
    lines.place += 1
    return Block(
        "if", opened, name=name, is_negated=found.group(1).endswith("not"), blocks=inside, otherwise=otherwise
    )


def _block(lines: _Lines) -> Block:
    line, row = lines.place + 1, lines.now()
    start = _start(row)
    if start in ("#", "!"):
        lines.place += 1
        if row == "---":
            return Block("page", line)
        if row.startswith("[signatures]"):
            labels = row.removeprefix("[signatures]").split("|")
            return Block("signatures", line, tuple(words_of(label.strip(), line) for label in labels[:3]))
        level, _, words = row.partition(" ")
        return Block("heading" if level == "#" else "subheading", line, (words_of(words.strip(), line),))
    taken = lines.take_while(start)
    if start == "|":
        return _table(taken)
    if start == "-":
        return Block("bullets", line, tuple(words_of(row[2:].strip(), number) for number, row in taken))
    if start == "1":
        return Block(
            "numbered", line, tuple(words_of(_ORDERED.sub("", row, count=1), number) for number, row in taken)
        )
    line_words: list[Word] = []
    for number, row in taken:
        line_words += [Word("\n")] if line_words else []
        line_words += words_of(row, number)
    return Block("paragraph", line, (tuple(line_words),))


def _table(taken: list[tuple[int, str]]) -> Block:
    rows = [(line, [cell.strip() for cell in _cells(row)]) for line, row in taken]
    has_head = len(rows) > 1 and all(_DIVIDER.fullmatch(cell) for cell in rows[1][1])
    right = tuple(cell.endswith(":") for cell in rows[1][1]) if has_head else (False,) * len(rows[0][1])
    body = [rows[0], *rows[2:]] if has_head else rows
    for line, cells in body:
        if len(cells) != len(right) or len(cells) > 8:
            raise BadPaperText(
                "paper_table",
                f"Line {line}: {len(cells)} cells where the table has {len(right)} (at most 8). "
                "Even them out.",
            )
    return Block(
        "table", taken[0][0], right=right, has_head=has_head,
        rows=tuple(tuple(words_of(cell, line) for cell in cells) for line, cells in body),
    )  # fmt: skip


def _cells(row: str) -> list[str]:
    """Split a row at bars that do not stand inside double braces."""
    cells, depth, current = [], 0, ""
    for place, character in enumerate(row):
        pair = row[place : place + 2]
        depth += (pair == "{{") - (pair == "}}")
        if character == "|" and depth <= 0:
            cells.append(current)
            current = ""
        else:
            current += character
    return [*cells[1:], *([current] if current.strip() else [])]


def names(blocks: tuple[Block, ...]) -> list[tuple[str, int]]:
    """Return every variable a text names, with its line, in order; conditions count too."""
    found: list[tuple[str, int]] = []
    for block in blocks:
        found += [(block.name, block.line)] if block.name else []
        for words in (*block.parts, *(cell for row in block.rows for cell in row)):
            found += [(word.name, word.line) for word in words if word.name]
        found += names(block.blocks) + names(block.otherwise)
    return found


def check(*, title: str, body: str, known: frozenset[str] | set[str]) -> None:
    """Refuse a text that could not be filled; raise BadPaperText with the line and the cure."""
    if not title.strip() or not body.strip():
        raise BadPaperText("paper_empty", "The title or the text is empty. Write both.")
    if len(title) > LONGEST_TITLE:
        raise BadPaperText(
            "paper_too_long", f"The title is longer than {LONGEST_TITLE} characters. Shorten it."
        )
    blocks = parse(body)
    lists = {name.split("[]")[0] for name in known if "[]" in name}
    for name, line in [(word.name, 0) for word in words_of(title, 0) if word.name] + names(blocks):
        if name not in known and name not in lists:
            raise BadPaperText(
                "paper_unknown_variable",
                f"Line {line}: the variable {name} is not known here. Choose one of the list beside it.",
            )
        if "[]" in name and line == 0:
            raise BadPaperText(
                "paper_syntax", f"Line {line}: {name} is a list and cannot stand in the title."
            )
    _repeating_only_in_rows(blocks)


def _repeating_only_in_rows(blocks: tuple[Block, ...]) -> None:
    for block in blocks:
        rows = [block.parts] if block.kind not in ("bullets", "numbered", "table") else []
        for words in (words for row in rows for words in row):
            for word in words:
                if "[]" in word.name:
                    raise BadPaperText(
                        "paper_syntax",
                        f"Line {word.line}: {word.name} is a list. Put it into a table row or a list item.",
                    )
        _repeating_only_in_rows(block.blocks)
        _repeating_only_in_rows(block.otherwise)
