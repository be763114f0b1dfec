"""Papers of a contract to be signed, filled from its draft and filed under the contract."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from operational.crm.contracts import defaults, points
from operational.crm.contracts.checks import party
from operational.crm.contracts.content import Content
from operational.crm.contracts.draft_store import Draft
from operational.crm.contracts.rules import SignatureChannel, StartKind, date_of
from operational.documents.papers import operations as papers
from operational.kernel.rows import one, rows

SWITCHES = (StartKind.SWITCH, StartKind.FIRST_SWITCH)
CONTRACT = "contract"


def wanted(session: Session, *, content: Content, day: date) -> list[str]:
    """Return the codes of the papers that a draft needs, in the order they are signed."""
    has_switch = any(point.get("start_kind") in SWITCHES for point in content.points)
    codes = [CONTRACT]
    if content.consents.get("power_of_attorney") == "1":
        codes.append("power_of_attorney")
    if has_switch and content.consents.get("supplier_choice") == "1":
        codes.append("supplier_choice_statement")
    if has_switch and content.consents.get("termination_of_old") == "1":
        codes.append("termination_notice_to_old_supplier")
    if _withdrawal_days(session, content, day) is not None:
        codes.append("withdrawal_form")
    return codes


def make(session: Session, *, draft: Draft, day: date) -> list[str]:
    """Fill the papers of a draft that has its number; return their codes."""
    content = draft.content
    language = str(
        one(session, "select language from operational.customers where id = :id", {"id": draft.customer_id})
        .language
    )  # fmt: skip
    values = _values(session, draft, day, language)
    codes = wanted(session, content=content, day=day)
    for code in codes:
        papers.fill(
            session, template=code, language=language, values=values, customer_id=draft.customer_id,
            subject_kind=CONTRACT, subject_id=draft.contract_id or 0, title="", as_of=day,
        )  # fmt: skip
    return codes


def _withdrawal_days(session: Session, content: Content, day: date) -> int | None:
    return defaults.withdrawal_days(
        session,
        channel=content.consents.get("signature_channel", ""),
        customer_kind=party(session, content).kind,
        on=day,
    )


def _values(session: Session, draft: Draft, day: date, language: str) -> Mapping[str, object]:
    content, terms = draft.content, draft.content.terms
    starts = [start for point in content.points if (start := date_of(point.get("wanted_start", "")))]
    begins = min(starts, default=day)
    days = _withdrawal_days(session, content, day)
    offered = one(
        session,
        "select l.name as price_list, p.name as product from operational.price_lists l"
        " join operational.products p on p.id = l.product_id where l.id = :id",
        {"id": int(content.product["price_list_id"])},
    )
    is_fixed = terms["period"] == "fixed"
    channel = content.consents.get("signature_channel", "")
    return {
        "contract": {
            "number": draft.number,
            "signed_on": day,
            "product": offered.product,
            "price_list": offered.price_list,
            "start": begins,
            "is_fixed_term": is_fixed,
            "period_months": int(terms["period_months"]) if is_fixed else None,
            "notice_months": int(terms["notice_months"]),
            "payment_days": int(terms["payment_term_days"]),
            "invoice_channel": _CHANNEL_WORDS[language].get(terms["invoice_channel"], ""),
            "is_distance": channel in (SignatureChannel.DISTANCE, SignatureChannel.OFF_PREMISES),
            "withdrawal_until": None if days is None else day + timedelta(days=days),
        },
        "points": _points(session, content, day),
        "prices": _prices(session, content, begins, language),
        "old_supplier": {"name": content.consents.get("old_supplier", "")},
        "old_contract": {"number": content.consents.get("old_contract_number", "")},
        "dso": {"name": ", ".join(sorted({row["dso"] for row in _points(session, content, day)}))},
    }


# Papers are written in the customer's language, not in that of the clerk's screen.
_CHANNEL_WORDS = {
    "pl": {"ebok": "EBOK", "email": "e-mail", "letter": "list"},
    "en": {"ebok": "EBOK", "email": "e-mail", "letter": "letter"},
}


def _points(session: Session, content: Content, day: date) -> list[dict[str, Any]]:
    facts = {
        fact.code: fact
        for fact in points.look_up(session, codes=[p.get("code", "") for p in content.points], today=day)
    }
    listed = []
    for point in content.points:
        fact = facts[point["code"]]
        typed = f"{point.get('street', '')} {point.get('building', '')}"
        flat = f"/{point['flat']}" if point.get("flat") else ""
        listed.append(
            {
                "code": point["code"],
                "address": fact.address
                or f"{typed}{flat}, {point.get('postal_code', '')} {point.get('city', '')}",
                "tariff": point.get("tariff_group", "") or fact.tariff_group,
                "dso": fact.dso_name,
                "start": date_of(point.get("wanted_start", "")),
            }
        )
    return listed


def _prices(session: Session, content: Content, begins: date, language: str) -> list[dict[str, Any]]:
    groups = sorted({point.get("tariff_group", "").strip().upper() for point in content.points})
    found = rows(
        session,
        "select case when :language = 'pl' then c.name_pl else c.name_en end as name, i.zone_code as zone, "
        "i.price,"
        " i.unit from operational.price_list_items i join operational.charges c on c.code = i.charge_code"
        " where i.price_list_id = :id and i.superseded_at is null and i.valid_from <= :day"
        " and (i.valid_to is null or i.valid_to > :day) and (i.tariff_group = '' or i.tariff_group = "
        "any(:groups))"
        " order by c.sort_order, i.tariff_group, i.zone_code",
        {
            "language": language,
            "id": int(content.product["price_list_id"]),
            "day": begins,
            "groups": groups,
        },
    )
    return [
        {"name": row.name, "zone": row.zone, "price": row.price, "unit": row.unit.replace("_", " ")}
        for row in found
    ]
