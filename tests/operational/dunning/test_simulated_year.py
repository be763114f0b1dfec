"""A year of payers of every kind, night by night, and an independent look at the log of what fired."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.dunning import operations
from operational.dunning.night import run_night
from operational.finance.operations import allocate
from operational.kernel import db
from operational.kernel.calendar import add_months, effective_due_date, start_of_day
from operational.messaging.operations import deliver_outbox
from orchestration.simulator.smsapi import Answer, Provider
from tests.factories.finance import Payer, issue, make_payers
from tests.operational.messaging.conftest import Inbox

FIRST, NIGHTS, SEED = date(2025, 9, 1), 365, 20_260
KINDS = (
    "on_time", "late", "partial", "never", "returned", "disputed", "instalments", "vulnerable", "held",
    "keeps_plan", "over", "small", "overtaking",
)  # fmt: skip
# Every second payer of a kind; how a payer is reached differs too, so that every channel is used.
_REACHED = """
  update operational.customers set email = case when id % 3 <> 0 then 'payer' || id || '@example.com' end,
         phone = case when id % 2 = 0 then '+48 600 100 ' || 200 + id end,
         kind = case when id = any(:businesses) then 'business' else kind end,
         nip = case when id = any(:businesses) then '5260001246' end"""


@dataclass
class Actor:
    """A payer with a habit."""

    kind: str
    payer: Payer
    amount: Decimal


def _pay(session: Session, actor: Actor, amount: Decimal, day: date, document: int) -> int:
    """Book a payment as the bank import does: ledger, open item, allocation of the oldest debt first."""
    row = session.execute(
        text("""
          with paid as (
            insert into operational.payments (idempotency_key, amount, booked_on, customer_id, matched_by)
            values ('year:' || :c || ':' || :day || ':' || :document, :amount, :day, :c, 'virtual_account')
            returning id),
          moved as (
            insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
              business_date,
              customer_id, payment_id, idempotency_key)
            select 'bank', 'receivable', :amount, 'payment', :day, :c, id, 'year:' || id from paid)
          insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date)
          select :c, id, -:amount, :day, :day from paid returning id"""),
        {"c": actor.payer.id, "amount": amount, "day": day, "document": document},
    ).one()
    allocate(session, customer_ids=[actor.payer.id], as_of=start_of_day(day))
    return int(row.id)


def _take_back(session: Session, credit: int, day: date) -> None:
    """Return a transfer: its allocations are undone, the item is offset by one with the opposite sign."""
    given = {"item": credit, "day": day}
    session.execute(
        text("""insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
                  business_date, rule, idempotency_key)
                select customer_id, debt_item_id, credit_item_id, -sum(amount), :day, 'undone',
                  'undo:' || :item || debt_item_id
                from operational.allocations where credit_item_id = :item
                group by customer_id, debt_item_id, credit_item_id"""),
        given,
    )
    session.execute(
        text("""with back as (
                  insert into operational.open_items (customer_id, payment_id, amount, business_date,
                    due_date,
                    version_no, reverses_id)
                  select customer_id, payment_id, -amount, :day, :day, 2, id from operational.open_items
                  where id = :item returning id, customer_id, amount)
                insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
                  business_date, rule, idempotency_key)
                select customer_id, id, :item, amount, :day, 'reversal', 'back:' || id from back"""),
        given,
    )


class Year:
    """The world around the nights: invoices every month, payments by habit, complaints, plans, holds."""

    def __init__(self, session: Session) -> None:
        self.chance = random.Random(SEED)
        payers = make_payers(session, range(1, 1 + 2 * len(KINDS)))
        businesses = [payer.id for payer in payers[len(KINDS) : len(KINDS) + 4]]
        session.execute(text(_REACHED), {"businesses": businesses})
        self.actors = [
            Actor(KINDS[at % len(KINDS)], payer, Decimal(self.chance.randint(9, 400)) + Decimal("0.37"))
            for at, payer in enumerate(payers)
        ]
        self.between: list[tuple[Actor, int]] = []
        self.plan: dict[date, list[tuple[str, Actor, int]]] = {}
        for actor in self.actors:
            if actor.kind == "small":
                actor.amount = Decimal("0.45")
            if actor.kind == "vulnerable":
                operations.record_protection(
                    session, customer_id=actor.payer.id, kind="vulnerable", basis="decision",
                    valid_from=FIRST, valid_to=None, as_of=FIRST,
                )  # fmt: skip

    def later(self, day: date, what: str, actor: Actor, number: int) -> None:
        self.plan.setdefault(day, []).append((what, actor, number))

    def morning(self, session: Session, day: date) -> None:
        """Do everything that happens before the night of a day."""
        if day.day == 5:
            for actor in self.actors:
                due = day + timedelta(days=14)
                number = issue(session, actor.payer, actor.amount, on=day, due=due)
                if actor.kind == "over":  # what was paid too much settles the next bill, as at its issue
                    allocate(session, customer_ids=[actor.payer.id], as_of=start_of_day(day))
                self._habit(actor, number, effective_due_date(due))
        for what, actor, number in self.plan.pop(day, []):
            getattr(self, f"_{what}")(session, actor, number, day)

    def _habit(self, actor: Actor, document: int, due: date) -> None:
        late = timedelta(days=self.chance.randint(5, 75))
        match actor.kind:
            case "on_time":
                self.later(due - timedelta(days=self.chance.randint(0, 9)), "pays", actor, document)
            case "late" | "vulnerable" | "held":
                self.later(due + late, "pays", actor, document)
            case "over":
                self.later(due + late, "pays_too_much", actor, document)
            case "overtaking":
                self.later(
                    due + timedelta(days=self.chance.choice((3, 10, 21))), "overtakes", actor, document
                )
            case "keeps_plan":
                self.later(due + timedelta(days=8), "agrees_and_keeps", actor, document)
            case "partial":
                self.later(due + late, "pays_half", actor, document)
            case "returned":
                self.later(due, "pays_and_takes_back", actor, document)
            case "disputed":
                self.later(due + timedelta(days=2), "disputes", actor, document)
            case "instalments":
                self.later(due + timedelta(days=8), "agrees", actor, document)
        if actor.kind == "held" and due.month % 3 == 0:
            self.later(due + timedelta(days=12), "is_held", actor, document)

    def _pays(self, session: Session, actor: Actor, document: int, day: date) -> None:
        _pay(session, actor, actor.amount, day, document)

    def _pays_too_much(self, session: Session, actor: Actor, document: int, day: date) -> None:
        _pay(session, actor, actor.amount + Decimal("7.00"), day, document)

    def _overtakes(self, _session: Session, actor: Actor, document: int, _day: date) -> None:
        self.between.append((actor, document))

    def _agrees_and_keeps(self, session: Session, actor: Actor, document: int, day: date) -> None:
        self._plan(session, actor, document, day)
        self.later(day + timedelta(days=40), "pays", actor, document)

    def between_night_and_post(self, session: Session, day: date) -> None:
        """Let the payments come that overtake a message on its way; the bank dates them to the next day."""
        for actor, document in self.between:
            _pay(session, actor, actor.amount, day + timedelta(days=1), document)
        self.between.clear()

    def _pays_half(self, session: Session, actor: Actor, document: int, day: date) -> None:
        _pay(session, actor, (actor.amount / 2).quantize(Decimal("0.01")), day, document)

    def _pays_and_takes_back(self, session: Session, actor: Actor, document: int, day: date) -> None:
        credit = _pay(session, actor, actor.amount, day, document)
        self.later(day + timedelta(days=3), "takes_back", actor, credit)
        self.later(day + timedelta(days=60), "pays", actor, document)

    def _takes_back(self, session: Session, _actor: Actor, credit: int, day: date) -> None:
        _take_back(session, credit, day)

    def _disputes(self, session: Session, actor: Actor, document: int, day: date) -> None:
        item = _item(session, document)
        operations.open_dispute(session, open_item_id=item, reason="amount", note="", as_of=day)
        self.later(day + timedelta(days=self.chance.randint(20, 90)), "is_answered", actor, item)

    def _is_answered(self, session: Session, _actor: Actor, item: int, day: date) -> None:
        found = session.execute(
            text(
                "select public_id::text from operational.document_disputes"
                " where open_item_id = :i and closed_on is null"
            ),
            {"i": item},
        ).scalar_one()
        operations.close_dispute(session, public_id=found, resolution="rejected", as_of=day)

    def _agrees(self, session: Session, actor: Actor, document: int, day: date) -> None:
        self._plan(session, actor, document, day)
        self.later(day + timedelta(days=70), "breaks", actor, document)

    def _plan(self, session: Session, actor: Actor, document: int, day: date) -> None:
        session.execute(
            text("""with plan as (
                      insert into operational.instalment_agreements (number, customer_id, kind, agreed_on,
                        interest_rule, missed_allowed, amount)
                      values ('R/' || :d, :c, 'instalments', :day, 'none', 2, :amount) returning id)
                    insert into operational.instalment_items (agreement_id, open_item_id, amount)
                    select id, :i, :amount from plan"""),
            {
                "d": document,
                "c": actor.payer.id,
                "day": day,
                "amount": actor.amount,
                "i": _item(session, document),
            },
        )

    def _breaks(self, session: Session, _actor: Actor, document: int, day: date) -> None:
        session.execute(
            text("""insert into operational.instalment_events (agreement_id, kind, happened_on)
                    select id, 'breached', :day from operational.instalment_agreements
                      where number = 'R/' || :d"""),
            {"day": day, "d": document},
        )

    def _is_held(self, session: Session, actor: Actor, _document: int, day: date) -> None:
        operations.place_hold(
            session,
            customer_id=actor.payer.id,
            reason="agreement",
            held_until=day + timedelta(days=25),
            as_of=day,
        )


def _item(session: Session, document: int) -> int:
    return int(
        session.execute(
            text("select id from operational.open_items where document_id = :d"), {"d": document}
        ).scalar_one()
    )


# Written without a look at the engine: from the facts and the log alone, day by day as they were.
_WRONG = {
    "paid": """select * from log l join operational.open_items i on i.id = l.open_item_id
      where l.open_amount <> i.amount - (select coalesce(sum(a.amount), 0) from operational.allocations a
              where a.debt_item_id = i.id and a.business_date <= l.fired_on)
         or l.open_amount <= 0""",
    "held": """select * from log l join operational.dunning_holds h on h.customer_id = l.customer_id
      where h.held_from <= l.fired_on and l.fired_on < h.held_until""",
    "disputed": """select * from log l join operational.document_disputes d on d.open_item_id = l.open_item_id
      where d.opened_on <= l.fired_on and (d.closed_on is null or l.fired_on < d.closed_on)""",
    "supply of a complaining payer": """select * from log l join operational.document_disputes d
      on d.customer_id = l.customer_id
      where l.kind in ('suspension_notice', 'suspension_order') and d.opened_on <= l.fired_on
        and (d.closed_on is null or l.fired_on < d.closed_on)""",
    "in instalments": """select * from log l join operational.instalment_items t
      on t.open_item_id = l.open_item_id
      join operational.instalment_agreements g on g.id = t.agreement_id
      left join operational.instalment_events e on e.agreement_id = g.id
      where g.agreed_on <= l.fired_on and (e.happened_on is null or l.fired_on < e.happened_on)""",
    "protected in winter": """select * from log l join operational.customer_protections p
      on p.customer_id = l.customer_id
      where l.kind = 'suspension_order' and p.kind = 'vulnerable' and p.valid_from <= l.fired_on
        and (extract(month from l.fired_on) in (11, 12, 1, 2, 3))""",
    "not due": "select * from log l where l.kind <> 'reminder' and l.fired_on <= l.due_date",
    "supply before 30 days": """select * from log l where l.kind in ('suspension_notice', 'suspension_order')
        and l.fired_on - l.due_date < 30""",
    "order before the notice expired": """select * from log l where l.kind = 'suspension_order'
      and not exists (
        select from log n where n.kind = 'suspension_notice' and n.open_item_id = l.open_item_id
          and n.case_id = l.case_id
          and n.fired_on + 14 < l.fired_on and n.pay_by < l.fired_on)""",
    "order before a day off": """select * from log l where l.kind = 'suspension_order'
      and (extract(isodow from l.fired_on) >= 5
        or exists (select from operational.holidays h where h.day in (l.fired_on, l.fired_on + 1)))""",
    "twice": """select l.open_item_id from log l group by l.open_item_id, l.step_code,
      l.case_id having count(*) > 1""",
    "two steps of a case in a night": """select l.case_id from log l where l.case_id is not null
        group by l.case_id, l.fired_on having count(distinct l.step_code) > 1""",
}
_LOG = """with log as (select a.customer_id, a.case_id, a.fired_on, a.pay_by, s.step_code, s.kind,
  x.open_item_id, x.open_amount, x.due_date
  from operational.dunning_actions a join operational.dunning_steps s on s.id = a.step_id
  join operational.dunning_action_items x on x.action_id = a.id)"""


# Of messages: each has one way out that took it, the case stands where its last step put it, and nothing is
# left behind.
_WRONG_MESSAGES = {
    "step without a message": """select a.id from operational.dunning_actions a
      where a.message_key is not null
        and not exists (select from operational.messages m where m.key = a.message_key)""",
    "not finished": """select status, channel, last_error from operational.messages where status not in
      ('sent', 'delivered', 'replaced', 'cancelled')""",
    "went out twice": """select split_part(key, '>', 1) from operational.messages
      where status in ('sent', 'delivered') group by 1 having count(*) > 1""",
    "sent though paid": """select m.id from operational.messages m
      join operational.dunning_action_items x on x.action_id = (m.refs ->> 'action_id')::bigint
      join operational.open_items i on i.id = x.open_item_id
      where m.status in ('sent', 'delivered')
      group by m.id having bool_and(i.amount <= (select coalesce(sum(a.amount), 0)
        from operational.allocations a where a.debt_item_id = i.id
          and a.business_date - (a.customer_id = any(:overtaking))::integer
            <= (m.sent_at at time zone 'Europe/Warsaw')::date))""",
    "letter printed twice": """select message_id from operational.letter_batch_items group by 1
      having count(*) > 1""",
    "letter not printed": """select m.id from operational.messages m where m.channel = 'letter'
      and m.status = 'sent' and not exists (select from operational.letter_batch_items i
        where i.message_id = m.id)""",
    "stage": """select c.id from operational.dunning_cases c
      join lateral (select s.stage from operational.dunning_actions a
        join operational.dunning_steps s on s.id = a.step_id where a.case_id = c.id
        order by a.fired_on desc, a.id desc limit 1) l on true
      where c.closed_on is null and c.stage <> l.stage""",
    "closed unpaid": """select c.id from operational.dunning_cases c
      join operational.dunning_action_items x on x.case_id = c.id
      join operational.open_items i on i.id = x.open_item_id
      where c.closed_on is not null and i.amount > (select coalesce(sum(a.amount), 0)
        from operational.allocations a where a.debt_item_id = i.id and a.business_date <= c.closed_on)
      and not exists (select from operational.allocations a where a.debt_item_id = i.id
        and a.business_date > c.closed_on)""",
}


def _night(factory: sessionmaker[Session], night: int, day: date) -> None:
    """Run a night; some are repeated, some run twice at once."""
    run_night(session_factory=factory, as_of=day)
    if night % 40 == 11:
        with ThreadPoolExecutor(2) as pool:
            again = [pool.submit(run_night, session_factory=factory, as_of=day) for _ in range(2)]
            assert [one.result().fired for one in again] == [0, 0]


def _post(factory: sessionmaker[Session], night: int, day: date) -> None:
    """Deliver by real servers; one run in ten dies on the way and is started again."""
    moment = start_of_day(day) + timedelta(hours=8)
    if night % 10 == 7:
        left = [7]

        def dying() -> Session:
            left[0] -= 1
            if left[0] < 0:
                raise ConnectionError("killed")
            return factory()

        with suppress(ConnectionError):
            deliver_outbox(session_factory=dying, as_of=moment, with_letters=False)
    is_last = night == NIGHTS - 1
    moment += timedelta(minutes=2)
    done = deliver_outbox(session_factory=factory, as_of=moment, with_letters=night % 30 == 29 or is_last)
    if done.retried:  # what a gateway left in doubt is asked for again while it remembers
        deliver_outbox(session_factory=factory, as_of=moment + timedelta(hours=3), with_letters=False)
    if is_last:
        for hours in range(1, 60, 6):  # what the gateways put off goes out, and letters follow what came back
            deliver_outbox(session_factory=factory, as_of=moment + timedelta(hours=hours))


@pytest.mark.slow
def test_a_year_of_payers_of_every_kind_has_no_wrong_step_and_every_message_goes_out_once(
    database: str, inbox: Inbox, provider: Provider
) -> None:
    factory = db.session_factory("app", database, actor="test")
    with factory() as session, session.begin():
        year = Year(session)
    inbox.refused.add(
        f"payer{next(one.payer.id for one in year.actors if one.payer.id % 3 == 1)}@example.com"
    )
    for night in range(NIGHTS):
        day = FIRST + timedelta(days=night)
        with factory() as session, session.begin():
            year.morning(session, day)
        _night(factory, night, day)
        with factory() as session, session.begin():
            year.between_night_and_post(session, day)
        if night % 25 == 4:
            inbox.answers.append("451 4.3.0 try again later")
            answers = (Answer.SILENT_AFTER_ACCEPT, Answer.RATE_LIMIT, Answer.BROKEN, Answer.NO_POINTS)
            provider.answers.append(answers[night // 25 % 4])
        _post(factory, night, day)
    inbox.answers.clear()
    provider.answers.clear()
    _post(factory, NIGHTS - 1, FIRST + timedelta(days=NIGHTS))

    with factory() as session:
        wrong = {
            name: found
            for name, query in _WRONG.items()
            if (found := session.execute(text(f"{_LOG} {query}")).all())
        }
        fired = dict(
            session.execute(text(f"{_LOG} select step_code, count(*) from log group by step_code")).all()
        )
        overtaking = {"overtaking": [actor.payer.id for actor in year.actors if actor.kind == "overtaking"]}
        wrong |= {
            name: found
            for name, query in _WRONG_MESSAGES.items()
            if (found := session.execute(text(query), overtaking).all())
        }
        went = Counter(
            session.execute(
                text("select channel from operational.messages where status in ('sent', 'delivered')")
            ).scalars()
        )
        recalled = session.execute(
            text("select count(*) from operational.dunning_events where kind = 'message_recalled'")
        ).scalar_one()
        mails = set(
            session.execute(
                text("""select provider_reference from operational.messages
                         where channel = 'email' and status in ('sent', 'delivered')""")
            ).scalars()
        )
        sms = set(
            session.execute(
                text("""select replace(public_id::text, '-', '') from operational.messages
                         where channel = 'sms' and status in ('sent', 'delivered')""")
            ).scalars()
        )
        doubled = session.execute(
            text("""select count(*) - count(distinct message_key) from operational.dunning_actions
                     where message_key is not null""")
        ).scalar_one()
    assert wrong == {}
    assert doubled == 0
    assert Counter(str(mail["Message-ID"]) for mail in inbox.messages) == Counter(mails)
    assert Counter(one.idx for one in provider.messages) == Counter(sms)
    assert set(went) == {"email", "sms", "ebok", "letter"}
    assert recalled > 0
    assert set(fired) >= {"reminder", "soft", "demand_1", "demand_2", "notice", "suspension", "pre_court"}
    on_time = {actor.payer.id for actor in year.actors if actor.kind == "on_time"}
    with factory() as session:
        bothered = session.execute(
            text(f"{_LOG} select count(*) from log where kind <> 'reminder' and customer_id = any(:ids)"),
            {"ids": list(on_time)},
        ).scalar_one()
    assert bothered == 0
    assert add_months(FIRST, 12) == FIRST + timedelta(days=NIGHTS)


def test_a_night_that_is_killed_between_batches_ends_in_the_same_log(database: str) -> None:
    """The first try dies after one batch of three; the second one must not repeat it, nor leave anything
    out."""
    factory = db.session_factory("app", database, actor="test")
    day = date(2026, 4, 17)
    with factory() as session, session.begin():
        for payer in make_payers(session, range(1, 10)):
            issue(session, payer, "150.00", on=date(2026, 3, 20), due=date(2026, 4, 7))
    alive = [0]

    def dying() -> Session:
        alive[0] += 1
        if alive[0] == 3:  # the look at the candidates, the first batch, and now the second
            raise ConnectionError("killed")
        return factory()

    with pytest.raises(ConnectionError):
        run_night(session_factory=dying, as_of=day, batch_size=3)
    half = _logged(factory)
    run_night(session_factory=factory, as_of=day, batch_size=3)
    whole = _logged(factory)
    again = run_night(session_factory=factory, as_of=day, batch_size=4)

    assert len(half) == 6  # three cases opened, three steps
    assert len(whole) == 18 and whole[:6] == half
    assert (again.fired, again.opened, _logged(factory)) == (0, 0, whole)


def _logged(factory: object) -> list[tuple[object, ...]]:
    with factory() as session:  # type: ignore[operator]
        rows = session.execute(
            text("""select e.customer_id, e.kind, e.happened_on, e.details ->> 'step'
              from operational.dunning_events e
                     order by e.customer_id, e.id""")
        )
        return [tuple(row) for row in rows]
