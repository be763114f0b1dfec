"""Pages of papers: the editor with its live preview, versions, papers of a customer, received scans."""

import io
import re
import struct
import uuid
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.documents.papers import delivered, scans
from operational.kernel import db
from tests.operational.app.conftest import Desk, desk, own_desk

__all__ = ["desk", "own_desk"]
EDITOR = "/papers/templates/offer"


def png(width: int = 30, height: int = 40) -> bytes:
    """Return a grey picture; the size in its head may be a lie."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + b"\x80" * min(width, 30) for _ in range(min(height, 40)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def send(client: FlaskClient, address: str, **fields: Any) -> Any:
    """Send a form with a key of its own."""
    return client.post(address, data={"form_key": str(uuid.uuid4()), **fields})


def test_a_template_is_edited_previewed_and_put_in_force(own_desk: Desk) -> None:
    """A live preview on a real customer; a version is saved, compared, put in force; a clerk only reads."""
    billing, clerk = own_desk.client("billing"), own_desk.client("clerk")
    page = clerk.get("/papers/templates").get_data(as_text=True)
    assert page.count('class="key"') == len(delivered.templates())
    editor = clerk.get(EDITOR).get_data(as_text=True)
    assert "points[].code" in editor or "variants[].name" in editor
    assert "Piekarnia Kłos" in editor
    typed = {
        "title": "Oferta {{ offer.number }}",
        "body": "Dla **{{ customer.name }}**\n\n- a",
        "language": "pl",
    }
    live = clerk.post(EDITOR + "/preview", data=typed, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<b>Piekarnia Kłos" in live
    assert "<html" not in live
    assert "<script>" not in live
    wrong = clerk.post(
        EDITOR + "/preview", data=typed | {"body": "{{ offer.secret }}"}, headers={"HX-Request": "true"}
    )
    assert "zmienna offer.secret nie jest tu znana" in wrong.get_data(as_text=True)
    drawn = clerk.post(EDITOR + "/preview.pdf", data=typed)
    assert drawn.mimetype == "application/pdf"
    assert drawn.get_data().startswith(b"%PDF-")
    assert send(clerk, EDITOR, **typed).status_code == 403
    refused = send(billing, EDITOR, **typed | {"body": "{% if x %}"})
    assert refused.status_code == 422
    assert "{% if x %}" in refused.get_data(as_text=True)
    saved = send(billing, EDITOR, **typed, note="krócej")
    assert saved.status_code == 303
    draft = billing.get(saved.headers["Location"]).get_data(as_text=True)
    assert 'class="code added"' in draft
    version = re.search(r"version=([0-9a-f-]{36})", saved.headers["Location"])
    assert version is not None
    assert send(billing, f"{EDITOR}/versions/{version.group(1)}/activate", language="pl").status_code == 303
    assert 'class="code added"' not in billing.get(EDITOR).get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.pdf", "Wybierz plik, który nie jest pusty"),
        (b"MZ\x90\x00 program", "umowa.pdf", "nie jest dokumentem PDF"),
        (b"%PDF-1.4 cut off", "a.pdf", "nie jest dokumentem PDF"), (png(60_000, 60_000), "a.png", "za duży"),
        (png()[:60], "a.png", "nie jest dokumentem PDF"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "nie jest dokumentem PDF"),
        (b"<svg/>", "a.png", "nie jest dokumentem PDF"),
    ],
)  # fmt: skip
def test_what_is_no_paper_is_refused_at_its_field(desk: Desk, content: bytes, name: str, told: str) -> None:
    """The content counts, not the name; what was typed stays in the form."""
    address = f"/customers/{desk.office.ids['customer']}/papers/receive"
    answer = send(
        desk.client("clerk"), address, kind="letter", title="Moje pismo", file=(io.BytesIO(content), name)
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page
    assert 'value="Moje pismo"' in page
    assert 'aria-describedby="e-file"' in page


def test_a_file_that_is_too_large_is_refused() -> None:
    """Fifteen megabytes and no more."""
    with pytest.raises(scans.BadScan, match="larger than 15 MB"):
        scans.form_of(b"%PDF-" + b"x" * scans.LARGEST_FILE + b"%%EOF")


def test_received_papers_are_kept_with_the_customer(own_desk: Desk) -> None:
    """A picture becomes a PDF and stays as it came; a PDF is an attachment; the same is kept once."""
    client, public_id = own_desk.client("clerk"), own_desk.office.ids["customer"]
    address = f"/customers/{public_id}/papers/receive"
    for content, name in ((png(), "skan.png"), (PDF, "../../umowa <b>.pdf"), (PDF, "again.pdf")):
        fields = {"kind": "signed_contract", "title": f"Umowa {name}", "file": (io.BytesIO(content), name)}
        answer = send(
            client, address, subject_kind="contract", subject_id="1", back="//evil.example", **fields
        )
        assert answer.headers["Location"] == f"/customers/{public_id}/papers"
    page = client.get(f"/customers/{public_id}/papers").get_data(as_text=True)
    assert page.count('class="key"') == 2
    assert "umowa &lt;b&gt;" in page or "Umowa ../../umowa &lt;b&gt;.pdf" in page
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        rows = session.execute(
            text(
                "select public_id, pdf, original, file_name, subject_kind, created_by"
                " from operational.papers order by id"
            )
        ).all()
    picture, pdf = rows
    assert (picture.original, picture.pdf[:5], picture.subject_kind) == (png(), b"%PDF-", "contract")
    assert (pdf.pdf, pdf.original, pdf.file_name, pdf.created_by) == (
        PDF,
        None,
        "umowa <b>.pdf",
        "staff:clerk",
    )
    shown = client.get(f"/papers/{picture.public_id}.pdf")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert client.get(f"/papers/{picture.public_id}/original").get_data() == png()
    assert client.get(f"/papers/{pdf.public_id}.pdf").headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/papers/{pdf.public_id}/original").status_code == 404
    assert client.get(f"/papers/{uuid.uuid4()}.pdf").status_code == 404


def test_the_portal_sees_what_was_made_for_its_customer_only(own_desk: Desk) -> None:
    """Row-level security: without a session of a customer the portal's role sees no paper at all."""
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        session.execute(
            text("""
                insert into operational.papers (kind, direction, customer_id, subject_kind, subject_id, title,
                  paper_date, content_sha256, pdf)
                values ('letter', 'incoming', :id, 'customer', :id, 'x', '2026-01-01',
                  encode(sha256('x'), 'hex'), 'x')"""),
            {"id": own_desk.office.numbers["customer"]},
        )
    with db.open_session("ebok", actor="ebok:1", database=own_desk.database) as session:
        assert session.execute(text("select count(*) from operational.papers")).scalar() == 0
