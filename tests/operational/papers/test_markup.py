"""The language of paper templates: what it draws, what it refuses, and that nothing in it can be run."""

import pytest

from operational.documents.papers import delivered, markup, queries
from operational.documents.papers.filling import Filling, MissingValue
from operational.documents.papers.markup import BadPaperText

KINDS = {"offer.number": "text", "offer.note": "text?", "points[].code": "text", "points[].kwh": "energy?"}


def filled(body: str, **values: object) -> list[dict[str, object]]:
    """Return the blocks of a text with values in."""
    given = {"offer.number": "O/1", **{name.replace("__", "."): value for name, value in values.items()}}
    return Filling("offer", "pl", KINDS, given).blocks(markup.parse(body))


def test_blocks_come_in_order_with_their_parts() -> None:
    """Headings, lines, lists, a table with its alignment, signatures and a new page."""
    done = filled(
        "# Head {{ offer.number }}\nfirst\nsecond **bold**\n\n- a\n- b\n1. one\n\n| P | kWh |\n|---|---:|\n"
        "| {{ points[].code }} | {{ points[].kwh }} |\n---\n[signatures] A | B",
        points=[{"code": "X", "kwh": None}, {"code": "Y", "kwh": 12}],
    )
    assert [block["kind"] for block in done] == [
        "heading", "paragraph", "bullets", "numbered", "table", "page", "signatures",
    ]  # fmt: skip
    table = done[4]
    assert table["right"] == [False, True]
    assert [[cell[0]["text"] for cell in row] for row in table["rows"]] == [["X", "–"], ["Y", "12\u00a0kWh"]]  # type: ignore[attr-defined]
    assert done[1]["parts"] == [
        [
            {"text": "first", "bold": False}, {"text": "\n", "bold": False},
            {"text": "second ", "bold": False}, {"text": "bold", "bold": True},
        ]
    ]  # fmt: skip


@pytest.mark.parametrize(("note", "expected"), [("", "no"), ("x", "yes")])
def test_a_condition_chooses_its_part(note: str, expected: str) -> None:
    """An empty value does not hold; the other part stands instead."""
    done = filled("{% if offer.note %}\nyes\n{% else %}\nno\n{% endif %}", offer__note=note)
    assert done[0]["parts"] == [[{"text": expected, "bold": False}]]


def test_a_value_is_never_read_as_markup() -> None:
    """Braces, bars, stars and hashes of a customer's name stay what they are."""
    nasty = '# {{ offer.number }} **x** | #eval("1") {% if a %}'
    assert filled("{{ offer.note }}", offer__note=nasty)[0]["parts"] == [[{"text": nasty, "bold": False}]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{{ ''.__class__.__mro__ }}", "paper_syntax"), ("{{ 7*7 }}", "paper_syntax"),
        ("{% for x in y %}", "paper_syntax"), ("{{ offer.number", "paper_syntax"),
        ("{{ offer.number | eval }}", "paper_filter"), ("{{ offer.secret }}", "paper_unknown_variable"),
        ("{% if offer.note %}\nx", "paper_syntax"), ("x\n{% endif %}", "paper_syntax"),
        ("| a | b |\n|---|---|\n| c |", "paper_table"), ("{{ points[].code }}", "paper_syntax"),
        ("**x", "paper_syntax"), ("", "paper_empty"), ("x" * 60_001, "paper_too_long"),
    ],
)  # fmt: skip
def test_what_is_not_the_language_is_refused(body: str, code: str) -> None:
    """Code, loops, unknown names, unclosed marks: refused with the line that is wrong."""
    with pytest.raises(BadPaperText) as refused:
        markup.check(title="T", body=body, known=set(KINDS))
    assert refused.value.code == code


def test_a_missing_value_is_named() -> None:
    """A value that must be there stops the paper; one that may be empty leaves a blank."""
    assert filled("{{ offer.note }}")[0]["parts"] == [[{"text": "\u2026" * 12, "bold": False}]]
    with pytest.raises(MissingValue, match=r"points"):
        filled("- {{ points[].code }}")
    with pytest.raises(MissingValue, match=r"points\[\]\.code"):
        filled("- {{ points[].code }}", points=[{}])


def test_delivered_texts_use_only_declared_names_and_both_languages_the_same() -> None:
    """At least fourteen kinds, Polish and English, with the same variables in both."""
    assert len(delivered.templates()) >= 14
    for entry in delivered.templates():
        used = {}
        for language, (title, body) in entry.texts.items():
            markup.check(title=title, body=body, known={*queries.COMMON, *entry.variables})
            used[language] = {name for name, _ in markup.names(markup.parse(body))}
        assert used["pl"] == used["en"], entry.code
        assert set(entry.variables.values()) <= {kind + mark for kind in markup.KINDS for mark in ("", "?")}
