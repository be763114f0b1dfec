"""The service desk of the demonstration: what lies on the desks on the last day, one record of every kind.

A complaint a day before its deadline, tasks, changes of contracts that wait for a signature, a renewal,
instalments, a file with a wrong row, a draft of a price list, a question of what if.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app.words.customers import LABELS
from operational.billing.simulation import operations as simulation
from operational.billing.simulation.rates import changed_by_share
from operational.crm.changes import amending, assigning, indexing, terminating
from operational.crm.changes.rules import Asked
from operational.crm.portfolio import stored
from operational.crm.portfolio.importing import check_file
from operational.crm.products import versions
from operational.crm.sales import renewals
from operational.crm.sales.rules import SalesError
from operational.crm.service import complaints, tasks
from operational.finance import instalments
from operational.kernel.calendar import WARSAW, add_months, first_of_next_month

OWNER = "anna"
_FILE = """kind;name;nip;pesel;email;customer_since;street;building;postal_code;city
household;Róża Nowicka;;44051401458;roza@poczta.example;2026-01-15;ul. Polna;3;30-001;Kraków
household;Jan Pomyłka;;44051401459;jan@poczta.example;2026-01-15;ul. Polna;5;30-001;Kraków
"""


def tell_story(session: Session, *, as_of: date) -> None:
    """Write the story of the desk once; a database that has complaints is left as it is."""
    if session.scalar(text("select count(*) from operational.complaints")):
        return
    moment = datetime.combine(as_of, time(8), tzinfo=WARSAW)
    _service(session, as_of)
    _changes(session, as_of, moment)
    _renewal(session, as_of, moment)
    _money(session, as_of, moment)
    _prices(session, as_of, moment)
    words = {code: str(found) for code, found in LABELS["import_problem"].items()}
    content = _FILE.replace(";", ",").encode()
    stored.store(
        session, name="klienci-z-targow.csv", content=content,
        checked=check_file(session, kind="customers", content=content), words=words,
    )  # fmt: skip


def _customer(session: Session, number: str) -> Any:
    return session.execute(
        text("""
            select c.id, min(k.id) as contract_id from operational.customers c
              join operational.contracts k on k.customer_id = c.id where c.customer_number = :number
             group by c.id"""),
        {"number": number},
    ).one()


def _service(session: Session, as_of: date) -> None:
    for number, days, category, subject, body in (
        ("100006", 13, "estimate", "Rachunek z szacunku zamiast z odczytu",
         "Stan licznika podałam w terminie, a faktura ma ilość szacowaną. Proszę o korektę."),
        ("100007", 3, "price", "Cena inna niż w umowie", "Od połowy miesiąca płacę więcej. Dlaczego?"),
        ("100001", 1, "reading", "Licznik przeszedł przez zero", "Proszę sprawdzić zużycie na fakturze."),
    ):  # fmt: skip
        made = complaints.register_complaint(
            session,
            given=complaints.NewComplaint(
                _customer(session, number).id, category, "ebok", subject, body, as_of - timedelta(days=days)
            ),
            as_of=as_of - timedelta(days=days),
        )
        if days > 2:
            complaints.assign_complaint(
                session, public_id=made.public_id, row_version=1, owner=OWNER, as_of=as_of
            )
    for number, kind, subject, due, owner in (
        ("100010", "task", "Zadzwonić w sprawie rat", 0, OWNER),
        ("100004", "task", "Przygotować zestawienie zużycia za rok", 3, ""),
        ("100002", "task", "Sprawdzić ceny przed zatwierdzeniem", 5, "adam"),
        ("100003", "call", "Pytanie o termin płatności", None, ""),
    ):
        tasks.add_activity(
            session, customer_id=_customer(session, number).id, kind=kind, subject=subject,
            due_on=None if due is None else as_of + timedelta(days=due), owner=owner,
            queue="" if owner or due is None else "billing", direction="in" if kind == "call" else "",
            as_of=as_of,
        )  # fmt: skip


def _changes(session: Session, as_of: date, moment: datetime) -> None:
    """An amendment, an assignment, a notice and an indexation that nobody has signed or approved yet."""
    later = first_of_next_month(first_of_next_month(as_of))
    amending.draft_amendment(
        session, contract_id=_customer(session, "100003").contract_id, effective_on=later,
        asked=Asked(conditions={"invoice_channel": "letter"}), reason="prośba klienta",
        today=as_of, as_of=moment,
    )  # fmt: skip
    giver, day = _customer(session, "100012"), as_of - timedelta(days=2)
    readings = {
        row.id: Decimal(row.last_value or 0) + 20
        for row in assigning.registers_on(session, contract_id=giver.contract_id, on=day)
    }
    assigning.draft_assignment(
        session, contract_id=giver.contract_id, to_customer_id=_customer(session, "100013").id,
        assigned_on=day, readings=readings, reason="sprzedaż mieszkania", today=as_of, as_of=moment,
    )  # fmt: skip
    terminating.draft_termination(
        session, contract_id=_customer(session, "100011").contract_id, notice_on=as_of, given_by="customer",
        ends_on=None, reason="przeprowadzka", today=as_of, as_of=moment,
    )  # fmt: skip
    indexing.prepare(
        session,
        order=indexing.Order(
            name="Nowe ceny dla domów", rule="percent", percent=Decimal(3), target_price_list_id=None,
            from_price_list_id=None, product_id=None, customer_kind="household",
            effective_on=add_months(later, 1), notice_days=30, includes_fixed=False, reason="koszt zakupu",
        ),
        today=as_of, as_of=moment,
    )  # fmt: skip


def _renewal(session: Session, as_of: date, moment: datetime) -> None:
    """A fixed term that ends in ten weeks, and the offers for the time after it, not sent yet."""
    ends_on = as_of + timedelta(days=70)
    made = amending.draft_amendment(
        session, contract_id=_customer(session, "100002").contract_id,
        effective_on=first_of_next_month(as_of), reason="umowa na czas określony", today=as_of, as_of=moment,
        asked=Asked(conditions={"ends_on": ends_on.isoformat()}),
    )  # fmt: skip
    amending.sign_amendment(
        session, public_id=made, row_version=1, signed_on=as_of, channel="stationary", as_of=moment
    )
    lists = session.scalars(
        text("""
            select v.price_list_id from operational.product_versions v where v.status = 'approved'
               and v.price_list_id is not null order by v.id""")
    ).all()
    for price_list_id in lists:
        rule = renewals.Rule(as_of, ends_on, "electricity", price_list_id)
        try:
            renewals.make_batch(session, rule=rule, name="Końce umów", owner="sylwia", as_of=as_of)
        except SalesError:
            continue  # not sold to households
        return


def _money(session: Session, as_of: date, moment: datetime) -> None:
    customer = _customer(session, "100010")
    items = session.scalars(
        text("""
            select i.id from operational.open_items i
             where i.customer_id = :id and i.amount > 0 and i.reverses_id is null and i.refund_id is null
               and i.amount > coalesce((select sum(a.amount) from operational.allocations a
                                         where a.debt_item_id = i.id), 0)
             order by i.id"""),
        {"id": customer.id},
    ).all()
    if items:
        instalments.agree_plan(
            session, customer_id=customer.id, item_ids=items, parts=3, first_due=as_of + timedelta(days=14),
            interest_rule="statutory", reason="rozmowa telefoniczna", on=as_of, as_of=moment,
        )  # fmt: skip


def _prices(session: Session, as_of: date, moment: datetime) -> None:
    newest = session.execute(
        text("""
            select v.public_id::text, v.number from operational.product_versions v
             where v.status = 'approved' order by v.product_id, v.number desc limit 1""")
    ).one()
    versions.copy_version(
        session, public_id=newest.public_id, valid_from=first_of_next_month(as_of), as_of=moment
    )
    month = session.scalar(text("select max(billing_month) from operational.billing_runs"))
    if month is not None:
        simulation.ask(
            session, name="Dom droższy o 5 %", billing_month=month,
            rates=changed_by_share(session, price_list="DOM", percent=Decimal(5)),
            as_of=moment.astimezone(UTC),
        )  # fmt: skip
