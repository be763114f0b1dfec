"""Statistics of complaints: how many, why, how many accepted, how fast answered; each row opens its list."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from operational.crm.service.complaint_queries import PLACE
from operational.kernel.rows import rows

# What a row of the statistics stands for, and the filter of the inbox that lists it.
DIMENSIONS: Final = {
    "cause": "k.cause",
    "category": "k.category_code",
    "product": "coalesce(place.product_code, '')",
    "dso": "coalesce(place.dso_code, '')",
    "channel": "k.channel",
    "month": "to_char(k.received_on, 'YYYY-MM')",
}


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """Complaints received, of them answered, accepted (also in part), in time; mean days to the answer."""

    code: str
    words_pl: str
    words_en: str
    received: int
    answered: int
    accepted: int
    in_time: int
    deemed: int
    mean_days: float | None

    @property
    def accepted_share(self) -> float | None:
        """Return which part of the answered ones was accepted."""
        return self.accepted / self.answered if self.answered else None

    @property
    def in_time_share(self) -> float | None:
        """Return which part of the answered ones was answered by its deadline."""
        return self.in_time / self.answered if self.answered else None


def statistics(session: Session, *, by: str, start: date, end: date, today: date) -> list[StatisticsRow]:
    """Return the complaints received in [start, end) by a dimension of DIMENSIONS, most frequent first."""
    expression = DIMENSIONS[by]
    found = rows(
        session,
        f"""select s.code, coalesce(g.name_pl, pr.name, ds.name, s.code),
              coalesce(g.name_en, pr.name, ds.name, s.code),
              count(*), count(*) filter (where s.outcome is not null),
              count(*) filter (where s.outcome in ('accepted', 'partly')),
              count(*) filter (where s.answered_on <= s.due_on),
              count(*) filter (where s.is_deemed or (s.closed_on is null and s.due_on < :today
                and s.is_deemed_accepted)),
              avg(s.answered_on - s.received_on)::float
            from (select {expression} as code, k.outcome, k.answered_on, k.due_on, k.received_on, k.is_deemed,
                    k.closed_on, d.is_deemed_accepted
                  from operational.complaints k
                  join operational.complaint_deadlines d on d.id = k.deadline_id
                  {PLACE if "place." in expression else ""}
                  where k.received_on >= :start and k.received_on < :end) s
            left join operational.complaint_categories g on :by = 'category' and g.code = s.code
            left join operational.products pr on :by = 'product' and pr.code = s.code
            left join operational.dsos ds on :by = 'dso' and ds.code = s.code
            group by 1, 2, 3 order by count(*) desc, 1""",
        {"by": by, "start": start, "end": end, "today": today},
    )
    return [StatisticsRow(*row) for row in found]
