"""A customer full of hostile texts, and one without anything yet."""

import re

from flask import Flask
from sqlalchemy import text

from operational.access.portal import operations as access
from operational.kernel import db
from tests.ebok.conftest import PASSWORD, World, log_in, make_household
from tests.ebok.test_pages import PAGES, Opens, address, words
from tests.factories import supply


def test_hostile_texts_are_shown_as_texts(app: Flask, world: World, browser_of: Opens) -> None:
    canary = '"><script>window.__xss=1</script><img src=x onerror=alert(1)>{{7*7}}'
    eve = make_household(world.database, 3, f"Ewa {canary}", email=canary)
    with db.open_session("app", actor="test", database=world.database) as session:
        session.execute(
            text("update operational.payments set title = :t where customer_id = :c"),
            {"t": f"=1+1{canary}", "c": eve.customer.id},
        )
    browser = browser_of(eve)
    for page in PAGES:
        if page.endswith("pdf"):
            continue
        shown = browser.get(address(page, eve)).text
        assert "<script>window" not in shown, page
        assert "<img src=x" not in shown, page
        assert "49" not in re.findall(r"Ewa [^<]*", shown)
    refused = browser.get("/login?next=" + canary)
    assert "<script>window" not in refused.text


def test_a_customer_without_anything_sees_friendly_empty_pages(app: Flask, world: World) -> None:
    with db.open_session("app", actor="test", database=world.database) as session:
        newcomer = supply.make_customer(session, 9, name="Nowy Klient")
        access.create_account(session, customer_id=newcomer.id, login="new@example.pl", password=PASSWORD)
    client = app.test_client()
    log_in(client, "new@example.pl")
    for page in PAGES[:13]:
        assert client.get(page).status_code == 200, page
    shown = words(client.get("/").text)
    assert "Wszystko opłacone" in shown
    assert "Pierwsze dane pojawią się z pierwszą fakturą." in shown
