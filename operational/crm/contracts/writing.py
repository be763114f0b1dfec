"""What a signature writes: customer, supply points, contract, terms,
conditions, powers of attorney, start requests.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import activation, defaults, rules
from operational.crm.contracts.checks import party
from operational.crm.contracts.content import Content, Fields
from operational.crm.contracts.draft_store import Draft
from operational.crm.customers import consents
from operational.crm.customers.operations import create_customer
from operational.kernel.calendar import first_of_month
from operational.kernel.rows import one, rows
from operational.kernel.settings import get_settings

MANDATES = ("power_of_attorney", "supplier_choice", "termination_of_old")
CONSENTS = ("marketing_email", "marketing_sms", "marketing_phone", "einvoice", "profiling")


def completed(session: Session, *, content: Content, signed_on: date) -> Content:
    """Return a draft with what nobody typed filled by the rules: days of start and proposed terms.

    Drafts of the wizard are complete; drafts opened by an accepted offer or a renewal may leave these to the
    rules.
    """
    points = tuple(
        point
        if point.get("wanted_start")
        else {
            **point,
            "wanted_start": defaults.proposed_start(
                session, kind=point.get("start_kind", ""), on=signed_on
            ).isoformat(),
        }
        for point in content.points
    )
    proposed = proposed_terms(session, content=content, on=signed_on)
    return (
        content.with_section("points", points)
        .with_section("terms", {**proposed, **content.terms})
        .with_section("consents", content.consents)
    )


def proposed_terms(session: Session, *, content: Content, on: date) -> dict[str, str]:
    """Return the terms to propose to the customer of a draft; the product's own period wins over the rule."""
    customer = party(session, content)
    proposal = defaults.proposal(session, customer_kind=customer.kind, on=on)
    by_product = content.product.get("period_months", "")
    months = by_product or str(proposal.period_months or "")
    return {
        "kind": rules.ContractKind.COMPREHENSIVE,
        "period": "fixed" if months else "indefinite",
        "period_months": months,
        "notice_months": str(proposal.notice_months),
        "continuation": proposal.continuation,
        "cycle_months": str(proposal.cycle_months),
        "payment_term_days": str(proposal.payment_term_days),
        "invoicing_rule": proposal.invoicing_rule,
        "invoice_channel": _invoice_channel(session, customer.id, content),
    }


def _invoice_channel(session: Session, customer_id: int | None, content: Content) -> str:
    if customer_id is None:
        return content.customer.get("invoice_channel", "ebok")
    return str(
        one(
            session, "select invoice_channel from operational.customers where id = :id", {"id": customer_id}
        ).invoice_channel
    )


def customer_of(session: Session, *, content: Content, day: date) -> tuple[Content, int]:
    """Return the id of the draft's customer, created now when new, and the content that names it."""
    if content.customer.get("mode") == "existing":
        return content, int(content.customer["customer_id"])
    given = {name: content.customer.get(name, "") for name in rules.CUSTOMER_FIELDS}
    created = create_customer(
        session,
        given=given,
        bank_code=get_settings().seller_bank_code,
        as_of=day,
        may_duplicate=content.customer.get("may_duplicate") == "1",
    )
    return content.with_section("customer", {"mode": "existing", "customer_id": str(created.id)}), created.id


def write_contract(session: Session, *, draft: Draft, signed_on: date, as_of: datetime) -> int:
    """Write the contract of a checked draft and everything it says; return its id."""
    content, contract_id = draft.content, draft.contract_id or 0
    point_ids = [_point(session, point, signed_on) for point in content.points]
    starts = [date.fromisoformat(point["wanted_start"]) for point in content.points]
    session.execute(
        text(
            "insert into operational.contracts (id, number, customer_id, kind, signed_on, created_at)"
            " overriding system value values (:id, :number, :customer, :kind, :signed, :at)"
        ),
        {
            "id": contract_id,
            "number": draft.number,
            "customer": draft.customer_id,
            "kind": content.terms["kind"],
            "signed": signed_on,
            "at": as_of,
        },
    )
    begins = min(signed_on, *starts)
    _terms(session, contract_id, content, begins, as_of)
    _conditions(session, contract_id, content, begins, as_of)
    _mandates(session, contract_id, content.consents, signed_on, as_of)
    _consents(session, draft, signed_on)
    _invoice_channel_of_customer(session, draft.customer_id or 0, content.terms["invoice_channel"])
    for point_id, start, point in zip(point_ids, starts, content.points, strict=True):
        activation.request_start(
            session, contract_id=contract_id, supply_point_id=point_id, wanted_start=start,
            kind=point["start_kind"], as_of=as_of,
        )  # fmt: skip
    return contract_id


def _terms(session: Session, contract_id: int, content: Content, begins: date, as_of: datetime) -> None:
    starts = min(date.fromisoformat(point["wanted_start"]) for point in content.points)
    session.execute(
        text(
            "insert into operational.contract_terms (contract_id, price_list_id, cycle_months, cycle_anchor,"
            " payment_term_days, invoicing_rule, valid_from, recorded_at)"
            " values (:contract, :prices, :cycle, :anchor, :days, :invoicing, :begins, :at)"
        ),
        {
            "contract": contract_id,
            "prices": int(content.product["price_list_id"]),
            "cycle": int(content.terms["cycle_months"]),
            "anchor": first_of_month(starts),
            "days": int(content.terms["payment_term_days"]),
            "invoicing": content.terms["invoicing_rule"],
            "begins": begins,
            "at": as_of,
        },
    )


def _conditions(session: Session, contract_id: int, content: Content, begins: date, as_of: datetime) -> None:
    """Write period, notice and end; the last day of a fixed term is known only when supply begins."""
    is_fixed = content.terms["period"] == "fixed"
    version, rule = content.product.get("product_version_id", ""), content.terms.get("penalty_rule_id", "")
    session.execute(
        text(
            "insert into operational.contract_conditions (contract_id, product_version_id,"
            " early_termination_rule_id, period_months, notice_months, continuation, invoice_channel,"
            " promotions, valid_from, recorded_at) values (:contract, :version, :rule, :months, :notice,"
            " :continuation, :channel, :promotions, :begins, :at)"
        ),
        {
            "contract": contract_id,
            "version": int(version) if version.isdigit() else None,
            "rule": int(rule) if rule.isdigit() else None,
            "months": int(content.terms["period_months"]) if is_fixed else None,
            "notice": int(content.terms["notice_months"]),
            "continuation": content.terms["continuation"],
            "channel": content.terms["invoice_channel"],
            "promotions": rules.promotions_of(content),
            "begins": begins,
            "at": as_of,
        },
    )


def _mandates(session: Session, contract_id: int, given_to: Fields, signed_on: date, as_of: datetime) -> None:
    given = [
        {
            "contract": contract_id,
            "kind": kind,
            "day": signed_on,
            "by": given_to.get("given_by", ""),
            "old": given_to.get("old_supplier", ""),
            "number": given_to.get("old_contract_number", ""),
            "at": as_of,
        }
        for kind in MANDATES
        if given_to.get(kind) == "1"
    ]
    if given:
        session.execute(
            text(
                "insert into operational.contract_mandates (contract_id, kind, given_on, given_by, "
                "old_supplier,"
                " old_contract_number, recorded_at) values (:contract, :kind, :day, :by, :old, :number, :at)"
            ),
            given,
        )


def _consents(session: Session, draft: Draft, signed_on: date) -> None:
    """Record the consents that were asked for, given or refused; what was not asked stays as it is."""
    for kind in CONSENTS:
        answer = draft.content.consents.get(kind, "")
        if answer in ("yes", "no"):
            consents.give(
                session,
                customer_id=draft.customer_id or 0,
                kind=kind,
                channel=consents.ConsentChannel.CONTRACT,
                granted=answer == "yes",
                given_on=signed_on,
                source=draft.number or "",
            )


def _invoice_channel_of_customer(session: Session, customer_id: int, channel: str) -> None:
    """Invoices go where the newest contract says; the change stands in the customer's audit trail."""
    session.execute(
        text(
            "update operational.customers set invoice_channel = :channel, row_version = row_version + 1"
            " where id = :id and invoice_channel <> :channel"
        ),
        {"channel": channel, "id": customer_id},
    )


def _point(session: Session, point: Fields, signed_on: date) -> int:
    """Return the id of a point, written now with its first terms when it is new to us."""
    if point.get("supply_point_id"):
        return int(point["supply_point_id"])
    point_id = int(
        one(
            session,
            "with a as (insert into operational.addresses (street, building, flat, postal_code, city)"
            " values (:street, :building, :flat, :postal_code, :city) returning id)"
            " insert into operational.supply_points (code, medium, dso_code, address_id)"
            " select :code, d.medium, d.code, a.id from a join operational.dsos d on d.code = :dso "
            "returning id",
            {
                **{
                    name: point.get(name, "")
                    for name in ("street", "building", "flat", "postal_code", "city")
                },
                "code": point["code"],
                "dso": point["dso_code"],
            },
        ).id
    )
    start = date.fromisoformat(point["wanted_start"])
    session.execute(
        text(
            "insert into operational.supply_point_terms (supply_point_id, tariff_group, phases,"
            " contracted_power_kw, annual_kwh, capacity_mode, customer_class, metering_mode, valid_from)"
            " values (:point, :group, :phases, :power, :kwh, :mode, :class, :metering, :begins)"
        ),
        {**_point_terms(point), "point": point_id, "begins": first_of_month(min(signed_on, start))},
    )
    if point.get("meter_serial"):
        _meter(session, point, point_id, begins=first_of_month(min(signed_on, start)))
    return point_id


def _meter(session: Session, point: Fields, point_id: int, *, begins: date) -> None:
    """Write the meter that the customer's bill names, with a register for each zone of the tariff group."""
    session.execute(
        text(
            "with m as (insert into operational.meters (serial, medium) select :serial, medium"
            " from operational.supply_points where id = :point returning id, medium),"
            " i as (insert into operational.meter_installations (meter_id, supply_point_id, valid_from)"
            " select id, :point, :begins from m)"
            " insert into operational.registers (meter_id, zone_code, unit)"
            " select m.id, z.zone_code, case m.medium when 'gas' then 'm3' else 'kwh' end from m cross join ("
            " select distinct k.zone_code from operational.zone_masks k join operational.supply_points p"
            " on p.dso_code = k.dso_code where p.id = :point and k.tariff_group = :group"
            " and k.superseded_at is null and k.valid_from <= :begins"
            " and (k.valid_to is null or k.valid_to > :begins)"
            " union select 'all' where not exists (select from operational.zone_masks k"
            " join operational.supply_points p on p.dso_code = k.dso_code where p.id = :point"
            " and k.tariff_group = :group and k.superseded_at is null)) z"
        ),
        {
            "serial": point["meter_serial"].strip(),
            "point": point_id,
            "begins": begins,
            "group": point["tariff_group"].strip().upper(),
        },
    )


def _point_terms(point: Fields) -> Mapping[str, object]:
    """Return the metering terms of a new point; households are known by their tariff group (G)."""
    group = point["tariff_group"].strip().upper()
    is_household = group.startswith(("G", "W-1", "W-2", "W-3", "W-4"))
    return {
        "group": group,
        "phases": int(point.get("phases") or 1),
        "power": rules.decimal_of(point.get("contracted_power_kw", "")),
        "kwh": rules.decimal_of(point.get("annual_kwh", "")) or Decimal(0),
        "mode": point.get("capacity_mode") or ("flat" if is_household else "volumetric"),
        "class": "household" if is_household else "business",
        "metering": "registers" if point.get("meter_serial") else "volumes",
    }


def points_of(session: Session, *, contract_id: int) -> list[str]:
    """Return the codes of the points of a contract, supplied or requested."""
    found = rows(
        session,
        "select distinct p.code from operational.supply_points p where p.id in ("
        "select supply_point_id from operational.contract_supply_points where contract_id = :id"
        " and superseded_at is null union all select supply_point_id from operational.start_requests"
        " where contract_id = :id) order by p.code",
        {"id": contract_id},
    )
    return [str(row.code) for row in found]
