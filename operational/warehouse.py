"""The only module that names tables which dbt builds.

Rooms write SQL with placeholders (``$target_scopes``) and have them filled here, so that a renamed model is
changed in one place and no view or foreign key of ours ever stands on a table that dbt drops and rebuilds.
Rows are read, never written. Open also: ``dbt/models/proposals`` (who builds them), ``billing/issuing.py``
(who acts on them).
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError

TABLES: Final[dict[str, str]] = {
    "target_lines": "proposals.prop_document_lines",
    "target_scopes": "proposals.prop_document_scopes",
    "target_exceptions": "proposals.prop_billing_exceptions",
    "target_computation": "proposals.prop_computation",
}

# Marts that checks compare with the ledger and the documents; absent until the nightly build has run.
MARTS: Final[dict[str, str]] = {
    "energy_balance": "marts.fct_energy_balance",
    "supply_point_months": "marts.fct_supply_point_months",
    "customer_balances": "marts.fct_customer_balances",
    "target_deposit_lots": "proposals.prop_deposit_lots",
    # Proposed interest is computed by itself, so a billing run does not ask for it.
    "target_interest": "proposals.prop_interest_notes",
}

# What a simulation supposes, beside the proposals that count; there only while it is compared.
SUPPOSED: Final[dict[str, str]] = {
    "supposed_lines": "whatif_proposals.prop_document_lines",
    "supposed_scopes": "whatif_proposals.prop_document_scopes",
}

# Held alone while dbt computes the proposals, shared while they are acted on.
PUBLISHING_LOCK: Final = 7_401_010


class ProposalsBusy(DomainError):
    """dbt is computing the proposals right now."""

    def __init__(self) -> None:
        super().__init__(
            "proposals_busy",
            "The proposals are being computed at this moment, so nothing was issued from them. "
            "Wait for the computation to end, then make and approve a new run.",
        )


class NoProposals(DomainError):
    """The warehouse has not computed anything yet."""

    def __init__(self) -> None:
        super().__init__(
            "no_proposals",
            "The warehouse holds no computed proposals, so there is nothing to bill. Compute them first: "
            "'iris bill run' does it, or materialise the asset group 'proposals' in Dagster.",
        )


@dataclass(frozen=True, slots=True)
class Computation:
    """Which computation the proposals hold: its id, what was known, and the day before which periods are
    due.
    """

    computation_id: str
    known_at: datetime
    billed_through: date


@lru_cache(maxsize=64)
def statement(path: Path) -> TextClause:
    """Return the SQL of a file with its warehouse tables filled in; the file is read once per process."""
    return text(fill(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def parameters_of(found: TextClause) -> set[str]:
    """Return the names of the bind parameters of a statement."""
    return set(found.compile().params)


def fill(sql: str) -> str:
    """Put the names of warehouse tables in place of ``$target_lines``, ``$target_scopes`` and so on."""
    return Template(sql).substitute(TABLES | MARTS | SUPPOSED)


def missing_tables(session: Session, sql: str) -> list[str]:
    """Return the warehouse tables that the SQL names and that dbt has not built in this database."""
    named = {known for name, known in (TABLES | MARTS).items() if f"${name}" in sql}
    found: Any = session.execute(
        text(
            "select t.name from unnest(cast(:names as text[])) as t (name) where to_regclass(t.name) is null"
        ),
        {"names": sorted(named)},
    )
    return [str(name) for name in found.scalars()]


def has_proposals(session: Session) -> bool:
    """Tell whether dbt has built the proposals in this database."""
    return not missing_tables(session, " ".join(f"${name}" for name in TABLES))


def hold_proposals(session: Session) -> Computation:
    """Keep the proposals from being rebuilt until the transaction ends, and return which computation they
    hold.

    Whoever computes proposals holds the same lock alone for as long as dbt works, so all reads of this
    transaction see one computation. Raises NoProposals when there are none and ProposalsBusy while they are
    being computed.
    """
    alone = text("select pg_try_advisory_xact_lock_shared(:lock)")
    if not session.execute(alone, {"lock": PUBLISHING_LOCK}).scalar():
        raise ProposalsBusy
    return computation(session)


def computation(session: Session) -> Computation:
    """Return which computation the proposals hold; raises NoProposals when there is none."""
    if not has_proposals(session):
        raise NoProposals
    row = session.execute(
        text(fill("select computation_id, known_at, billed_through from $target_computation"))
    ).one_or_none()
    if row is None:
        raise NoProposals
    return Computation(row.computation_id, row.known_at, row.billed_through)
