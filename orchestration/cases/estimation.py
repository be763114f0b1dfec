"""Rules of estimation of a case: the load profile of its own distributor, and which methods may be used."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.orm import Session

_METHOD = """
insert into operational.estimation_methods (dso_code, medium, tariff_prefix, method, rank, is_active,
  minimum_days, is_seasonal, source, recorded_at)
select :dso, :medium, '', method, rank, is_active or method = :switched_on, minimum_days,
  method = 'average_daily' and :seasonal, 'case', :at
from operational.estimation_methods where dso_code = '' and medium = :medium and superseded_at is null"""
_WEIGHT = """
insert into operational.load_profiles (dso_code, medium, tariff_prefix, month, weight, source, recorded_at)
values (:dso, :medium, :tariff, :month, cast(:weight as numeric), 'case', :at)"""


class Estimation(BaseModel):
    """Weights of the twelve months (they make 1), and whether the profile and the seasons are used."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    profile: tuple[Decimal, ...] = Field(min_length=12, max_length=12)
    uses_profile: bool = False
    is_seasonal: bool = False


def load_estimation(
    session: Session, *, rules: Estimation, dso: str, medium: str, tariff: str, at: datetime
) -> None:
    """Write the rules for the case's own distributor."""
    place = {"dso": dso, "medium": medium, "at": at}
    switched = {"switched_on": "load_profile" if rules.uses_profile else "", "seasonal": rules.is_seasonal}
    session.execute(text(_METHOD), place | switched)
    session.execute(
        text(_WEIGHT),
        [
            {**place, "tariff": tariff, "month": month, "weight": weight}
            for month, weight in enumerate(rules.profile, start=1)
        ],
    )
