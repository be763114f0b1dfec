"""The side bar: sections, links the user may open, and counters of work that waits."""

from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import text

from operational.access.rules import permission_matrix
from operational.app import support


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the side bar; `key` after `g` opens it, `counter` names the number shown."""

    endpoint: str
    words: object
    icon: str
    key: str = ""
    counter: str = ""
    is_hot: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An entry ready to draw."""

    url: str
    words: object
    icon: str
    key: str
    count: int
    is_hot: bool
    is_current: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the side bar that can be folded; `waiting` is the urgent work inside, shown while folded."""

    code: str
    words: object
    links: tuple[Link, ...]
    is_open: bool
    waiting: int


_OPEN_COOKIE = "iris_open_sections"
_SECTIONS: tuple[tuple[object, tuple[Entry, ...]], ...] = (
    ("", (Entry("home.tasks", _l("My tasks"), "inbox", "t", "all", is_hot=True),)),
    (
        _l("Customers"),
        (
            Entry("crm.customers", _l("Customers"), "people", "c"),
            Entry("crm.duplicate_queue", _l("Duplicates"), "files"),
            Entry("crm.imports", _l("Imports"), "cloud-upload"),
            Entry("contracts.contracts", _l("Contracts"), "file-earmark-text", "u"),
            Entry("changes.overview", _l("Changes of contracts"), "pencil-square"),
            Entry("changes.renewals", _l("Ends of terms"), "calendar-event"),
            Entry("changes.indexations", _l("Indexations"), "percent"),
            Entry("products.product_list", _l("Products and prices"), "tags", "p"),
            Entry("metering.supply_points", _l("Supply points"), "lightning-charge", "s"),
            Entry("service.tasks", _l("Tasks and contacts"), "card-checklist", "z"),
            Entry("service.complaint_list", _l("Complaints"), "chat-dots", "g", "complaints"),
            Entry("service.assurance", _l("From signature to bill"), "shield-check", "f"),
        ),
    ),
    (
        _l("Sales"),
        (
            Entry("sales.leads", _l("Leads"), "funnel"),
            Entry("sales.offers", _l("Offers"), "calculator"),
            Entry("sales.campaigns", _l("Campaigns"), "megaphone"),
            Entry("sales.renewals", _l("Renewal offers"), "arrow-repeat"),
        ),
    ),
    (
        _l("Billing"),
        (
            Entry("billing.runs", _l("Billing runs"), "calendar2-week", "r", "runs"),
            Entry("billing.collectives", _l("Collective corrections"), "files"),
            Entry("billing.forecasts", _l("Billing by forecast"), "calendar2-week"),
            Entry("billing.cycles", _l("Run monitor"), "list-ul", "o"),
            Entry(
                "billing.exceptions", _l("Exceptions"), "exclamation-diamond", "e", "exceptions", is_hot=True
            ),
            Entry("documents.invoice_list", _l("Invoices"), "receipt", "i"),
            Entry("billing.market", _l("Market prices and deposits"), "graph-up"),
            Entry("billing.simulations", _l("What if"), "sliders"),
            Entry("metering.validation", _l("Validation of readings"), "card-checklist", "v"),
            Entry("metering.files", _l("Files and quarantine"), "archive", "q", "quarantine", is_hot=True),
            Entry("metering.lake_state", _l("Interval data"), "clock-history", "l"),
        ),
    ),
    (
        _l("Finance"),
        (
            Entry("finance.imports", _l("Bank statements"), "bank", "b"),
            Entry(
                "finance.suspense", _l("Payments to assign"), "question-circle", "w", "suspense", is_hot=True
            ),
            Entry("finance.payments", _l("Payments"), "cash-coin", "m"),
            Entry("finance.cash_desk", _l("Cash desk"), "wallet2"),
            Entry("finance.bank_settings_page", _l("Bank settings"), "sliders"),
            Entry("finance.interest", _l("Interest"), "percent"),
            Entry("finance.plans", _l("Instalments"), "calendar-plus"),
            Entry("finance.refund_list", _l("Refunds"), "arrow-up-right", "", "refunds"),
            Entry("finance.write_off_list", _l("Write-offs"), "eye-slash", "", "write_offs"),
            Entry("finance.ledger_journal", _l("Journal"), "layers", "j"),
            Entry("finance.ledger_months", _l("Months of the ledger"), "lock"),
        ),
    ),
    (
        _l("Dunning"),
        (
            Entry("dunning.board", _l("Dunning board"), "bell", "n"),
            Entry("dunning.orders", _l("Orders to distributors"), "truck", "", "dso_orders", is_hot=True),
            Entry("dunning.procedures", _l("Dunning procedures"), "diagram-3"),
        ),
    ),
    (
        _l("Switching"),
        (
            Entry("switching.board", _l("Switching board"), "arrow-repeat", "x", "switching", is_hot=True),
            Entry("switching.calendar", _l("Calendar of starts"), "calendar-event"),
            Entry("switching.files", _l("Switching files"), "archive"),
        ),
    ),
    (
        _l("Messages"),
        (
            Entry("messaging.monitor", _l("Outbox"), "envelope", "y"),
            Entry("messaging.templates", _l("Templates"), "chat-left-text"),
            Entry("papers.templates", _l("Document templates"), "file-earmark-text"),
            Entry("messaging.letter_batches", _l("Letter batches"), "printer"),
        ),
    ),
    (_l("Reports"), (Entry("tickets.dashboards", _l("Dashboards (E-BI)"), "bar-chart-line", "d"),)),
    (
        _l("System"),
        (
            Entry("reference.rates", _l("Rates and tariffs"), "journal-text", "k"),
            Entry("access.staff", _l("Users"), "person-gear", "a"),
            Entry("home.audit", _l("Audit trail"), "clock-history", "h"),
            Entry("tickets.orchestration", _l("Runs and lineage (Dagster)"), "diagram-3", "0"),
        ),
    ),
)

_COUNTS = text(
    """select
      (select count(*) from operational.billing_exceptions where resolved_at is null) as exceptions,
      (select count(*) from operational.payments where customer_id is null
        and reversed_on is null) as suspense,
      (select count(*) from operational.billing_runs where status = 'computed') as runs,
      (select count(*) from operational.refunds where status = 'requested') as refunds,
      (select count(*) from operational.write_offs where status = 'requested') as write_offs,
      (select count(*) from operational.dso_orders where status = 'created') as dso_orders,
      (select count(*) from operational.complaints where closed_on is null) as complaints,
      (select count(*) from operational.switching_cases where direction = 'in'
        and status in ('REJECTED', 'COLLISION')) as switching,
      (select count(*) from raw.rejected_rows where resolved_at is null)
        + (select count(*) from raw.rejected_files where resolved_at is null) as quarantine"""
)


def counters() -> dict[str, int]:
    """Return how much work waits in each queue, read once per request."""
    if "counters" not in g:
        row = support.database().execute(_COUNTS).one()
        g.counters = {**{name: int(count) for name, count in row._mapping.items()}, "all": sum(row)}
    return dict(g.counters)


def sections() -> list[Section]:
    """Return the side bar of the current user: only what their role may open.

    Open are the section of the page and those that were left open (a cookie that `iris.js` writes).
    """
    counts, matrix = counters(), permission_matrix()
    kept = request.cookies.get(_OPEN_COOKIE, "").split(".")
    allowed = [
        (words, [(entry, url_for(entry.endpoint)) for entry in entries
                 if support.may(matrix.needed(entry.endpoint, "GET") or "")])
        for words, entries in _SECTIONS
    ]  # fmt: skip
    here = _nearest([url for _words, found in allowed for _entry, url in found])
    drawn = []
    for words, found in allowed:
        links = tuple(
            Link(
                url, entry.words, entry.icon, entry.key, counts.get(entry.counter, 0), entry.is_hot,
                request.endpoint == entry.endpoint, url == here,
            )
            for entry, url in found
        )  # fmt: skip
        if links:
            code = found[0][0].endpoint.partition(".")[0]
            waiting = sum(link.count for link in links if link.is_hot)
            is_open = not words or code in kept or any(link.is_here for link in links)
            drawn.append(Section(code, words, links, is_open, waiting))
    return drawn


def _nearest(urls: list[str]) -> str:
    """Return the address under which the page of the request lies: the longest one that begins its path."""
    path = request.path
    fitting = [url for url in urls if path == url or (url != "/" and path.startswith(f"{url}/"))]
    return max(fitting, key=len, default="")
