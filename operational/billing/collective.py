"""Collective corrections: the choice for a run and the dated rules; `documents/collective.py` reads them.

One document corrects several invoices of one customer (VAT Act art. 106j(3)). Each corrected invoice keeps a
correction of its own in its chain, with lines, VAT, ledger and open item; these are the parts of the one
document, and the next correction of an invoice follows its own chain as always.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import one, rows

FORMS: Final = ("rule", "single", "collective")
KINDS: Final = ("any", "household", "business", "public")
_LONGEST_REASON: Final = 300
_OPEN: Final = ("computed", "approved")


class WrongCorrectionForm(DomainError):
    """The choice of a run cannot be kept as it was given."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From so many corrected invoices of one customer in a run on, the corrections are one document."""

    public_id: str
    customer_kind: str
    min_invoices: int
    valid_from: date
    valid_to: date | None
    source: str


def choose_form(session: Session, *, run_id: int, form: str, reason: str, row_version: int) -> None:
    """Choose how the corrections of a run that is not issued are written: by the rule, single, collective.

    ``reason`` stands on the collective corrections (VAT Act art. 106j(2)(5)). Raises WrongCorrectionForm.
    """
    reason = " ".join(reason.split())
    if form not in FORMS:
        raise WrongCorrectionForm(
            "wrong_correction_form", f"'{form}' is no form of corrections. Choose one of {', '.join(FORMS)}."
        )
    if form == "collective" and not reason:
        raise WrongCorrectionForm(
            "collective_reason_missing",
            "A collective correction says why it was made. Write the reason, e.g. which prices were wrong.",
        )
    if len(reason) > _LONGEST_REASON:
        raise WrongCorrectionForm(
            "collective_reason_long", f"The reason is longer than {_LONGEST_REASON} characters. Shorten it."
        )
    found = one(
        session,
        "select status, row_version from operational.billing_runs where id = :id for update",
        {"id": run_id},
    )
    if found.row_version != row_version:
        raise DomainError(
            "changed_meanwhile", "The run changed while you worked on it. Reload the page and choose again."
        )
    if found.status not in _OPEN:
        raise WrongCorrectionForm(
            "wrong_run_status",
            f"The run is {found.status}, so its documents are numbered already. Choose the form of "
            "corrections before the issue.",
        )
    session.execute(
        text(
            "update operational.billing_runs set correction_form = :form, correction_reason = :reason,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"id": run_id, "form": form, "reason": reason},
    )


def day_of(given: str) -> date:
    """Read a day of a form (2026-05-01); raises WrongCorrectionForm with collective_rule_wrong."""
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise WrongCorrectionForm(
            "collective_rule_wrong", "The days of the rule are written as 2026-05-01."
        ) from error


def last_day_of(given: str) -> date | None:
    """Read the last day of a form, which may be empty: without end; raises as ``day_of``."""
    return day_of(given) if given else None


def add_rule(
    session: Session, *, customer_kind: str, min_invoices: int, valid_from: date, valid_to: date | None,
    source: str,
) -> None:  # fmt: skip
    """Add a dated rule; of two that are valid the one for the customer's kind counts, then the newer one.

    Raises WrongCorrectionForm with collective_rule_wrong or collective_rule_exists.
    """
    if customer_kind not in KINDS or min_invoices < 2 or not source.strip():
        raise WrongCorrectionForm(
            "collective_rule_wrong",
            "A rule needs a kind of customers, at least 2 invoices and where it comes from.",
        )
    if valid_to is not None and valid_to <= valid_from:
        raise WrongCorrectionForm("collective_rule_wrong", "The rule ends before it begins.")
    try:
        with session.begin_nested():
            session.execute(
                text(
                    "insert into operational.collective_rules (customer_kind, min_invoices, valid_from,"
                    " valid_to, source) values (:kind, :least, :valid_from, :valid_to, :source)"
                ),
                {"kind": customer_kind, "least": min_invoices, "valid_from": valid_from,
                 "valid_to": valid_to, "source": source.strip()},
            )  # fmt: skip
    except IntegrityError as error:
        raise WrongCorrectionForm(
            "collective_rule_exists",
            f"A rule of these customers begins on {valid_from} already. Withdraw it.",
        ) from error


def withdraw_rule(session: Session, *, public_id: str) -> None:
    """Withdraw a rule from now on; what was issued by it stays. Twice does no more than once."""
    session.execute(
        text(
            "update operational.collective_rules set superseded_at = now()"
            " where public_id = cast(:id as uuid) and superseded_at is null"
        ),
        {"id": public_id},
    )


def rules(session: Session) -> list[Rule]:
    """Return the rules that were not withdrawn, the newest first."""
    found = rows(
        session,
        "select public_id::text, customer_kind, min_invoices, valid_from, valid_to, source from"
        " operational.collective_rules where superseded_at is null order by valid_from desc, customer_kind",
    )
    return [Rule(*row) for row in found]
