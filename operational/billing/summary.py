"""What a billing run would do, and whether it stays inside the safety bounds.

The figures come from the very statements of the issue step, so a preview and the issue cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing import issuing
from operational.billing.limits import Limits, read_limits
from operational.billing.rules import Bound, safety_bounds
from operational.kernel.calendar import first_of_next_month

_TABLES = (
    "batch_parked", "batch_sums", "batch_rates", "batch_lines", "batch_scopes", "batch_deductions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run. Scopes are contract x point x cycle; amounts in PLN; codes tell why something is
    left out.
    """

    scopes_due: int
    unchanged: int
    to_invoice: int
    to_correct: int
    vanished: int
    parked: int
    not_billable: int
    invoices: int
    corrections: int
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    corrections_gross: Decimal
    energy_kwh: Decimal
    estimated_share: Decimal
    previous_gross: Decimal
    parked_by_code: Mapping[str, int]
    not_billable_by_code: Mapping[str, int]
    bounds: tuple[Bound, ...]

    @property
    def is_within_bounds(self) -> bool:
        """Return whether no safety bound is broken."""
        return all(bound.is_kept for bound in self.bounds)

    def as_json(self) -> dict[str, Any]:
        """Return values for a jsonb column; numbers with decimals become texts, so nothing is rounded."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def summary_from_json(stored: Mapping[str, Any]) -> Summary | None:
    """Return the summary kept with a run; None for runs that were made without one."""
    if "scopes_due" not in stored:
        return None
    amounts = {
        name: Decimal(str(stored[name]))
        for name in ("net_amount", "vat_amount", "gross_amount", "corrections_gross", "energy_kwh",
                     "estimated_share", "previous_gross")
    }  # fmt: skip
    bounds = tuple(Bound.from_json(bound) for bound in stored["bounds"])
    known = {field.name: stored[field.name] for field in fields(Summary)}
    return Summary(**{**known, **amounts, "bounds": bounds})


def preview(session: Session, *, billing_month: date, issue_date: date, run_id: int | None = None) -> Summary:
    """Return what a run would issue now, without issuing; temporary tables only.

    Exceptions that guards opened in earlier runs are looked at again unless ``run_id`` is theirs.
    """
    _drop(session)
    limits = read_limits(session)
    issuing.collect(session, run_id=run_id, customers=None)
    issuing.sum_up(session, with_new_lines=False)
    issuing.run_sql(session, "guards", issue_date=issue_date, **limits.of_guards)
    issuing.run_sql(session, "batch_deductions")
    issuing.run_sql(session, "deduct_lines")
    row = issuing.run_sql(
        session, "preview", billing_month=billing_month, next_month=first_of_next_month(billing_month)
    ).one()
    parked = session.execute(text("select code, count(*) from batch_parked group by 1 order by 1")).all()
    missing = session.execute(
        text(
            warehouse.fill(
                "select code, count(*) from $target_exceptions where severity = 'blocking' group by 1 order "
                "by 1"
            )
        )
    ).all()
    _drop(session)
    return _summary(row, dict(parked), dict(missing), limits)


def _summary(row: Any, parked: dict[str, int], missing: dict[str, int], limits: Limits) -> Summary:
    gross = row.net + row.vat
    return Summary(
        scopes_due=row.due, unchanged=row.due - row.not_billable - (row.pending - row.vanished),
        to_invoice=row.to_invoice, to_correct=row.to_correct, vanished=row.vanished,
        parked=row.parked, not_billable=row.not_billable, invoices=row.invoices, corrections=row.corrections,
        net_amount=row.net, vat_amount=row.vat, gross_amount=gross, corrections_gross=row.corrections_gross,
        energy_kwh=row.energy_kwh,
        estimated_share=round(row.estimated_kwh / row.kwh_after, 4) if row.kwh_after else Decimal(0),
        previous_gross=row.previous_gross, parked_by_code=parked, not_billable_by_code=missing,
        bounds=safety_bounds(
            limits, gross=row.invoices_gross + row.this_month_gross, previous_gross=row.previous_gross,
            scopes=row.due_this_month, expected_scopes=row.expected_this_month,
            left_out=row.parked + row.not_billable, considered=row.pending + row.not_billable,
        ),
    )  # fmt: skip


def _drop(session: Session) -> None:
    session.execute(text("drop table if exists " + ", ".join(f"pg_temp.{name}" for name in _TABLES)))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
