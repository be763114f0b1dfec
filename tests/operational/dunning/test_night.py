"""Nights on a few payers: which step fires on which day, what stops it, and that nothing fires twice."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.dunning import operations, queries
from operational.dunning.acting import fire_by_hand
from operational.dunning.night import act
from operational.dunning.rules import DunningError
from operational.kernel.calendar import start_of_day
from operational.messaging import texts
from tests.factories.finance import Payer, issue, make_payer
from tests.factories.ledger import pay

DUE = date(2026, 4, 7)  # a Tuesday after Easter
APRIL = date(2026, 4, 1)
TO_NOTICE = ("04-02", "04-10", "04-17", "04-28", "05-08")  # reminder, soft, two demands, notice


def _steps(session: Session, customer: int) -> list[tuple[str, date]]:
    rows = session.execute(
        text("""select s.step_code, a.fired_on from operational.dunning_actions a
                join operational.dunning_steps s on s.id = a.step_id where a.customer_id = :c
                  order by a.id"""),
        {"c": customer},
    )
    return [(row.step_code, row.fired_on) for row in rows]


def _nights(session: Session, customer: int, *days: str) -> None:
    """Run the nights of some days of 2026 (`MM-DD`) and of the days before: a step may not come too early."""
    for given in days:
        day = date.fromisoformat(given if len(given) > 5 else f"2026-{given}")
        act(session, customer_ids=[customer], as_of=day - timedelta(days=1))
        act(session, customer_ids=[customer], as_of=day)


def _item(session: Session, document: int) -> int:
    return int(
        session.execute(
            text("select id from operational.open_items where document_id = :d"), {"d": document}
        ).scalar_one()
    )


def _case(session: Session, payer: Payer) -> str:
    return str(
        session.execute(
            text("""select public_id::text from operational.dunning_cases
                     where customer_id = :c order by id desc limit 1"""),
            {"c": payer.id},
        ).scalar_one()
    )


def _point(session: Session, payer: Payer) -> None:
    session.execute(
        text("""
          with point as (
            insert into operational.supply_points (code, medium, dso_code, address_id)
            select '590000000000000' || lpad(cast(:c as text), 3, '0'), 'electricity',
              (select code from operational.dsos where medium = 'electricity' order by code limit 1),
                address_id
            from operational.customers where id = :c returning id)
          insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from)
          select :k, id, '2025-01-01' from point"""),
        {"c": payer.id, "k": payer.contract_id},
    )


def _settle(session: Session, payer: Payer, document: int, amount: str, day: date) -> None:
    class Paid:
        id, gross = document, Decimal(amount)

    pay(session, payer, Decimal(amount), day=day, against=[Paid()])  # type: ignore[arg-type]


def test_the_default_procedure_runs_from_the_reminder_to_the_letter_before_court(session: Session) -> None:
    payer = make_payer(session, 1)
    issue(session, payer, "250.00", on=date(2026, 3, 20), due=DUE)
    _point(session, payer)

    _nights(session, payer.id, *TO_NOTICE, "06-07", "06-08", "06-13", "06-15")

    assert _steps(session, payer.id) == [
        ("reminder", date(2026, 4, 2)),
        ("soft", date(2026, 4, 10)),
        ("demand_1", date(2026, 4, 17)),
        ("demand_2", date(2026, 4, 28)),
        ("notice", date(2026, 5, 8)),
        ("pre_court", date(2026, 6, 8)),  # day 60 is a Saturday
        # The notice named 2026-06-12: presumed after 21 days, 14 to pay. Not before a day off.
        ("suspension", date(2026, 6, 15)),
    ]
    order = queries.order_list(session)[0]
    assert (order.kind, order.status) == ("suspension", "created")


def test_messages_carry_exactly_what_their_templates_declare(session: Session) -> None:
    payer = make_payer(session, 1)
    issue(session, payer, "1250.50", on=date(2026, 3, 20), due=DUE)
    _point(session, payer)
    _nights(session, payer.id, *TO_NOTICE, "06-08")

    rows = session.execute(
        text("""select m.key, m.channel, m.variables, m.refs, t.variables as declared, v.subject, v.body
                  from operational.messages m join operational.message_templates t on t.code = m.template_code
                  join operational.message_template_versions v
                    on v.id = operational.active_message_version(m.template_code, m.channel, m.language)
                 order by m.id""")
    ).all()

    assert [row.channel for row in rows] == ["ebok", "ebok", "letter", "letter", "letter", "letter"]
    for row in rows:
        needed = {name for name, kind in row.declared.items() if not kind.endswith("?")}
        assert needed <= set(row.variables) <= set(row.declared), row.key
        written = texts.render(
            subject=row.subject, body=row.body, declared=row.declared,
            values=dict.fromkeys(texts.COMMON, "x") | row.variables, language="pl",
        )  # fmt: skip
        assert "1250,50" in (written.subject + written.body).replace("\N{NO-BREAK SPACE}", "").replace(
            " ", ""
        )
    notice = next(row for row in rows if row.refs["step"] == "notice")
    assert notice.refs["is_registered"] == "true"
    assert notice.variables["suspend_from"] == "2026-06-13"
    assert notice.variables["supply_point"].startswith("59000000")


def test_a_paid_debt_closes_its_case_and_nothing_more_fires(session: Session) -> None:
    payer = make_payer(session, 1)
    document = issue(session, payer, "250.00", on=date(2026, 3, 20), due=DUE)
    _nights(session, payer.id, "04-10", "04-17")
    _settle(session, payer, document, "250.00", date(2026, 4, 20))

    _nights(session, payer.id, "04-28", "05-08", "06-30")

    assert [step for step, _day in _steps(session, payer.id)] == ["soft", "demand_1"]
    assert queries.cases(session, as_of=date(2026, 6, 30)) == []


def test_later_debts_start_a_case_of_their_own_when_the_first_one_is_paid(session: Session) -> None:
    payer = make_payer(session, 1)
    first = issue(session, payer, "250.00", on=date(2026, 3, 20), due=DUE)
    _nights(session, payer.id, *TO_NOTICE)
    issue(session, payer, "300.00", on=date(2026, 4, 20), due=date(2026, 5, 11))
    _settle(session, payer, first, "250.00", date(2026, 5, 18))

    _nights(session, payer.id, "05-14")

    assert _steps(session, payer.id)[5:] == [("soft", date(2026, 5, 14))]
    stages = session.execute(
        text("select case_no, stage from operational.dunning_cases order by case_no")
    ).all()
    assert [tuple(row) for row in stages] == [(1, "CLOSED"), (2, "REMIND")]


def test_small_sums_and_unused_credits_are_left_alone(session: Session) -> None:
    small, rich = make_payer(session, 1), make_payer(session, 2)
    issue(session, small, "9.99", on=date(2026, 3, 20), due=DUE)
    issue(session, rich, "250.00", on=date(2026, 3, 20), due=DUE)
    pay(session, rich, Decimal("245.00"), day=date(2026, 4, 1))  # type: ignore[arg-type]

    for payer in (small, rich):
        _nights(session, payer.id, "04-02", "04-17", "06-08")

    assert _steps(session, small.id) == _steps(session, rich.id) == []


@pytest.mark.parametrize(
    "protect",
    [
        lambda s, p, i: operations.open_dispute(s, open_item_id=i, reason="amount", note="", as_of=APRIL),
        lambda s, p, i: operations.place_hold(
            s, customer_id=p, reason="other", held_until=date(2026, 9, 1), as_of=APRIL, may_be_long=True
        ),
        lambda s, p, i: operations.record_protection(
            s, customer_id=p, kind="deceased", basis="act", valid_from=date(2026, 4, 1), valid_to=None,
            as_of=date(2026, 4, 1),
        ),
        lambda s, p, i: s.execute(
            text("""with plan as (
                      insert into operational.instalment_agreements (number, customer_id, kind, agreed_on,
                        interest_rule,
                        missed_allowed, amount) values ('R/1', :p, 'instalments', '2026-04-01', 'none', 2,
                          250)
                      returning id)
                    insert into operational.instalment_items (agreement_id, open_item_id, amount)
                    select id, :i, 250 from plan"""),
            {"p": p, "i": i},
        ),
    ],
    ids=["disputed", "held", "deceased", "in instalments"],
)  # fmt: skip
def test_a_protected_debt_has_no_step(
    session: Session, protect: Callable[[Session, int, int], object]
) -> None:
    payer = make_payer(session, 1)
    document = issue(session, payer, "250.00", on=date(2026, 3, 20), due=DUE)
    protect(session, payer.id, _item(session, document))

    _nights(session, payer.id, "04-02", "04-17", "06-08")

    assert _steps(session, payer.id) == []


def test_the_order_waits_for_the_end_of_winter_and_is_withdrawn_when_the_debt_is_paid(
    session: Session,
) -> None:
    payer, due = make_payer(session, 1), date(2025, 10, 7)
    document = issue(session, payer, "400.00", on=date(2025, 9, 20), due=due)
    _point(session, payer)
    operations.record_protection(
        session, customer_id=payer.id, kind="vulnerable", basis="1/2025", valid_from=date(2025, 1, 1),
        valid_to=None, as_of=due,
    )  # fmt: skip

    _nights(session, payer.id, "2025-10-10", "2025-10-17", "2025-10-28", "2025-11-07", "2026-01-07", "04-01")

    days = dict(_steps(session, payer.id))
    assert days["suspension"] == date(2026, 4, 1)  # the first day after 31 March
    _settle(session, payer, document, "400.00", date(2026, 4, 1))
    act(session, customer_ids=[payer.id], as_of=date(2026, 4, 2))
    assert [order.status for order in queries.order_list(session)] == ["withdrawn"]


def test_an_order_that_was_carried_out_is_followed_by_a_resumption(session: Session) -> None:
    payer = make_payer(session, 1)
    document = issue(session, payer, "400.00", on=date(2026, 3, 20), due=DUE)
    _point(session, payer)
    _nights(session, payer.id, *TO_NOTICE, "06-15")
    order = queries.order_list(session)[0]
    sent = operations.export_orders(session, dso_code=order.dso_code, as_of=date(2026, 6, 15))
    assert sent is not None and sent.orders == 1
    order = queries.order_list(session)[0]
    operations.record_outcome(
        session,
        public_id=order.public_id,
        outcome="done",
        row_version=order.row_version,
        as_of=date(2026, 6, 18),
    )
    assert queries.funnel(session, as_of=date(2026, 6, 18))[0].stage == "SUSPENDED"
    _settle(session, payer, document, "400.00", date(2026, 6, 19))

    operations.recheck(session, customer_ids=[payer.id], as_of=date(2026, 6, 19))

    assert [(found.kind, found.status) for found in queries.order_list(session)] == [
        ("resumption", "created"),
        ("suspension", "done"),
    ]
    content = queries.order_file(session, public_id=sent.public_id).content.decode("utf-8-sig")
    assert content.splitlines()[1].split(";")[1] == "suspension"


def test_a_returned_notice_never_counts_as_delivered(session: Session) -> None:
    payer = make_payer(session, 1)
    issue(session, payer, "400.00", on=date(2026, 3, 20), due=DUE)
    _point(session, payer)
    _nights(session, payer.id, *TO_NOTICE)
    action = next(row.action_id for row in queries.case_plan(session, case_id=1) if row.step_code == "notice")
    operations.record_delivery(
        session, action_id=action, outcome="returned", delivered_on=None, as_of=date(2026, 5, 20)
    )

    _nights(session, payer.id, "06-15", "07-29")

    assert "suspension" not in dict(_steps(session, payer.id))


def test_steps_left_to_a_person_fire_by_hand_only_when_their_day_has_come(session: Session) -> None:
    payer = make_payer(session, 1)
    issue(session, payer, "400.00", on=date(2026, 3, 20), due=DUE)
    _nights(session, payer.id, *TO_NOTICE)
    with pytest.raises(DunningError, match="cannot fire today"):
        fire_by_hand(
            session, public_id=_case(session, payer), step_code="termination", as_of=date(2026, 6, 1)
        )
    _nights(session, payer.id, "06-09")

    done = fire_by_hand(
        session, public_id=_case(session, payer), step_code="termination", as_of=DUE + timedelta(days=93)
    )

    assert done.steps == {"termination": 1}


def test_a_hold_above_the_limit_needs_another_permission_and_every_hold_an_end(session: Session) -> None:
    payer, today = make_payer(session, 1), date(2026, 4, 1)
    with pytest.raises(DunningError, match="another permission"):
        operations.place_hold(
            session, customer_id=payer.id, reason="other", held_until=date(2026, 6, 1), as_of=today
        )
    with pytest.raises(DunningError, match="needs an end"):
        operations.place_hold(session, customer_id=payer.id, reason="other", held_until=today, as_of=today)


def test_the_court_package_adds_up_and_its_index_names_every_file(session: Session) -> None:
    import csv
    import hashlib
    import io
    import zipfile

    payer = make_payer(session, 1)
    session.execute(
        text("update operational.customers set customer_number = 'F1' where id = :c"), {"c": payer.id}
    )
    session.execute(
        text("""insert into operational.document_renditions (document_id, format, content, content_sha256)
                values (:d, 'pdf', '%PDF-test', '\\x00')"""),
        {"d": issue(session, payer, "1000.00", on=date(2026, 3, 20), due=DUE)},
    )
    _nights(session, payer.id, "04-10", "04-17")

    package = operations.court_package(session, public_id=_case(session, payer), as_of=date(2026, 5, 7))

    # 30 days from 8 April at 9.25 % of 1000 zl: 1000 * 0.0925 * 30 / 365 = 7.60
    assert (package.principal, package.interest) == (Decimal("1000.00"), Decimal("7.60"))
    archive = zipfile.ZipFile(io.BytesIO(package.content))
    index = list(csv.reader(io.StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";"))
    listed = {row[0]: row[2] for row in index if row[0] in archive.namelist()}
    assert set(listed) == set(archive.namelist()) - {"index.csv"}
    assert all(hashlib.sha256(archive.read(name)).hexdigest() == digest for name, digest in listed.items())


def test_morning_of_the_night_is_the_date_of_its_messages(session: Session) -> None:
    payer = make_payer(session, 1)
    issue(session, payer, "250.00", on=date(2026, 3, 20), due=DUE)
    _nights(session, payer.id, "04-10")

    made: datetime = session.execute(text("select created_at from operational.messages")).scalar_one()

    assert made == start_of_day(date(2026, 4, 10)) + timedelta(hours=6)
