"""Papers of changes: the amendment to sign, the protocol of an assignment, confirmations and notices."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.changes import amending
from operational.documents.papers.operations import Paper, fill
from operational.kernel.rows import one, rows
from operational.messaging.operations import Attachment, NewMessage, queue_messages

# What changed, in the words of the paper. The app has its own words for the screens.
_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "price_list": ("Cennik", "Price list"),
    "payment_term_days": ("Termin płatności (dni)", "Payment term (days)"),
    "cycle_months": ("Okres rozliczeniowy (miesiące)", "Billing cycle (months)"),
    "invoicing_rule": ("Sposób fakturowania", "Invoicing"),
    "invoice_channel": ("Sposób doręczania faktur", "Delivery of invoices"),
    "ends_on": ("Umowa na czas określony do", "Fixed term until"),
    "period_months": ("Czas umowy (miesiące)", "Term (months)"),
    "continuation": ("Po upływie czasu umowy", "After the fixed term"),
    "tariff_group": ("Grupa taryfowa", "Tariff group"),
    "contracted_power_kw": ("Moc umowna (kW)", "Contracted power (kW)"),
    "phases": ("Liczba faz", "Phases"),
    "component": ("Rabat lub usługa", "Discount or service"),
}
_VALUES: Final[Mapping[str, tuple[str, str]]] = {
    "per_supply_point": ("osobno dla punktu", "one for each point"),
    "per_contract": ("jedna dla umowy", "one for the contract"),
    "per_customer": ("jedna dla klienta", "one for the customer"),
    "ebok": ("portal EBOK", "customer portal"),
    "email": ("e-mail", "e-mail"),
    "letter": ("list", "letter"),
    "indefinite": ("czas nieoznaczony", "indefinite"),
    "prolong": ("przedłużenie", "prolonged"),
    "end": ("zakończenie", "ends"),
    "customer": ("klient", "the customer"),
    "seller": ("sprzedawca", "the seller"),
    "agreement": ("porozumienie stron", "both by agreement"),
    "": ("–", "–"),
}
_POINTS: Final = """
  select distinct p.code, a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end
    || ', ' || a.postal_code || ' ' || a.city as address
  from operational.contract_supply_points k join operational.supply_points p on p.id = k.supply_point_id
  join operational.addresses a on a.id = p.address_id
  where k.contract_id = :contract and k.superseded_at is null order by p.code"""


def _word(words: Mapping[str, tuple[str, str]], code: str, language: str) -> str:
    found = words.get(code)
    return code if found is None else found[language == "en"]


def _points(session: Session, contract_id: int) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in rows(session, _POINTS, {"contract": contract_id})]


def amendment_paper(session: Session, *, public_id: str, row_version: int, as_of: date) -> Paper:
    """Make the PDF of an amendment that waits for its signature, and note it there. The caller commits."""
    amendment = amending.locked(session, public_id=public_id, row_version=row_version)
    head = one(
        session,
        "select c.number, c.signed_on, u.language, u.id as customer_id from operational.contracts c "
        "join operational.customers u on u.id = c.customer_id where c.id = :id",
        {"id": amendment.contract_id},
    )
    changes = [
        {
            "what": " ".join(filter(None, (_word(_FIELDS, row["field"], head.language), row["subject"]))),
            "before": _word(_VALUES, row["before"], head.language),
            "after": _word(_VALUES, row["after"], head.language),
        }
        for row in amendment.diff
    ]
    values: dict[str, object] = {
        "amendment.number": amendment.number,
        "amendment.effective_from": amendment.effective_on,
        "amendment.reason": amendment.reason or None,
        "contract.number": head.number,
        "contract.signed_on": head.signed_on,
        "changes": changes,
        "points": _points(session, amendment.contract_id),
        "amendment.yearly_effect": None
        if amendment.yearly_after is None
        else amendment.yearly_after - amendment.yearly_before,
    }
    paper = fill(
        session, template="amendment", language=head.language, values=values, customer_id=head.customer_id,
        subject_kind="amendment", subject_id=amendment.id, title=amendment.number, as_of=as_of,
    )  # fmt: skip
    amending.mark_sent(session, amendment_id=amendment.id, paper_id=paper.id, paper_public_id=paper.public_id)
    return paper


_PARTY: Final = """
  select c.id, c.name, c.customer_number as number, c.language, a.street || ' ' || a.building
    || case a.flat when '' then '' else '/' || a.flat end || ', ' || a.postal_code || ' ' || a.city as address
  from operational.customers c join operational.addresses a on a.id = c.address_id where c.id = :id"""


def assignment_papers(session: Session, *, public_id: str, as_of: date) -> tuple[Paper, Paper]:
    """Make the protocol of an assignment and the notice to the distributor; return both."""
    found = one(
        session,
        "select a.*, c.number as contract_number from operational.assignments a "
        "join operational.contracts c on c.id = a.contract_id where a.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    leaves = one(session, _PARTY, {"id": found.from_customer_id})
    takes = one(session, _PARTY, {"id": found.to_customer_id})
    values: dict[str, object] = {
        "assignment.number": found.number, "assignment.date": found.assigned_on,
        "contract.number": found.contract_number,
        "from.name": leaves.name, "from.number": leaves.number, "from.address": leaves.address,
        "to.name": takes.name, "to.number": takes.number, "to.address": takes.address,
        "points": _points(session, found.contract_id), "readings": _readings(session, found),
    }  # fmt: skip
    made = [
        fill(
            session, template=template, language=takes.language, values=values,
            customer_id=found.to_customer_id, subject_kind="assignment", subject_id=found.id,
            title=found.number, as_of=as_of,
        )
        for template in ("assignment_protocol", "assignment_notice_to_dso")
    ]  # fmt: skip
    session.execute(
        text(
            "update operational.assignments set protocol_public_id = :protocol, notice_public_id = :notice, "
            "row_version = row_version + 1 where id = :id"
        ),
        {"protocol": made[0].public_id, "notice": made[1].public_id, "id": found.id},
    )
    return made[0], made[1]


def _readings(session: Session, found: Any) -> list[dict[str, Any]]:
    known = rows(
        session,
        "select r.id, p.code as point, m.serial as meter, r.zone_code as zone, r.unit "
        "from operational.registers r join operational.meters m on m.id = r.meter_id "
        "join operational.meter_installations i on i.meter_id = m.id and i.superseded_at is null "
        "join operational.supply_points p on p.id = i.supply_point_id "
        "where r.id = any(:ids) and i.valid_from < :on and (i.valid_to is null or i.valid_to >= :on) "
        "order by p.code, r.zone_code",
        {"ids": [int(key) for key in found.readings], "on": found.assigned_on},
    )
    return [{**row._mapping, "value": found.readings[str(row.id)]} for row in known]


def termination_paper(session: Session, *, public_id: str, as_of: date) -> Paper:
    """Make the confirmation of a termination and note it there. The caller commits."""
    found = one(
        session,
        "select t.*, c.number as contract_number, u.language from operational.terminations t "
        "join operational.contracts c on c.id = t.contract_id "
        "join operational.customers u on u.id = t.customer_id where t.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    values: dict[str, object] = {
        "contract.number": found.contract_number, "termination.received_on": found.notice_on,
        "termination.end_date": found.ends_on, "termination.reason": found.reason or None,
        "termination.by": _word(_VALUES, found.given_by, found.language),
        "penalty.amount": found.penalty_amount or None,
        "points": _points(session, found.contract_id),
    }  # fmt: skip
    paper = fill(
        session, template="termination_confirmation", language=found.language, values=values,
        customer_id=found.customer_id, subject_kind="termination", subject_id=found.id, title=found.number,
        as_of=as_of,
    )  # fmt: skip
    session.execute(
        text("update operational.terminations set paper_public_id = :paper where id = :id"),
        {"paper": paper.public_id, "id": found.id},
    )
    return paper


_TO_TELL: Final = """
  select i.contract_id, i.price_list_id, i.yearly_effect, c.number, c.customer_id, u.language, x.id,
    x.number as indexation, x.effective_on, x.reason, t.price_list_id as new_price_list_id,
    l.name as product, 'indexation:' || x.number || ':' || c.id as key
  from operational.indexations x join operational.indexation_items i on i.indexation_id = x.id
    and i.skip_reason = ''
  join operational.contracts c on c.id = i.contract_id join operational.customers u on u.id = c.customer_id
  join operational.contract_terms t on t.contract_id = c.id and t.superseded_at is null
    and t.valid_from <= x.effective_on and (t.valid_to is null or t.valid_to > x.effective_on)
  join operational.price_lists l on l.id = t.price_list_id
  where x.state = 'applied' and not exists (select from operational.messages m
    where m.key = 'indexation:' || x.number || ':' || c.id)
  order by x.effective_on, c.id limit :limit"""
_PRICES: Final = """
  select case :language when 'en' then h.name_en else h.name_pl end as name, b.zone_code as zone,
    b.price as before, a.price as after, b.unit
  from operational.price_list_items b join operational.charges h on h.code = b.charge_code
  left join operational.price_list_items a on a.price_list_id = :new and a.superseded_at is null
    and a.charge_code = b.charge_code and a.zone_code = b.zone_code and a.tariff_group = b.tariff_group
    and a.valid_from <= :on and (a.valid_to is null or a.valid_to > :on)
  where b.price_list_id = :old and b.superseded_at is null and b.valid_from < :on
    and (b.valid_to is null or b.valid_to >= :on) and b.tariff_group in ('', coalesce((
      select s.tariff_group from operational.contract_supply_points k
      join operational.supply_point_terms s on s.supply_point_id = k.supply_point_id
        and s.superseded_at is null and s.valid_from <= :on
      where k.contract_id = :contract and k.superseded_at is null order by s.valid_from desc limit 1), ''))
  order by h.sort_order, b.tariff_group, b.zone_code"""


def send_price_notices(session: Session, *, as_of: datetime, today: date, limit: int = 500) -> int:
    """Make the notices of applied indexations that were not sent yet and queue them; return how many.

    Each contract of an indexation is told once (the key of its message). The caller commits.
    """
    found = rows(session, _TO_TELL, {"limit": limit})
    messages = []
    for row in found:
        prices = rows(
            session,
            _PRICES,
            {
                "language": row.language, "old": row.price_list_id, "new": row.new_price_list_id,
                "on": row.effective_on, "contract": row.contract_id,
            },
        )  # fmt: skip
        paper = fill(
            session, template="price_change_notice", language=row.language,
            values={
                "contract.number": row.number, "change.effective_from": row.effective_on,
                "change.reason": row.reason or None,
                "change.terminate_by": row.effective_on - timedelta(days=1),
                "prices": [dict(price._mapping) for price in prices],
            },
            customer_id=row.customer_id, subject_kind="contract", subject_id=row.contract_id,
            title=f"{row.indexation}, {row.number}", as_of=today,
        )  # fmt: skip
        messages.append(
            NewMessage(
                key=row.key,
                customer_id=row.customer_id,
                template="contract.price_change",
                variables={
                    "contract_number": row.number,
                    "effective_on": row.effective_on,
                    "product": row.product,
                },
                references={"contract": row.contract_id, "indexation": row.id},
                attachments=(Attachment(f"{row.number.replace('/', '-')}.pdf", paper.pdf),),
            )
        )
    if messages:
        queue_messages(session, messages=messages, as_of=as_of)
    return len(messages)
