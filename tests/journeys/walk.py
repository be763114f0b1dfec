"""Every page of an app, found by itself: the routes of the app's own map, filled by the links between pages.

A route with a parameter is opened at the first address of it that some page links to; what nothing links to
is tried with the public ids that are in the database. New routes are walked without anybody naming them.
"""

import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from lxml.html import FormElement, document_fromstring
from selenium.webdriver import Chrome
from sqlalchemy import text
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

from operational.kernel import db

_HREF = re.compile(r'(?:href|hx-get)="([^"#]+)')
# Doors to other programs and answers without a page.
NO_PAGE = ("static", "kit", "healthz", "home.healthz", "bootstrap.", "tickets.")
_FILE, _PART, _ELSEWHERE = "a file", "a part drawn inside another page", "it leads to another page"
# Pages that this small market has no record for; their own tests open them.
NO_EXAMPLE = {
    "dunning.case": "nobody is late enough after two months; tests/operational/dunning opens cases",
    "finance.interest_note": "no interest is due after two months; tests/operational/finance opens notes",
    "finance.payment": "no payment waits in so small a market; test_bank_desk opens one",
    "finance.split_form": "no payment waits in so small a market; test_bank_desk splits one",
    "documents.collective_correction": "no collective correction is issued in two months",
    "finance.refused_file": "no bank file was refused; tests/operational/finance loads such files",
    "invoices.note": "the customer who walks paid in time and got no note",
}
# The only routes with GET that need no example: what they answer is no page.
NOT_PAGES = {
    "contracts.contract_of_draft": _ELSEWHERE,
    "crm.likely_customers": _PART,
    "crm.rejected_import": _FILE,
    "documents.duplicate_pdf": _FILE,
    "documents.pdf": _FILE,
    "documents.proof": _FILE,
    "dunning.order_file": _FILE,
    "finance.balance_confirmation": _FILE,
    "finance.interest_note_pdf": _FILE,
    "finance.journal_file": _FILE,
    "finance.transfer_file": _FILE,
    "home.readyz": "an answer for machines",
    "messaging.letter_file": _FILE,
    "metering.requests_csv": _FILE,
    "papers.original": _FILE,
    "papers.pdf": _FILE,
    "sales.count_segment": _PART,
    "sales.likely_same": _PART,
    "billing.simulation_customers": _FILE,
    "switching.file": _FILE,
    "views.open_view": _ELSEWHERE,
    "documents.collective_pdf": _FILE,
    "documents.collective_proof_file": _FILE,
    "account.contract_paper": _FILE,
    "door.log_in": "only before logging in; the test opens it first",
    "invoices.note_pdf": _FILE,
    "invoices.pdf": _FILE,
    "use.csv_file": _FILE,
}


@dataclass
class Walk:
    """Addresses by endpoint, routes without an example, needless exceptions, addresses that fail."""

    found: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


class _Reader:
    """Reads pages with the cookies of a browser that has logged in."""

    def __init__(self, site: str, browser: Chrome, broken: list[str]) -> None:
        self.site, self.broken = site, broken
        self.cookies = "; ".join(f"{row['name']}={row['value']}" for row in browser.get_cookies())
        self.opener = urllib.request.build_opener(_NoRedirect)

    def page(self, path: str) -> str | None:
        """Return the HTML of a page; None for a redirect, a file, a fragment, a refusal."""
        request = urllib.request.Request(urljoin(self.site, path), headers={"Cookie": self.cookies})  # noqa: S310  our own server
        try:
            with self.opener.open(request, timeout=60) as answer:
                is_page = answer.headers.get_content_type() == "text/html"
                html = str(answer.read().decode()) if is_page and answer.status == 200 else ""
                return html if "<html" in html else None  # a fragment is drawn inside other pages
        except urllib.error.HTTPError as error:
            self.broken += [f"{path} answered {error.code}"] if error.code >= 500 else []
            return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: object) -> None:
        return None


def pages_of(app: Flask, site: str, browser: Chrome, database: str) -> Walk:
    """Return an address for every route with GET that is a page."""
    rules = [
        rule for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(NO_PAGE)
    ]  # fmt: skip
    adapter, walk = app.url_map.bind(urlsplit(site).netloc), Walk()
    reader = _Reader(site, browser, walk.broken)
    waiting = [
        (rule.endpoint, adapter.build(rule.endpoint))
        for rule in rules
        if not rule.arguments and rule.endpoint not in NOT_PAGES
    ]
    seen = set()
    while waiting:
        endpoint, path = waiting.pop(0)
        if endpoint in walk.found or (endpoint, path) in seen:
            continue
        seen.add((endpoint, path))
        html = reader.page(path)
        if html is None:
            continue
        walk.found[endpoint] = path
        linked = _linked(html, path, adapter) + _asked(html, path, adapter)
        waiting += [found for found in linked if found[0] not in walk.found]
    for rule in rules:
        if rule.arguments and rule.endpoint not in walk.found and rule.endpoint not in NOT_PAGES:
            path = _by_public_id(rule, adapter, reader, database)
            if path:
                walk.found[rule.endpoint] = path
    walk.missing = sorted({rule.endpoint for rule in rules} - walk.found.keys() - NOT_PAGES.keys())
    walk.needless = sorted(NOT_PAGES.keys() & walk.found.keys())
    return walk


def _linked(html: str, base: str, adapter: MapAdapter) -> list[tuple[str, str]]:
    """Return the routes of this app that a page links to, one address of each, filters kept."""
    found: dict[str, str] = {}
    for given in _HREF.findall(html):
        target = urlsplit(urljoin(base, unescape(given)))
        if target.netloc or "export=" in target.query or target.scheme not in ("", "http"):
            continue
        try:
            endpoint, arguments = adapter.match(target.path, method="GET")
        except HTTPException:
            continue
        # A link with a query may be the only way to a page that needs to know about whom it is.
        if (arguments or target.query) and not endpoint.startswith(NO_PAGE) and endpoint not in NOT_PAGES:
            found.setdefault(endpoint, target.path + (f"?{target.query}" if target.query else ""))
    return list(found.items())


def _asked(html: str, base: str, adapter: MapAdapter) -> list[tuple[str, str]]:
    """Return where the forms of a page lead that only ask, filled as they stand, with real choices."""
    found = []
    for form in document_fromstring(html).forms:
        if form.method != "GET" or not form.action:
            continue
        target = urlsplit(urljoin(base, form.action))
        try:
            endpoint, _arguments = adapter.match(target.path, method="GET")
        except HTTPException:
            continue
        if not endpoint.startswith(NO_PAGE) and endpoint not in NOT_PAGES:
            found.append((endpoint, f"{target.path}?{urlencode(_filled(form))}"))
    return found


def _filled(form: FormElement) -> dict[str, str]:
    chosen = {name: value for name, value in form.form_values() if name != "export"}
    for outside in form.getroottree().xpath("//input[@form=$form][@name]", form=form.get("id", "")):
        chosen.setdefault(outside.name, outside.get("value", ""))
    for select in form.xpath(".//select[@name]"):
        real = [option for option in select.value_options if option]
        chosen[select.name] = select.value or (real[0] if real else "")
    return chosen


_TABLES = """select c.relname from pg_catalog.pg_class c
  join pg_catalog.pg_attribute p on p.attrelid = c.oid and p.attname = 'public_id'
 where c.relnamespace = 'operational'::regnamespace and c.relkind = 'r' order by c.relname"""


def _by_public_id(rule: Rule, adapter: MapAdapter, reader: _Reader, database: str) -> str | None:
    """Try a route that takes one public id with the newest rows of the tables its address names."""
    place = re.search(r"/([a-z-]+)/<uuid:\w+>", rule.rule)
    if len(rule.arguments) != 1 or place is None:
        return None
    word = place.group(1).replace("-", "_")
    with db.open_session("app", actor="test", database=database) as session:
        tables = [name for name in session.execute(text(_TABLES)).scalars() if word in name or name in word]
        ids = [
            str(found)
            for table in tables
            for found in session.execute(
                text(f"select public_id from operational.{table} order by id desc limit 3")
            ).scalars()
        ]
    for value in ids:
        path = adapter.build(rule.endpoint, {next(iter(rule.arguments)): value})
        if reader.page(path) is not None:
            return str(path)
    return None
