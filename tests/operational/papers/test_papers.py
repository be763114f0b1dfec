"""Papers in the database: filled by the version in force, kept for ever, delivered texts loaded once."""

import hashlib
import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from operational.documents.papers import delivered, operations, queries
from operational.documents.papers.filling import MissingValue
from operational.documents.papers.markup import BadPaperText

DAY = date(2026, 3, 2)
COUNT = len(delivered.templates())
VALUES = {
    "offer": {
        "number": "O/7/2026", "valid_until": date(2026, 3, 16), "yearly_kwh": Decimal(2400),
        "tariff_group": "G11",
    },
    "variants": [
        {"name": "A", "product": "Stała", "yearly_net": Decimal("1500.50"),
         "yearly_gross": Decimal("1845.62")},
    ],
}  # fmt: skip


def make(session: Session, **changes: object) -> operations.Paper:
    """Fill an offer for nobody in particular."""
    given: dict[str, object] = {
        "template": "offer", "language": "pl", "values": VALUES, "customer_id": None, "subject_kind": "offer",
        "subject_id": 7, "title": "Oferta O/7/2026", "as_of": DAY,
    }  # fmt: skip
    return operations.fill(session, **(given | changes))  # type: ignore[arg-type]


def words_of(pdf: bytes) -> str:
    """Return the text of a PDF with plain spaces."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split()).replace("\u00a0", " ")


def test_a_filled_paper_is_kept_and_the_same_again(session: Session) -> None:
    """The PDF says the values, its hash is kept, the same values give the same bytes, unchangeable."""
    made, again = make(session), make(session)
    assert made.pdf == again.pdf
    assert made.sha256 == hashlib.sha256(made.pdf).hexdigest()
    said = words_of(made.pdf)
    for expected in (
        "Oferta sprzedaży energii nr O/7/2026",
        "16 marca 2026",
        "2 400 kWh",
        "1 845,62 zł",
        "Promyk",
    ):
        assert expected in said
    rows = queries.papers_of(session, subject_kind="offer", subject_id=7)
    assert [row.id for row in rows] == [again.id, made.id]
    assert queries.paper_file(session, public_id=made.public_id) == made.pdf
    assert rows[0].version_no == 1
    with pytest.raises(DatabaseError, match="permission denied"):
        session.execute(text("update operational.papers set title = 'other'"))


def test_what_lacks_is_named(session: Session) -> None:
    """A paper without a needed value is not made."""
    with pytest.raises(MissingValue, match=r"offer\.valid_until"):
        make(session, values={"offer": {"number": "1"}})
    with pytest.raises(queries.PaperNotFound):
        make(session, template="no_such")


def test_versions_come_into_force_one_by_one(session: Session) -> None:
    """A draft changes nothing; activated, it is what papers say; the old paper keeps its version."""
    first = make(session)
    saved = operations.save_version(
        session,
        code="offer",
        language="pl",
        title="Oferta {{ offer.number }}",
        body="Nowa treść",
        note="krócej",
    )
    assert "Nowa treść" not in words_of(make(session).pdf)
    operations.activate_version(session, public_id=saved)
    assert "Nowa treść" in words_of(make(session).pdf)
    rows = queries.versions(session, code="offer", language="pl")
    assert [(row.version_no, row.is_active, row.note) for row in rows] == [
        (2, True, "krócej"), (1, False, "delivered with IRIS"),
    ]  # fmt: skip
    assert rows[0].created_by == "test"
    assert queries.paper(session, public_id=first.public_id).version_no == 1
    with pytest.raises(BadPaperText, match="same as the newest"):
        operations.save_version(
            session, code="offer", language="pl", title="Oferta {{ offer.number }}", body="Nowa treść\r\n"
        )


def test_delivered_texts_are_loaded_once_and_leave_own_ones_in_force(session: Session) -> None:
    """Loading twice writes nothing; a text of the supplier stays in force when a newer one is delivered."""
    assert operations.load_delivered(session) == {
        "templates": COUNT, "versions": 2 * COUNT, "activated": 2 * COUNT,
    }  # fmt: skip
    assert operations.load_delivered(session) == {"templates": 0, "versions": 0, "activated": 0}
    own = operations.save_version(session, code="offer", language="pl", title="Nasza", body="Nasza treść")
    operations.activate_version(session, public_id=own)
    assert operations.load_delivered(session)["versions"] == 0
    assert (
        next(row for row in queries.versions(session, code="offer", language="pl") if row.is_active).public_id
        == own
    )


def test_every_delivered_template_fills_in_both_languages(session: Session) -> None:
    """With every declared value given, all texts become a PDF of one or two pages."""
    samples = {
        "text": "Tekst <b>&", "money": Decimal("12.34"), "price": Decimal("0.5050"), "energy": Decimal(100),
        "number": 3, "percent": Decimal("0.23"), "date": DAY, "flag": True, "account": "1" * 26,
        "point": "590" + "1" * 15, "phone": "+48500100200", "tax": "9990000126",
    }  # fmt: skip
    operations.load_delivered(session)
    for row in queries.templates(session):
        declared = queries.template(session, code=row.code).variables
        values: dict[str, object] = {"customer.name": "Zażółć <script>", "customer.address": "ul. Prosta 1"}
        for name, kind in declared.items():
            value = samples[kind.rstrip("?")]
            if "[]." in name:
                entry = values.setdefault(name.split("[]")[0], [{}])
                entry[0][name.split("[].")[1]] = value  # type: ignore[index]
            else:
                values[name] = value
        for language in ("pl", "en"):
            made = make(
                session, template=row.code, language=language, values=values, subject_kind=row.subject_kind
            )
            assert 1 <= len(PdfReader(io.BytesIO(made.pdf)).pages) <= 2, row.code
            assert "Zażółć <script>" in words_of(made.pdf), row.code
