"""Dated limits of the finance room and what a customer agreed otherwise, read and changed by versions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError


class PolicyError(DomainError):
    """A limit or policy is missing or cannot be changed as asked."""


@dataclass(frozen=True, slots=True)
class FinanceTerms:
    """What holds for a customer on a day: from the customer's own terms, else from the policy of the kind.

    ``interest_mode`` is note, next_bill or none; ``smallest_note`` in PLN.
    """

    interest_mode: str
    rate_kind: str
    allocation_order: str
    smallest_note: Decimal
    note_term_days: int
    has_own_terms: bool


def limit(session: Session, *, code: str, on: date) -> Decimal:
    """Return the value of a limit on a day; raise PolicyError when none is in force."""
    found: Decimal | None = session.execute(
        text("""select amount from operational.finance_limits where code = :code and superseded_at is null
                and valid_from <= :on and (valid_to is null or valid_to > :on)"""),
        {"code": code, "on": on},
    ).scalar_one_or_none()
    if found is None:
        raise PolicyError(
            "limit_missing", f"No limit '{code}' is in force on {on}. Add it to finance_limits."
        )
    return found


def terms_of(session: Session, *, customer_id: int, on: date) -> FinanceTerms:
    """Return the finance terms of a customer on a day; raise PolicyError when no policy covers the day."""
    row = session.execute(
        text("""
          select coalesce(t.interest_mode, 'note') as interest_mode, coalesce(t.rate_kind, f.rate_kind) as
            rate_kind,
            coalesce(t.allocation_order, f.allocation_order) as allocation_order, f.smallest_note,
              f.note_term_days,
            t.id is not null as has_own_terms
          from operational.customers c
          join operational.finance_policies f on f.customer_kind = c.kind and f.superseded_at is null
            and f.valid_from <= :on and (f.valid_to is null or f.valid_to > :on)
          left join operational.customer_finance_terms t on t.customer_id = c.id and t.superseded_at is null
            and t.valid_from <= :on and (t.valid_to is null or t.valid_to > :on)
          where c.id = :customer"""),
        {"customer": customer_id, "on": on},
    ).one_or_none()
    if row is None:
        raise PolicyError("policy_missing", f"No finance policy covers {on}. Add it to finance_policies.")
    return FinanceTerms(**row._mapping)


def set_terms(
    session: Session,
    *,
    customer_id: int,
    interest_mode: str,
    rate_kind: str | None,
    allocation_order: str | None,
    valid_from: date,
    as_of: datetime,
) -> None:
    """Give a customer finance terms of its own from a day on; None means: as the policy of the kind says.

    Earlier versions stay on record. The caller commits. Raises PolicyError for values that are not known.
    """
    if (
        interest_mode not in ("note", "next_bill", "none")
        or rate_kind not in (None, "statutory_delay", "commercial", "commercial_medical")
        or allocation_order not in (None, "principal_first", "interest_first")
    ):
        raise PolicyError("terms_unknown", "Choose the terms from the lists of the form.")
    given = {
        "customer": customer_id, "mode": interest_mode, "kind": rate_kind, "ordered": allocation_order,
        "from": valid_from, "as_of": as_of,
    }  # fmt: skip
    session.execute(
        text("select id from operational.customers where id = :customer for no key update"), given
    )
    earlier = session.execute(
        text("""select id, interest_mode, rate_kind, allocation_order, valid_from from
          operational.customer_finance_terms
                where customer_id = :customer and superseded_at is null and (valid_to is null or valid_to >
                  :from)"""),
        given,
    ).all()
    session.execute(
        text("update operational.customer_finance_terms set superseded_at = :as_of where id = any(:ids)"),
        {"ids": [row.id for row in earlier], "as_of": as_of},
    )
    insert = text("""
      insert into operational.customer_finance_terms (customer_id, interest_mode, rate_kind, allocation_order,
        valid_from, valid_to, recorded_at) values (:customer, :mode, :kind, :ordered, :from, :to, :as_of)""")
    for row in earlier:
        if row.valid_from < valid_from:
            session.execute(
                insert,
                {"customer": customer_id, "mode": row.interest_mode, "kind": row.rate_kind,
                 "ordered": row.allocation_order, "from": row.valid_from, "to": valid_from, "as_of": as_of},
            )  # fmt: skip
    session.execute(insert, {**given, "to": None})
