"""Papers of a case: which the rules ask for, made from the templates,
and which the customer has not signed yet.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.papers import operations as papers
from operational.kernel.calendar import ONE_DAY
from operational.kernel.rows import one
from operational.switching.limits import due_values
from operational.switching.moving import deadline, log, move
from operational.switching.rules import Limits, Status, SwitchingError

# What the customer gave with the contract (contract_mandates) counts as the signature under a paper.
MANDATES: Final = {
    "power_of_attorney": "power_of_attorney",
    "supplier_choice_statement": "supplier_choice",
    "termination_notice_to_old_supplier": "termination_of_old",
}
_REQUIRED = text("""
  insert into operational.switching_case_papers (case_id, template, signature, made_on)
  select c.id, u.template, min(u.signature), :as_of
  from operational.switching_cases c
  join operational.customers k on k.id = c.customer_id
  join operational.switching_paper_rules u on u.medium = c.medium and u.kind = c.kind
    and u.dso_code in ('', c.dso_code) and u.customer_kind in ('', k.kind)
    and u.valid_from <= :as_of and (u.valid_to is null or u.valid_to > :as_of)
  where c.direction = 'in' and c.status in ('DRAFT', 'DOCS_INCOMPLETE')
  group by c.id, u.template order by c.id, u.template
  on conflict (case_id, template) where replaced_on is null do nothing""")
_ANY = """
  select exists (select from operational.switching_cases where direction = 'in'
    and status in ('DRAFT', 'DOCS_INCOMPLETE')) as found"""
_SIGNED = text("""
  update operational.switching_case_papers p set signed_on = m.given_on
  from operational.switching_cases c, operational.contract_mandates m,
    jsonb_each_text(cast(:mandates as jsonb)) as k (template, mandate)
  where c.id = p.case_id and c.status in ('DRAFT', 'DOCS_INCOMPLETE') and p.replaced_on is null
    and p.signed_on is null and p.signature = 'with_contract' and k.template = p.template
    and m.contract_id = c.contract_id and m.kind = k.mandate and m.superseded_at is null
    and m.given_on > coalesce((select max(o.replaced_on) from operational.switching_case_papers o
      where o.case_id = p.case_id and o.template = p.template), date '1900-01-01')""")
_TO_MAKE = text("""
  select p.id, p.case_id, p.template, c.number, c.wanted_start, c.customer_id, k.language, n.number as
    contract,
    n.signed_on, s.code, s.medium, d.name as dso,
    a.street || ' ' || a.building || case a.flat when '' then '' else '/' || a.flat end || ', ' ||
      a.postal_code
      || ' ' || a.city as address,
    coalesce(m.old_supplier, '') as old_supplier, coalesce(m.old_contract_number, '') as old_contract
  from operational.switching_case_papers p
  join operational.switching_cases c on c.id = p.case_id
  join operational.customers k on k.id = c.customer_id
  join operational.contracts n on n.id = c.contract_id
  join operational.supply_points s on s.id = c.supply_point_id
  join operational.addresses a on a.id = s.address_id
  join operational.dsos d on d.code = c.dso_code
  left join lateral (select max(old_supplier) as old_supplier, max(old_contract_number) as old_contract_number
    from operational.contract_mandates x where x.contract_id = c.contract_id and x.superseded_at is null) m
      on true
  where p.paper_public_id is null and p.replaced_on is null and c.status in ('DRAFT', 'DOCS_INCOMPLETE')
  order by p.id for update of p skip locked""")
_JUDGED = """
  select c.id, c.status, c.missing,
    coalesce(array_agg(p.template order by p.template) filter (where p.signature <> 'none' and p.signed_on is
      null),
      '{}') as lacks
  from operational.switching_cases c
  left join operational.switching_case_papers p on p.case_id = c.id and p.replaced_on is null
  where c.direction = 'in' and c.status in ('DRAFT', 'DOCS_INCOMPLETE') group by c.id"""


def prepare(session: Session, *, limits: Limits) -> dict[str, int]:
    """Ask for the papers of new cases, make them, and let complete cases become READY; return counts.

    A case that lacks a signature becomes DOCS_INCOMPLETE with the list; a signature that arrived lets it go
    on.
    """
    if not one(session, _ANY).found:
        return {"papers": 0, "ready": 0, "incomplete": 0}
    session.execute(_REQUIRED, {"as_of": limits.day})
    session.execute(_SIGNED, {"mandates": _mandates()})
    made = 0
    for row in session.execute(_TO_MAKE).all():
        _make(session, row, limits.day)
        made += 1
    counts = {"papers": made, "ready": 0, "incomplete": 0}
    judged = session.execute(text(_JUDGED)).all()
    ready = [row.id for row in judged if not row.lacks]
    counts["ready"] = len(
        move(session, ids=ready, to=Status.READY, limits=limits, sets={"missing": "cast('{}' as text[])"})
    )
    for lacks in sorted({tuple(row.lacks) for row in judged if row.lacks}):
        ids = [row.id for row in judged if tuple(row.lacks) == lacks]
        counts["incomplete"] += len(
            move(
                session, ids=ids, to=Status.DOCS_INCOMPLETE, limits=limits,
                sets={"missing": "cast(:missing as text[])"}, values={"missing": list(lacks)},
            )
        )  # fmt: skip
        session.execute(
            text("""update operational.switching_cases set missing = :missing, row_version = row_version + 1
                    where id = any(:ids) and status = 'DOCS_INCOMPLETE' and missing <> cast(:missing as
                      text[])"""),
            {"ids": ids, "missing": list(lacks)},
        )
    return counts


def _mandates() -> str:
    return json.dumps(MANDATES)


def _make(session: Session, row: Any, day: date) -> None:
    made = papers.fill(
        session, template=row.template, language=row.language, values=paper_values(row),
        customer_id=row.customer_id, subject_kind="switching_case", subject_id=row.case_id, title="",
        as_of=day,
    )  # fmt: skip
    session.execute(
        text(
            "update operational.switching_case_papers set paper_public_id = cast(:paper as uuid) "
            "where id = :id"
        ),
        {"paper": made.public_id, "id": row.id},
    )
    log(session, ids=[row.case_id], kind="paper", as_of=day, details={"template": row.template})


def paper_values(row: Any) -> dict[str, object]:
    """Return what the papers of a switch may say, by dotted name."""
    return {
        "contract.number": row.contract, "contract.signed_on": row.signed_on,
        "contract.start": row.wanted_start, "points": [{"code": row.code, "address": row.address}],
        "dso.name": row.dso, "old_supplier.name": row.old_supplier, "old_supplier.address": "",
        "old_contract.number": row.old_contract, "termination.end_date": row.wanted_start - ONE_DAY,
    }  # fmt: skip


def record_signature(
    session: Session, *, case_ids: Sequence[int], template: str, signed_on: date, limits: Limits
) -> int:
    """Record that a paper came back signed; return how many cases it was missing in.
    Complete ones become READY.

    Raises SwitchingError for a day in the future.
    """
    if signed_on > limits.day:
        raise SwitchingError("signed_in_future", "A paper cannot be signed in the future. Check the day.")
    found = session.execute(
        text("""update operational.switching_case_papers set signed_on = :day
                where case_id = any(:ids) and (:template = '' or template = :template) and replaced_on is null
                  and signed_on is null and signature <> 'none' returning case_id"""),
        {"ids": list(case_ids), "template": template, "day": signed_on},
    ).all()
    ids = sorted({row.case_id for row in found})
    log(
        session, ids=ids, kind="paper", as_of=limits.day, details={"signed": template, "signed_on": signed_on}
    )
    prepare(session, limits=limits)
    return len(ids)


def renew(session: Session, *, case_ids: Sequence[int], template: str, limits: Limits) -> None:
    """Replace a paper that the distributor refused: it is made again and must be signed again."""
    session.execute(
        text("""update operational.switching_case_papers set replaced_on = :day
                where case_id = any(:ids) and template = :template and replaced_on is null"""),
        {"ids": list(case_ids), "template": template, "day": limits.day},
    )
    session.execute(
        text(f"""update operational.switching_cases c set missing = cast(array[:template] as text[]),
                 deadline_on = {deadline(Status.READY, {})}
                 where id = any(:ids) and status = 'DOCS_INCOMPLETE'"""),
        {
            "ids": list(case_ids),
            "template": template,
            "as_of": limits.day,
            **due_values(limits, "earliest_start"),
        },
    )
