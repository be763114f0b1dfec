"""Every page of both apps fits a phone and a desk and can be used with weak eyes, light and dark."""

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from sqlalchemy import text

from ebok.factory import create_app as create_portal
from operational.app.factory import create_app as create_staff_app
from operational.kernel import db
from orchestration import demo
from tests.accessibility import AXE, OPTIONS
from tests.journeys.conftest import Town
from tests.journeys.test_clerk_and_customer import log_in
from tests.journeys.walk import NO_EXAMPLE, Walk, pages_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (1440, 390)
WHOLE = ("home.tasks", "access.log_in", "overview.home", "door.log_in")
_CHECK = """
const [options, whole, done] = arguments;
// The frame around the pages is the same everywhere: it is looked at once.
const place = (!whole && document.querySelector('main')) || document;
const told = (result, theme) => result.violations
  .map(item => [theme, item.id, item.nodes[0].html.slice(0, 200),
    item.nodes[0].failureSummary.slice(0, 240)]);
const root = document.documentElement;
document.querySelectorAll('details').forEach(one => { one.open = true; });
const drawn = () => new Promise(ready => requestAnimationFrame(() => requestAnimationFrame(ready)));
(async () => {
  await drawn();
  root.dataset.theme = 'light';
  let found = told(await axe.run(place, options), 'light');
  root.dataset.theme = 'dark';
  const contrast = Object.assign({}, options, {runOnly: {type: 'rule', values: ['color-contrast']}});
  found = found.concat(told(await axe.run(place, contrast), 'dark'));
  done(found);
})().catch(error => done([['light', 'axe did not run', String(error), '']]));
"""


def resize(browser: Chrome, width: int) -> None:
    """Show the page as wide as a phone or a desk."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def problems(browser: Chrome, site: str, walk: Walk) -> list[tuple[str, ...]]:
    """Open every page once; return what is too wide or what axe finds serious, by endpoint and address."""
    found: list[tuple[str, ...]] = []
    for endpoint, path in sorted(walk.found.items()):
        browser.get(site + path)
        for width in WIDTHS:
            resize(browser, width)
            needed = browser.execute_script("return document.documentElement.scrollWidth")
            found += [(endpoint, path, f"needs {needed} pixels of {width}")] if needed > width else []
        told = browser.execute_async_script(_CHECK, OPTIONS, endpoint in WHOLE)
        found += [(endpoint, path, *row) for row in told]
        named = browser.execute_script(
            "return [document.title.trim(), document.documentElement.lang, "
            "document.querySelectorAll('h1').length, document.querySelectorAll('main').length]"
        )
        found += (
            []
            if named[0] and named[1] and named[2:] == [1, 1]
            else [(endpoint, path, f"title, language, h1, main: {named}")]
        )
    return found


def prepare(browser: Chrome) -> None:
    """Put axe into every page that is opened from now on."""
    browser.set_script_timeout(60)
    browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": AXE.read_text(encoding="utf-8")}
    )


def walked(browser: Chrome, app: Flask, site: str, database: str) -> Walk:
    """Find every page: none may fail, and every route must have an example but those named with a reason."""
    walk = pages_of(app, site, browser, database)
    assert walk.broken == []
    assert walk.needless == [], "these routes are pages: take them from NOT_PAGES"
    assert sorted(set(walk.missing) - NO_EXAMPLE.keys()) == []
    return walk


def test_every_page_of_the_staff_app(town: Town, browser: Chrome) -> None:
    """Walk the staff app as its administrator."""
    login = next(login for login, _, role, _ in demo.STAFF if role == "admin")
    log_in(browser, town.staff, login, demo.STAFF_PASSWORD)
    walk = walked(browser, create_staff_app(database=town.database), town.staff, town.database)
    prepare(browser)
    assert problems(browser, town.staff, walk) == []


def test_every_page_of_the_portal(town: Town, browser: Chrome) -> None:
    """Walk the portal as a customer who has documents."""
    with db.open_session("app", actor="test", database=town.database) as session:
        login = session.execute(
            text("""
                select u.login from operational.customer_users u
                 where exists (select from operational.documents d where d.customer_id = u.customer_id)
                 order by u.id limit 1""")
        ).scalar_one()
    prepare(browser)
    door = Walk(found={"door.log_in": "/login"})
    assert problems(browser, town.portal, door) == []
    resize(browser, WIDTHS[0])
    log_in(browser, town.portal, login, demo.CUSTOMER_PASSWORD)
    walk = walked(browser, create_portal(database=town.database), town.portal, town.database)
    assert problems(browser, town.portal, walk) == []
