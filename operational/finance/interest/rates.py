"""Mean NBP rates of the euro, by which recovery compensation is converted."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.policies import PolicyError


def store_eur_rate(session: Session, *, day: date, rate: Decimal, source: str, as_of: datetime) -> None:
    """Keep the PLN for one euro of a day; an earlier version of the day stays on record. The caller
    commits."""
    if not 1 < rate < 20:
        raise PolicyError(
            "eur_rate_wrong", f"{rate} PLN for a euro cannot be right. Read the NBP table again."
        )
    given = {"day": day, "rate": rate, "source": source, "as_of": as_of}
    session.execute(
        text("""update operational.nbp_eur_rates set superseded_at = :as_of
                where day = :day and superseded_at is null"""),
        given,
    )
    session.execute(
        text("""insert into operational.nbp_eur_rates (day, rate, source, recorded_at)
                values (:day, :rate, :source, :as_of)"""),
        given,
    )
