"""What the pages of the wizard show: per step what was typed, what is known, what may be chosen."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import render_template, request

from operational.app import support
from operational.app.labels import error_text
from operational.crm.contracts import (
    checks,
    defaults,
    listing,
    paperwork,
    points,
    preview,
    rules,
    writing,
)
from operational.crm.contracts.content import STEPS, Content
from operational.crm.contracts.draft_store import Draft
from operational.crm.customers import duplicates
from operational.crm.customers.rules import CustomerKind, InvoiceChannel
from operational.crm.products.sale import early_termination
from operational.kernel.errors import DomainError
from operational.metering.queries import dso_names


def alike(content: Content) -> tuple[duplicates.Likeness, ...]:
    """Return customers who look like the new one of a draft, none once the clerk said it is another."""
    section = content.customer
    if section.get("mode") != "new" or section.get("may_duplicate") == "1":
        return ()
    return duplicates.find(
        support.database(),
        nip=section.get("nip", ""),
        pesel=section.get("pesel", ""),
        phone=section.get("phone", ""),
        name=section.get("name", ""),
        email=section.get("email", ""),
    )


def page(
    found: Draft,
    step: str,
    content: Content,
    wrong: Mapping[str, str],
    refused: DomainError | None = None,
) -> str:
    """Draw a step with what was typed and the mistakes at their fields."""
    return render_template(
        f"contracts/step_{step}.html",
        draft=found,
        step=step,
        steps=STEPS,
        content=content,
        wrong={name: error_text(DomainError(code, code)) for name, code in wrong.items()},
        refused=error_text(refused) if refused else "",
        row_version=found.row_version,
        party=checks.party(support.database(), content),
        **_EXTRAS[step](found, content),
    )


def _of_customer(_found: Draft, content: Content) -> dict[str, Any]:
    return {
        "kinds": list(CustomerKind),
        "channels": list(InvoiceChannel),
        "same": checks.same_customers(support.database(), content),
        "alike": alike(content) if content.customer.get("name") else (),
        "found": listing.customer_choices(support.database(), text=request.args.get("find", "")[:80]),
        "find": request.args.get("find", "")[:80],
    }


def _of_points(_found: Draft, content: Content) -> dict[str, Any]:
    codes = [point.get("code", "") for point in content.points]
    facts = points.look_up(support.database(), codes=codes, today=support.today())
    return {
        "facts": facts,
        "start_kinds": list(rules.StartKind),
        "dsos": dso_names(support.database()),
    }


def _of_product(_found: Draft, content: Content) -> dict[str, Any]:
    session, today = support.database(), support.today()
    segment = checks.party(session, content).kind
    offers = preview.on_offer(session, content=content, segment=segment, today=today)
    chosen = content.product.get("price_list_id", "")
    kept = listing.price_list_named(session, price_list_id=int(chosen)) if chosen.isdigit() else None
    return {"offers": offers, "kept": kept, "most_points": preview.MOST_POINTS}


def _of_terms(_found: Draft, content: Content) -> dict[str, Any]:
    session = support.database()
    proposed = writing.proposed_terms(session, content=content, on=support.today())
    chosen = content.product.get("price_list_id", "")
    return {
        "terms": {**proposed, **{name: value for name, value in content.terms.items() if value}},
        "contract_kinds": list(rules.ContractKind),
        "cycles": rules.CYCLES,
        "invoicing_rules": list(rules.InvoicingRule),
        "continuations": list(rules.Continuation),
        "channels": list(InvoiceChannel),
        "penalty": early_termination(session, price_list_id=int(chosen)) if chosen.isdigit() else None,
    }


def _of_consents(_found: Draft, content: Content) -> dict[str, Any]:
    session, today = support.database(), support.today()
    kind = checks.party(session, content).kind
    rights = {
        channel: defaults.withdrawal_days(session, channel=channel, customer_kind=kind, on=today)
        for channel in rules.SignatureChannel
    }
    has_switch = any(point.get("start_kind") in paperwork.SWITCHES for point in content.points)
    return {
        "rights": rights,
        "signature_channels": list(rules.SignatureChannel),
        "has_switch": has_switch,
        "mandates": writing.MANDATES,
        "consent_kinds": writing.CONSENTS,
    }


def _of_summary(found: Draft, content: Content) -> dict[str, Any]:
    session, today = support.database(), support.today()
    wrong = {
        name: checks.wrong_fields(session, step=name, content=content, today=today)
        for name in STEPS[:-1]
        if found.status == "open"
    }
    chosen = content.product.get("price_list_id", "")
    is_ready = not any(wrong.values())
    version = content.product.get("product_version_id", "")
    priced = (
        preview.price(
            session,
            used=preview.uses(session, content=content, on=today)[: preview.MOST_POINTS],
            price_list_id=int(chosen),
            product_version_id=int(version) if version.isdigit() else None,
            on=min(
                (rules.date_of(p.get("wanted_start", "")) or today for p in content.points), default=today
            ),
        )
        if chosen.isdigit() and content.points and is_ready
        else None
    )
    return {
        "errors": {
            name: [error_text(DomainError(code, code)) for code in fields.values()]
            for name, fields in wrong.items()
            if fields
        },
        "kept": listing.price_list_named(session, price_list_id=int(chosen)) if chosen.isdigit() else None,
        "priced": priced,
        "wanted": paperwork.wanted(session, content=content, day=today) if is_ready else [],
        "papers": listing.papers_of_contract(session, contract_id=found.contract_id),
        "signature_channels": list(rules.SignatureChannel),
        "facts": points.look_up(
            session, codes=[point.get("code", "") for point in content.points], today=today
        ),
    }


_EXTRAS: Final[Mapping[str, Callable[[Draft, Content], dict[str, Any]]]] = {
    "customer": _of_customer,
    "points": _of_points,
    "product": _of_product,
    "terms": _of_terms,
    "consents": _of_consents,
    "summary": _of_summary,
}
