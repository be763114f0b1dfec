"""Changes of supplier of the demonstration: one in every state that a clerk meets, one rejected and put
right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts.activation import request_start
from operational.crm.customers.operations import create_customer
from operational.kernel.identifiers import complete_supply_point_code
from operational.kernel.settings import get_settings
from operational.switching import losses, opening, operations, papers, remedies, reserve
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer
from operational.switching.rules import Limits

_MANDATES: Final = ("power_of_attorney", "supplier_choice", "termination_of_old")


@dataclass(frozen=True, slots=True)
class Story:
    """A signed contract and what becomes of it: answers as (days after the signature, kind, our code)."""

    name: str
    serial: int
    starts_in: int
    answers: Sequence[tuple[int, str, str]] = ()
    mandates: Sequence[str] = _MANDATES
    kind: str = "switch"


# Signed thirty days before the day of the demonstration; 30 is that day.
STORIES: Final = (
    Story("Barbara Nowak-Zmienna", 1, 70, mandates=_MANDATES[1:]),
    Story("Tomasz Oczekujący", 2, 150),
    Story("Krystyna Zgłoszona", 3, 60, ((2, "ack", ""),)),
    Story("Paweł Pomyłka", 4, 60, ((2, "ack", ""), (28, "rejected", "W/02"))),
    Story("Irena Naprawiona", 5, 45, ((1, "ack", ""), (4, "rejected", "W/02"), (12, "accepted", ""))),
    Story("Grzegorz Potwierdzony", 6, 40, ((1, "ack", ""), (3, "accepted", "")), kind="first_switch"),
    Story("Lucyna Aktywna", 7, 30, ((1, "ack", ""), (5, "accepted", ""))),
    Story("Wiktor Kolizja", 8, 50, ((1, "ack", ""), (26, "rejected", "W/05"))),
)
_DAYS: Final = 30


def tell_story(session: Session, *, as_of: date) -> None:
    """Write the changes of supplier once; a database that has such cases is left as it is."""
    if session.scalar(text("select count(*) from operational.switching_cases")):
        return
    signed = as_of - timedelta(days=_DAYS)
    for story in STORIES:
        _sign(session, story, signed)
    for passed in range(_DAYS + 1):
        told = [
            (story, kind, code) for story in STORIES for day, kind, code in story.answers if day == passed
        ]
        if told or passed in (0, _DAYS):
            _day(session, signed + timedelta(days=passed), told)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(7), tzinfo=UTC)


def _day(session: Session, day: date, told: list[tuple[Story, str, str]]) -> None:
    """Take the answers of a day, let a clerk put one rejection right, do the night."""
    limits = operations.limits_on(session, day, _moment(day))
    for story, kind, code in told:
        content = CHANNELS[_channel(session, story)].write_answers(
            "tauron", [_answer(session, story, kind, code, day)]
        )
        operations.receive_file(session, content=content, name=f"tauron-{day:%Y%m%d}.xml", limits=limits)
        if story.serial == 5:
            case = _sent(session, story).case_id
            if kind == "rejected":
                operations.resend(
                    session, case_ids=[case], note="nazwisko poprawione po rozmowie", limits=limits
                )
    _night(session, limits)


def _night(session: Session, limits: Limits) -> None:
    """Do the steps of a night in the transaction of the story."""
    opening.open_cases(session, limits=limits)
    papers.prepare(session, limits=limits)
    remedies.repair(session, limits=limits)
    losses.decide(session, limits=limits)
    operations.send(session, limits=limits)
    for file in operations.waiting_files(session):
        operations.mark_sent(session, file_id=file.id, moment=limits.moment)
    reserve.start_due(session, limits=limits)


def _code(story: Story) -> str:
    return complete_supply_point_code(f"590322{99_000_000_000 + story.serial}")


def _sent(session: Session, story: Story) -> Any:
    return session.execute(
        text("""select m.case_id, m.message_id, m.channel, m.payload ->> 'start_on' as start_on
                from operational.switching_messages m join operational.switching_cases c on c.id = m.case_id
                join operational.supply_points p on p.id = c.supply_point_id
                where p.code = :code and m.direction = 'out' order by m.id desc limit 1"""),
        {"code": _code(story)},
    ).one()


def _channel(session: Session, story: Story) -> str:
    return str(_sent(session, story).channel)


def _answer(session: Session, story: Story, kind: str, code: str, day: date) -> Answer:
    sent = _sent(session, story)
    theirs = code if sent.channel == "dso_xml" else code.replace("W/", "CS-00")
    return Answer(
        message_id=f"TD-{story.serial}-{day:%Y%m%d}", kind=kind, issued_on=day,  # type: ignore[arg-type]
        point_code=_code(story), reference=sent.message_id,
        start_on=date.fromisoformat(sent.start_on) if kind == "accepted" else None, reason=theirs,
    )  # fmt: skip


def _pesel(serial: int) -> str:
    body = f"7805{10 + serial:02d}{1234 + serial:04d}"
    check = sum(
        int(digit) * weight for digit, weight in zip(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True)
    )
    return f"{body}{-check % 10}"


def _sign(session: Session, story: Story, day: date) -> None:
    """Make a customer with a supply point, a signed contract and its open start request."""
    customer = create_customer(
        session,
        given={
            "kind": "household", "name": story.name, "pesel": _pesel(story.serial), "nip": "", "email": "",
            "phone": f"6015500{story.serial:02d}", "invoice_channel": "letter", "street": "Przejściowa",
            "building": str(story.serial), "flat": "", "postal_code": "40-001", "city": "Katowice",
        },
        bank_code=get_settings().seller_bank_code, as_of=day, may_duplicate=True,
    )  # fmt: skip
    made = session.execute(
        text("""
          with point as (
            insert into operational.supply_points (code, medium, dso_code, address_id)
            select :code, 'electricity', 'tauron', address_id from operational.customers where id = :customer
            returning id),
          terms as (
            insert into operational.supply_point_terms (supply_point_id, tariff_group, contracted_power_kw,
              annual_kwh, customer_class, valid_from, recorded_at)
            select id, 'G11', 12.5, 2100, 'household', :day, :at from point),
          contract as (
            insert into operational.contracts (number, customer_id, kind, signed_on)
            select 'U/' || to_char(cast(:day as date), 'YYYY') || '/Z' || :serial, :customer,
              'comprehensive', :day
            returning id),
          prices as (
            insert into operational.contract_terms (contract_id, price_list_id, cycle_anchor, valid_from,
              recorded_at)
            select contract.id, (select l.id from operational.price_lists l join operational.products p
              on p.id = l.product_id where p.medium = 'electricity' order by l.id limit 1),
              date_trunc('month', cast(:start as date)), :day, :at from contract),
          given as (
            insert into operational.contract_mandates (contract_id, kind, given_on, recorded_at)
            select contract.id, kind, :day, :at from contract, unnest(cast(:mandates as text[])) kind)
          select contract.id as contract_id, point.id as point_id from contract, point"""),
        {
            "code": _code(story), "customer": customer.id, "day": day, "at": _moment(day),
            "serial": story.serial, "start": day + timedelta(days=story.starts_in),
            "mandates": list(story.mandates),
        },
    ).one()  # fmt: skip
    request_start(
        session, contract_id=made.contract_id, supply_point_id=made.point_id, kind=story.kind,
        wanted_start=day + timedelta(days=story.starts_in), as_of=_moment(day),
    )  # fmt: skip
