"""The court package of a case: everything a claim needs in one ZIP, with an index of SHA-256 hashes.

Letters as they were sent, the invoices as PDF, the account card, interest to the day by the law's rates, and
the log of the case. The same case on the same day gives the same bytes: entries are in order and carry the
day's date.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.operations import pdf
from operational.dunning.acting import log
from operational.dunning.rules import DunningError
from operational.finance import queries as finance
from operational.finance.interest.rules import Part, Rate, interest_parts
from operational.kernel.settings import get_settings
from operational.messaging import texts
from operational.messaging.texts import common_values

_CASE = text("""
  select c.id, c.customer_id, c.case_no, c.opened_on, c.stage, u.customer_number, u.name, u.kind, u.nip,
    u.virtual_account
  from operational.dunning_cases c join operational.customers u on u.id = c.customer_id
    where c.public_id::text = :public_id""")
_ITEMS = text("""
  select i.id, coalesce(d.number, n.number) as number, d.id as document_id, i.amount, i.due_date
  from operational.dunning_case_items x
  join operational.open_items i on i.id = x.open_item_id
  left join operational.documents d on d.id = i.document_id
  left join operational.interest_notes n on n.id = i.note_id
  where x.case_id = :case order by i.due_date, i.id""")
_PAID = text("""
  select business_date, amount from operational.allocations where debt_item_id = :item
    and business_date <= :as_of order by business_date, id""")
_RATES = text("""
  select r.valid_from, coalesce(r.valid_to, date '9999-12-31') as valid_to, r.rate_pct
  from operational.interest_rates r
  join operational.finance_policies p on p.rate_kind = r.kind and p.superseded_at is null
    and p.valid_from <= :as_of and (p.valid_to is null or p.valid_to > :as_of)
  where p.customer_kind = :kind and r.superseded_at is null order by r.valid_from""")
_LETTERS = text("""
  select a.fired_on, s.step_code, m.template_code, m.language, m.variables, t.variables as declared,
    v.subject, v.body,
    y.delivered_on, y.outcome
  from operational.dunning_actions a
  join operational.dunning_steps s on s.id = a.step_id
  join operational.messages m on m.key = a.message_key
  join operational.message_templates t on t.code = m.template_code
  join operational.message_template_versions v
    on v.id = coalesce(m.version_id, operational.active_message_version(m.template_code, m.channel,
      m.language))
  left join operational.dunning_deliveries y on y.action_id = a.id
  where a.case_id = :case order by a.id""")
_LOG = text("""
  select happened_on, kind, coalesce(details ->> 'step', '') as step, details::text as details, recorded_by
  from operational.dunning_events where case_id = :case order by id""")
_COUNTED = ("happened_on", "kind", "step", "details", "recorded_by")


@dataclass(frozen=True, slots=True)
class Package:
    """The ZIP of a case with the sums that stand in its index."""

    name: str
    content: bytes
    files: int
    principal: Decimal
    interest: Decimal


def court_package(session: Session, *, public_id: str, as_of: date) -> Package:
    """Return the package of a case and write into its log that it was made; raises DunningError for an
    unknown case.
    """
    case = session.execute(_CASE, {"public_id": public_id}).one_or_none()
    if case is None:
        raise DunningError("case_unknown", "There is no such case. Reload the list.")
    files = {f"letters/{name}": content for name, content in _letters(session, case)}
    items = session.execute(_ITEMS, {"case": case.id}).all()
    for item in items:
        if item.document_id is not None:
            files[f"invoices/{_safe(item.number)}.pdf"] = pdf(session, document_id=item.document_id)
    files["account-card.csv"] = _account_card(session, case.customer_id, as_of)
    files["interest.csv"], principal, interest = _interest(session, case, items, as_of)
    files["log.csv"] = _table(_COUNTED, session.execute(_LOG, {"case": case.id}))
    files["index.csv"] = _index(files, case, principal, interest, as_of)
    details = {"files": len(files), "principal": principal, "interest": interest}
    log(session, customer_id=case.customer_id, case_id=case.id, kind="exported", as_of=as_of, details=details)
    name = f"case-{case.customer_number}-{case.case_no}-{as_of:%Y%m%d}.zip"
    return Package(_safe(name), _zipped(files, as_of), len(files), principal, interest)


def _letters(session: Session, case: Any) -> Iterable[tuple[str, bytes]]:
    common = common_values(get_settings()) | {
        "customer_name": case.name, "customer_number": case.customer_number, "account": case.virtual_account,
    }  # fmt: skip
    for place, row in enumerate(session.execute(_LETTERS, {"case": case.id}), start=1):
        written = texts.render(
            subject=row.subject,
            body=row.body,
            declared=row.declared,
            values=common | row.variables,
            language=row.language,
        )
        delivered = f"{row.outcome} {row.delivered_on or ''}".strip() if row.outcome else "not recorded"
        head = f"{row.fired_on} | {row.step_code} | delivery: {delivered}\n\n{written.subject}\n\n"
        yield f"{place:02d}-{row.step_code}.txt", (head + written.body + "\n").encode()


def _account_card(session: Session, customer_id: int, as_of: date) -> bytes:
    rows = finance.account_card(session, customer_id=customer_id, date_to=as_of)
    names = ("business_date", "kind", "reference", "charged", "paid", "balance")
    return _table(names, rows)


def _interest(
    session: Session, case: Any, items: Sequence[Any], as_of: date
) -> tuple[bytes, Decimal, Decimal]:
    """Compute statutory interest of every debt of the case to the day, with every change of rate and
    payment.
    """
    rates = [Rate(**row._mapping) for row in session.execute(_RATES, {"kind": case.kind, "as_of": as_of})]
    rows, principal, interest = list[tuple[Any, ...]](), Decimal("0.00"), Decimal("0.00")
    for item in items:
        paid = [
            (row.business_date, row.amount)
            for row in session.execute(_PAID, {"item": item.id, "as_of": as_of})
        ]
        parts: list[Part] = interest_parts(
            amount=item.amount, due_date=item.due_date, payments=paid, rates=rates, through=as_of
        )
        principal += item.amount - sum((amount for _day, amount in paid), Decimal("0.00"))
        for part in parts:
            interest += part.amount
            rows.append(
                (
                    item.number,
                    item.due_date,
                    part.period_from,
                    part.period_to,
                    part.days,
                    part.principal,
                    part.rate_pct,
                    part.amount,
                )
            )
    names = ("document", "due_date", "from", "to_exclusive", "days", "principal", "rate_pct", "interest")
    return _csv(names, rows), principal, interest


def _index(files: dict[str, bytes], case: Any, principal: Decimal, interest: Decimal, as_of: date) -> bytes:
    head = [
        ("# customer", case.customer_number, case.name), ("# case", case.case_no, case.opened_on),
        ("# as of", as_of, ""), ("# principal PLN", principal, ""), ("# interest PLN", interest, ""),
    ]  # fmt: skip
    rows = [
        (name, len(content), hashlib.sha256(content).hexdigest()) for name, content in sorted(files.items())
    ]
    return _csv(("file", "bytes", "sha256"), [*head, *rows])


def _table(names: Sequence[str], rows: Iterable[Any]) -> bytes:
    return _csv(names, [tuple(getattr(row, name) for name in names) for row in rows])


def _csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(names)
    for row in rows:
        table.writerow(
            [
                f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell
                for cell in row
            ]
        )
    return written.getvalue().encode("utf-8-sig")


def _safe(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in ".-_" else "-" for sign in name)


def _zipped(files: dict[str, bytes], as_of: date) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (as_of.year, as_of.month, as_of.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()
