"""Fixtures of the staff app: an office per test module, log-in by role, an office of one's own for writes."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from operational.app.factory import create_app
from operational.kernel import db, roles
from tests.factories.staff import PASSWORD, Office, create_office


@dataclass
class Desk:
    """The app on a database with an office in it."""

    app: Flask
    database: str
    office: Office

    def client(self, role: str | None = None) -> FlaskClient:
        """Return a browser, logged in as the user of the role, or as nobody."""
        client = self.app.test_client()
        if role is not None:
            answer = client.post("/login", data={"login": role, "password": PASSWORD})
            assert answer.status_code == 303, answer.get_data(as_text=True)
        return client


def _open(database: str, *, csrf: bool = False) -> Desk:
    with db.open_session("app", actor="test", database=database) as session:
        office = create_office(session)
    return Desk(create_app(database=database, config={"WTF_CSRF_ENABLED": csrf}), database, office)


@pytest.fixture(scope="module")
def desk(template_database: str) -> Iterator[Desk]:
    """Open an office that the tests of a module share; tests that write take `own_desk`."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template_database)
    yield _open(name)
    db.dispose_engines(name)
    roles.drop_database(name)


@pytest.fixture
def own_desk(database: str) -> Desk:
    """Open an office for one test."""
    return _open(database)


@pytest.fixture
def guarded_desk(database: str) -> Desk:
    """Open an office whose forms need their CSRF token."""
    return _open(database, csrf=True)


@pytest.fixture
def page() -> Callable[[TestResponse], str]:
    """Return a function that checks for 200 and gives the text of the page."""

    def read(answer: TestResponse) -> str:
        assert answer.status_code == 200, f"{answer.status_code}: {answer.get_data(as_text=True)[-800:]}"
        return answer.get_data(as_text=True)

    return read


@pytest.fixture
def form_field() -> Callable[[str, str], str]:
    """Return a function that reads a hidden field of a page."""

    def read(html: str, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', html)
        assert found, f"no field {name}"
        return found.group(1)

    return read
