"""axe-core in a page that a browser shows: the newest rules of WCAG 2.1 A and AA, nothing left out."""

from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

AXE = next((Path(__file__).parent / "journeys/vendor").glob("axe-core-*.min.js"))
OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}


def violations(browser: Chrome) -> list[Any]:
    """Return what axe finds wrong on the page: rule and the first elements."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[1]; axe.run(document, arguments[0]).then(told => done(told.violations));",
        OPTIONS,
    )
    return [(item["id"], [node["html"][:160] for node in item["nodes"]][:3]) for item in found]
