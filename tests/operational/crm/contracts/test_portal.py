"""What a customer sees of the own contracts before and after their start, and nobody else does."""

from datetime import date

from sqlalchemy import text

from operational.access.portal import operations as access
from operational.crm.contracts import drafts
from operational.crm.portal import queries as portal
from operational.kernel import clock, db
from tests.factories import supply
from tests.operational.crm.contracts.test_signing import AT, SIGNED, opened, price_list

PASSWORD = "Zielona-Energia-7"
TABLES = ("contract_signatures", "contract_conditions", "contract_mandates", "start_requests", "papers")


def token_of(database: str, login: str) -> str:
    """Log a customer in and return the secret of the session."""
    with db.open_session("auth", actor="test", database=database) as session:
        found = access.log_in(session, login=login, password=PASSWORD, address="192.0.2.1", as_of=clock.now())
    assert found.token
    return found.token


def test_the_signature_the_wanted_start_and_the_papers_are_shown_to_their_customer_only(
    database: str,
) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        prices = price_list(session)
        own, other = supply.make_customer(session, 1), supply.make_customer(session, 2)
        for login, customer in (("own", own), ("other", other)):
            access.create_account(session, customer_id=customer.id, login=login, password=PASSWORD)
        draft = opened(session, prices, customer_id=own.id, customer=None)
        drafts.sign(session, draft_public_id=draft, signed_on=SIGNED, channel="distance", as_of=AT)
    seen = {}
    for login in ("own", "other"):
        token = token_of(database, login)
        with db.open_session("ebok", actor="ebok:1", database=database, session_token=token) as session:
            cards = portal.contracts(session, customer_id=own.id, on=SIGNED)
            papers = portal.contract_papers(session, customer_id=own.id)
            rows = [
                session.execute(text(f"select count(*) from operational.{name}")).scalar() for name in TABLES
            ]
            seen[login] = cards, papers, rows

    (card,), papers, rows = seen["own"]
    assert (card.signature, card.is_waiting, card.starts_on) == ("signed", True, date(2026, 4, 1))
    assert card.withdrawal_until == date(2026, 3, 16)
    assert len(papers) == rows[-1] == 3
    assert rows[:4] == [1, 1, 2, 1]
    assert seen["other"] == ([], [], [0, 0, 0, 0, 0])
