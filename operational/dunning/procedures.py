"""Versions of dunning procedures: a draft is a copy that can be changed, an approved version never changes.

The author may not approve the own draft (four eyes). An approved version ends the one before it on the day
it begins; open cases go on by the version they were opened with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.dunning.rules import CHANNELS, FEE_REFUSAL, STEP_KINDS, STEP_STAGES, DunningError

# What dunning can tell a template; a template that needs more cannot be used by a step.
_KNOWN_VARIABLES: Final = {
    "amount", "documents", "number", "due_date", "days", "pay_by", "suspend_from", "supply_point",
}  # fmt: skip
_NO_PAY_BY: Final = {"reminder": {"pay_by", "suspend_from"}}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a procedure version; amounts in PLN, offsets in days (see `dunning_steps`)."""

    step_code: str
    position: int
    kind: str
    stage: str
    name_pl: str
    name_en: str
    anchor_step: str
    day_offset: int
    day_unit: str
    day_rule: str
    channels: str
    template_code: str
    fee_amount: Decimal
    min_total: Decimal
    min_item_days: int
    min_gap_days: int
    is_manual: bool
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a draft changes: a step that is new, gone or has another value in a field."""

    step_code: str
    change: str
    field: str = ""
    before: str = ""
    after: str = ""


STEP_FIELDS: Final = tuple(found.name for found in fields(Step))
_WHOLE = ("position", "day_offset", "min_item_days", "min_gap_days")
_MONEY = ("fee_amount", "min_total")


def steps_of(session: Session, *, code: str, version_no: int) -> list[Step]:
    """Return the steps of a version in their order."""
    rows = session.execute(
        text(f"""select {", ".join(STEP_FIELDS)} from operational.dunning_steps
                  where procedure_code = :code and version_no = :version order by position"""),
        {"code": code, "version": version_no},
    )
    return [Step(**row._mapping) for row in rows]


def new_version(session: Session, *, public_id: str, valid_from: date, as_of: date) -> str:
    """Copy a version into a draft that holds from a day on; return the draft's public id.

    Raises DunningError when the day lies in the past or the procedure has a draft already.
    """
    if valid_from < as_of:
        raise DunningError(
            "procedure_in_the_past", "A new version cannot begin in the past. Choose today or later."
        )
    base = session.execute(
        text("select code, version_no from operational.dunning_procedures where public_id::text = :id"),
        {"id": public_id},
    ).one_or_none()
    if base is None:
        raise DunningError("procedure_unknown", "There is no such procedure. Reload the list.")
    if session.execute(
        text("select 1 from operational.dunning_procedures where code = :code and status = 'draft'"),
        {"code": base.code},
    ).scalar():
        raise DunningError(
            "procedure_has_draft", "This procedure has a draft already. Approve or reject that one first."
        )
    made = session.execute(
        text("""
            insert into operational.dunning_procedures (code, version_no, name_pl, name_en, customer_kind,
              min_amount, valid_from, source)
            select code, (select max(version_no) + 1 from operational.dunning_procedures
              where code = :code), name_pl, name_en,
              customer_kind, min_amount, :from, 'staff'
            from operational.dunning_procedures where code = :code and version_no = :version
            returning version_no, public_id::text as public_id"""),
        {"code": base.code, "version": base.version_no, "from": valid_from},
    ).one()
    names = ", ".join(STEP_FIELDS)
    session.execute(
        text(f"""insert into operational.dunning_steps (procedure_code, version_no, {names})
                 select procedure_code, :new, {names} from operational.dunning_steps
                  where procedure_code = :code and version_no = :old"""),
        {"code": base.code, "old": base.version_no, "new": made.version_no},
    )
    return str(made.public_id)


def read_step(given: Mapping[str, str]) -> Step:
    """Read a step from the fields of a form; raises DunningError that names the step and the field."""
    values: dict[str, Any] = {name: given.get(name, "").strip() for name in STEP_FIELDS}
    code = values["step_code"] or "?"
    for name in _WHOLE:
        try:
            values[name] = int(values[name])
        except ValueError:
            raise _wrong(code, name, "is no whole number") from None
    for name in _MONEY:
        try:
            values[name] = Decimal(values[name].replace(",", ".").replace("\N{NO-BREAK SPACE}", "") or "0")
        except InvalidOperation:
            raise _wrong(code, name, "is no amount") from None
    values["is_manual"] = given.get("is_manual") in ("1", "true", "on")
    values["channels"] = values["channels"].replace(" ", "")
    return Step(**values)


def change_steps(session: Session, *, public_id: str, steps: Sequence[Step], row_version: int) -> None:
    """Replace the steps of a draft; raises DunningError for what is no draft and for wrong steps."""
    draft = _draft(session, public_id, row_version)
    check_steps(session, steps)
    session.execute(
        text("delete from operational.dunning_steps where procedure_code = :code and version_no = :version"),
        {"code": draft.code, "version": draft.version_no},
    )
    session.execute(
        text(f"""insert into operational.dunning_steps (procedure_code, version_no, {", ".join(STEP_FIELDS)})
                 values (:code, :version, {", ".join(":" + name for name in STEP_FIELDS)})"""),
        [
            {name: getattr(step, name) for name in STEP_FIELDS}
            | {"code": draft.code, "version": draft.version_no}
            for step in steps
        ],
    )
    session.execute(
        text("update operational.dunning_procedures set row_version = row_version + 1 where id = :id"),
        {"id": draft.id},
    )


def check_steps(session: Session, steps: Sequence[Step]) -> None:
    """Refuse steps that could not work or that the act forbids; raises DunningError with the first reason."""
    templates = {
        row.code: {name for name, kind in row.variables.items() if not kind.endswith("?")}
        for row in session.execute(text("select code, variables from operational.message_templates"))
    }
    codes = [step.step_code for step in steps]
    if not steps or len(set(codes)) < len(codes) or len({step.position for step in steps}) < len(steps):
        raise DunningError(
            "procedure_steps", "A procedure needs steps, each with a code and a place of its own."
        )
    for step in steps:
        _check_step(step, codes, templates)


def _check_step(step: Step, codes: Sequence[str], templates: Mapping[str, set[str]]) -> None:
    if step.kind not in STEP_KINDS or step.stage not in STEP_STAGES:
        raise _wrong(step.step_code, "kind", "has no such kind or stage")
    if (step.kind == "reminder") != (step.day_offset < 0):
        raise _wrong(
            step.step_code, "day_offset", "must lie before the due date for a reminder, after it for the rest"
        )
    if step.fee_amount:
        raise DunningError("dunning_fee", FEE_REFUSAL)
    if step.anchor_step and step.anchor_step not in codes:
        raise _wrong(step.step_code, "anchor_step", "names a step that is not in the procedure")
    chosen = [name for name in step.channels.split(",") if name]
    if any(name not in CHANNELS for name in chosen):
        raise _wrong(step.step_code, "channels", f"must be of {', '.join(CHANNELS)}")
    if chosen and step.template_code not in templates:
        raise _wrong(step.step_code, "template_code", "names no template")
    known = _KNOWN_VARIABLES - _NO_PAY_BY.get(step.kind, set())
    if chosen and not templates[step.template_code] <= known:
        raise _wrong(step.step_code, "template_code", "needs variables that dunning does not know")
    if step.kind == "suspension_notice" and "registered_letter" not in chosen:
        raise _wrong(
            step.step_code,
            "channels",
            "must be a registered letter: the notice is written (Energy Law art. 6b(3))",
        )
    if step.kind == "suspension_notice" and step.min_item_days < 30:
        raise _wrong(
            step.step_code,
            "min_item_days",
            "must be 30 or more: arrears of 30 days (Energy Law art. 6b(1)(2))",
        )
    if step.kind == "suspension_order" and (not step.anchor_step or step.day_offset < 14):
        raise _wrong(
            step.step_code,
            "day_offset",
            "must be 14 days or more from the notice's delivery (Energy Law art. 6b(3))",
        )


def approve(session: Session, *, public_id: str, row_version: int, as_of: date) -> None:
    """Approve a draft of somebody else: from its day on it replaces the version before it."""
    draft = _draft(session, public_id, row_version)
    if draft.created_by == draft.me:
        raise DunningError(
            "procedure_own_draft", "Somebody else must approve this version: you made it (four eyes)."
        )
    if draft.valid_from < as_of:
        raise DunningError(
            "procedure_in_the_past", "The version would begin in the past. Reject it and make a new one."
        )
    check_steps(session, steps_of(session, code=draft.code, version_no=draft.version_no))
    session.execute(
        text("""update operational.dunning_procedures set valid_to = :from, row_version = row_version + 1
                 where code = :code and status = 'approved' and valid_from < :from and (valid_to is null
                   or valid_to > :from)"""),
        {"code": draft.code, "from": draft.valid_from},
    )
    _decide(session, draft.id, "approved")


def reject(session: Session, *, public_id: str, row_version: int) -> None:
    """Reject a draft: it stays on record and never holds."""
    _decide(session, _draft(session, public_id, row_version).id, "rejected")


def _decide(session: Session, procedure_id: int, status: str) -> None:
    session.execute(
        text("""update operational.dunning_procedures set status = :status, approved_at = now(),
          approved_by = operational.actor(),
                       row_version = row_version + 1 where id = :id"""),
        {"id": procedure_id, "status": status},
    )


def differences(before: Sequence[Step], after: Sequence[Step]) -> list[Difference]:
    """Return what changed between two versions, step by step in the order of the newer one."""
    old, new = {step.step_code: step for step in before}, {step.step_code: step for step in after}
    found = [Difference(code, "removed") for code in old if code not in new]
    for code, step in new.items():
        if code not in old:
            found.append(Difference(code, "added"))
            continue
        found += [
            Difference(code, "changed", name, str(getattr(old[code], name)), str(getattr(step, name)))
            for name in STEP_FIELDS
            if getattr(old[code], name) != getattr(step, name)
        ]
    return found


def _draft(session: Session, public_id: str, row_version: int) -> Any:
    found = session.execute(
        text("""select id, code, version_no, created_by, valid_from, operational.actor() as me
          from operational.dunning_procedures
                 where public_id::text = :id and status = 'draft' and row_version = :version for update"""),
        {"id": public_id, "version": row_version},
    ).one_or_none()
    if found is None:
        raise DunningError(
            "procedure_no_draft",
            "This is no draft any more, or somebody else has just changed it. Reload the page.",
        )
    return found


def _wrong(step_code: str, field: str, what: str) -> DunningError:
    return DunningError("procedure_step_wrong", f"Step {step_code}: {field} {what}. Correct the step.")
