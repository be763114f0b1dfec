"""Switching in the staff app: board, list, bulk actions, a case with a rejection put right, files, a stale
form."""

import io
import re
import uuid
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.app.factory import create_app
from operational.kernel import clock, db
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer
from operational.switching.operations import mark_sent, run_night, waiting_files
from tests.factories.staff import PASSWORD, create_users
from tests.factories.switching import MANDATES, Signed, at, price_lists, sign


@pytest.fixture
def desk(database: str) -> date:
    """Make users and three signed contracts, one of them without a power of attorney; run a night."""
    today = clock.today()
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        price_lists(session)
        start = today + timedelta(days=30)
        sign(
            session,
            [
                Signed(1, start, today, customer_kind="household"),
                Signed(2, start, today),
                Signed(3, start, today, mandates=MANDATES[1:]),
            ],
        )
    run_night(
        session_factory=db.session_factory("app", database, actor="test"), as_of=today, moment=clock.now()
    )
    return today


def _client(database: str, role: str) -> FlaskClient:
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    assert client.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
    return client


def _form(**fields: object) -> dict[str, object]:
    return {"form_key": str(uuid.uuid4()), **fields}


def _cases(database: str) -> list[tuple[str, str, int, str]]:
    with db.open_session("app", actor="test", database=database) as session:
        rows = session.execute(
            text("""select c.public_id::text, c.status, c.row_version, p.code from
              operational.switching_cases c
                    join operational.supply_points p on p.id = c.supply_point_id order by c.id""")
        ).all()
    return [tuple(row) for row in rows]


def _answers(database: str, kind: str, reason: str = "") -> bytes:
    """Return a file in which the distributor answers the newest notification of the first case."""
    with db.open_session("app", actor="test", database=database) as session:
        for file in waiting_files(session):
            mark_sent(session, file_id=file.id, moment=at(clock.today()))
        sent = session.execute(
            text("""select m.message_id, m.payload, p.code from operational.switching_messages m
                    join operational.switching_cases c on c.id = m.case_id
                    join operational.supply_points p on p.id = c.supply_point_id
                    where m.direction = 'out' and c.id = (select min(id) from operational.switching_cases)
                    order by m.id desc limit 1""")
        ).one()
    start = date.fromisoformat(sent.payload["start_on"])
    row = Answer(
        f"T-{uuid.uuid4().hex[:8]}", kind, clock.today(), sent.code, sent.message_id,  # type: ignore[arg-type]
        start_on=start if kind == "accepted" else None, reason=reason,
    )  # fmt: skip
    return CHANNELS["dso_xml"].write_answers("tauron", [row])


def _upload(client: FlaskClient, content: bytes) -> str:
    sent = client.post(
        "/switching/files", data=_form(file=(io.BytesIO(content), "answers.xml")), follow_redirects=True
    )
    assert sent.status_code == 200
    return sent.text


def test_a_rejection_is_put_right_and_the_point_becomes_active_by_itself(database: str, desk: date) -> None:
    clerk = _client(database, "clerk")
    (first, status, *_), _second, (third, papers, *_) = _cases(database)
    assert (status, papers) == ("SENT", "DOCS_INCOMPLETE")
    channel = _answers(database, "rejected", "W/02")
    assert "1 " in _upload(clerk, channel)
    assert "R02" in clerk.get("/switching").text
    shown = clerk.get(f"/switching/cases/{first}").text
    version = int(re.search(r'name="row_version" value="(\d+)"', shown).group(1))  # type: ignore[union-attr]
    right = _form(action="resend", note="PESEL poprawiony", row_version=version)
    assert clerk.post(f"/switching/cases/{first}/act", data=right).status_code == 303
    again = clerk.post(f"/switching/cases/{first}/act", data=right)  # a double click
    assert again.status_code == 303
    stale = clerk.post(f"/switching/cases/{first}/act", data=_form(action="send", row_version=version))
    assert stale.status_code >= 400
    signed = _form(action="signed", case=third, signed_on=desk.isoformat())
    assert third in clerk.post("/switching/preview", data=signed).text
    assert _cases(database)[2][1] == "DOCS_INCOMPLETE"  # a preview does nothing
    assert clerk.post("/switching/bulk", data=signed).status_code == 303
    assert clerk.post("/switching/night", data=_form()).status_code == 303
    assert [row[1] for row in _cases(database)] == ["RESENT", "SENT", "SENT"]

    _upload(clerk, _answers(database, "accepted"))
    assert _cases(database)[0][1] == "SCHEDULED"
    with db.open_session("app", actor="test", database=database) as session:
        supply = session.execute(
            text("select valid_from from operational.contract_supply_points where superseded_at is null")
        ).scalars()
        assert list(supply) == [desk + timedelta(days=30)]


def test_every_page_is_drawn_and_a_refused_file_says_why(database: str, desk: date) -> None:
    clerk, auditor = _client(database, "clerk"), _client(database, "auditor")
    (first, _status, version, code), *_ = _cases(database)
    assert "IRIS" in _upload(clerk, b"<a/>")
    with db.open_session("app", actor="test", database=database) as session:
        customer = session.execute(
            text("select min(public_id::text) from operational.customers")
        ).scalar_one()
    pages = (
        "/switching", "/switching?dso=tauron&medium=electricity", f"/switching/cases?q={code}&open=yes",
        f"/switching/cases/{first}", f"/switching/calendar?day={desk + timedelta(days=30)}",
        "/switching/files",
        f"/customers/{customer}/switching",
    )  # fmt: skip
    for page in pages:
        answer = auditor.get(page)
        assert answer.status_code == 200, page
    assert "belongs to no known channel" in auditor.get("/switching/files").text
    exported = auditor.get("/switching/cases?export=csv&status=SENT")
    assert exported.status_code == 200
    assert exported.text.count("ZS/") == 2
    assert auditor.post("/switching/night", data=_form()).status_code == 403
    too_early = _form(action="move_date", start=desk.isoformat(), row_version=version)
    assert clerk.post(f"/switching/cases/{first}/act", data=too_early).status_code == 422
