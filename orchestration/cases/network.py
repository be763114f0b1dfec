"""Facts of network charges of a case: rules, attributes, and hours cut into determinants by the masks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.cases.format import Case, Intervals, NetworkRule, Step

# Hours run in UTC, so the days on which the clock is moved have 23 and 25 of them; zones are those of the
# civil hour, by the masks and holidays of the reference data.
_DETERMINE: Final = text("""
with hours as (
  select (h at time zone 'Europe/Warsaw')::date as day,
         extract(hour from h at time zone 'Europe/Warsaw')::integer as hour
    from generate_series(cast(:first as timestamp) at time zone 'Europe/Warsaw',
                         (cast(:end as timestamp) at time zone 'Europe/Warsaw') - interval '1 hour',
                         interval '1 hour') as h
),
typed as (
  select hours.*, (cast(:kwh as numeric[]))[hours.hour + 1] as kwh,
         to_char(hours.day, 'MM-DD') as season_day,
         case when o.day is not null then 'holiday'
              when extract(isodow from hours.day) = 6 then 'saturday'
              when extract(isodow from hours.day) = 7 then 'sunday' else 'workday' end as day_type,
         count(*) over (partition by hours.day) as expected
    from hours left join operational.holidays o on o.day = hours.day
),
masked as (
  select t.*, w.zone_set, m.zone_code from typed t
    cross join (values (cast(:dso as text), cast(:grp as text), cast(:dso_set as text)),
                       (:seller_dso, :seller_grp, :seller_set), ('', '', 'capacity')
               ) as w (dso, grp, zone_set)
    join operational.zone_masks m on m.superseded_at is null and m.dso_code = w.dso and m.tariff_group = w.grp
     and t.hour >= m.hour_from and t.hour < m.hour_to
     and case when m.season_from <= m.season_to then t.season_day between m.season_from and m.season_to
              else t.season_day >= m.season_from or t.season_day <= m.season_to end
     and (m.day_type in ('all', t.day_type) or (m.day_type = 'nonworking' and t.day_type <> 'workday'))
),
found as (
  select day, 'energy' as determinant, 'all' as zone_set, 'all' as zone_code, sum(kwh) as kwh, expected
    from typed group by day, expected
  union all
  select day, case when zone_set = 'capacity' then zone_code else 'energy' end,
         case when zone_set = 'capacity' then 'all' else zone_set end,
         case when zone_set = 'capacity' then 'all' else zone_code end, sum(kwh), expected
    from masked where zone_set <> 'capacity' or zone_code = 'capacity_hours' group by 1, 2, 3, 4, expected
  union all
  select day, 'capacity_other_hours', 'all', 'all', sum(kwh), expected
    from masked where zone_set = 'capacity' and zone_code <> 'capacity_hours' and day_type = 'workday'
   group by day, expected
)
insert into raw.interval_determinants (supply_point_code, day, determinant, zone_set, zone_code, quantity,
  unit, intervals, expected_intervals, recorded_at)
select p.code, day, determinant, zone_set, zone_code, kwh, 'kwh', expected, expected, :at
  from found cross join operational.supply_points p where p.dso_code = :contract""")
_SUPERSEDE: Final = text("""
update raw.interval_determinants d set superseded_at = :at
  from operational.supply_points p
 where d.superseded_at is null and d.supply_point_code = p.code and p.dso_code = :contract
   and d.day >= :first and d.day < :end
   and d.determinant in ('energy', 'capacity_hours', 'capacity_other_hours')""")


def load_network_terms(
    session: Session, *, case: Case, key: str, point_code: str, recorded_at: datetime
) -> None:
    """Write the rules of the case's distributor and what is special about its supply point."""
    load_network_rules(session, rules=case.network_rules, key=key, recorded_at=recorded_at)
    for found in case.attributes:
        session.execute(
            text(
                "insert into operational.network_attributes (supply_point_id, oze_base_factor, tg_phi_limit,"
                " valid_from, valid_to, source, recorded_at) select id, :oze, :limit, :from, :to, 'case', :at"
                " from operational.supply_points where code = :point"
            ),
            {
                "oze": found.oze_base_factor, "limit": found.tg_phi_limit, "from": found.valid_from,
                "to": found.valid_to, "at": recorded_at, "point": point_code,
            },
        )  # fmt: skip


def load_network_step(session: Session, *, step: Step, case: Case, key: str, point_code: str) -> None:
    """Write the rules and the hours that become known in a step."""
    load_network_rules(session, rules=step.network_rules, key=key, recorded_at=step.moment)
    for found in step.intervals:
        _load_hours(session, found, case, key, step.moment)


def load_network_rules(
    session: Session, *, rules: Sequence[NetworkRule], key: str, recorded_at: datetime
) -> None:
    """Write rules of the case's distributor; a rule of the same group prefix and first day is superseded."""
    for rule in rules:
        given = rule.model_dump() | {"dso": key, "at": recorded_at}
        session.execute(
            text(
                "update operational.network_rules set superseded_at = :at where superseded_at is null"
                " and dso_code = :dso and tariff_prefix = :tariff_prefix and valid_from = :valid_from"
            ),
            given,
        )
        session.execute(
            text(
                "insert into operational.network_rules (dso_code, tariff_prefix, reactive_factor,"
                " reactive_price, tg_phi_limit, tg_phi_decimals, exceedance_rule, power_decimals,"
                " tolerance_pln, tolerance_share, valid_from, valid_to, source, recorded_at) values (:dso,"
                " :tariff_prefix, :reactive_factor, :reactive_price, :tg_phi_limit, :tg_phi_decimals,"
                " :exceedance_rule, :power_decimals, :tolerance_pln, :tolerance_share, :valid_from,"
                " :valid_to, 'case', :at)"
            ),
            given,
        )


def _load_hours(session: Session, found: Intervals, case: Case, key: str, recorded_at: datetime) -> None:
    """Write determinants as the lake does; those of the same days are superseded."""
    dso, group = found.mask or ("-", "-")
    seller_dso, seller_group = found.seller_mask or ("-", "-")
    given = {
        "contract": key, "first": found.first_day, "end": found.end_day, "at": recorded_at,
        "kwh": list(found.kwh) if isinstance(found.kwh, tuple) else [found.kwh] * 24,
        "dso": dso, "grp": group, "dso_set": f"dso:{key}:{case.terms[0].tariff_group}",
        "seller_dso": seller_dso, "seller_grp": seller_group, "seller_set": f"seller:{key}",
    }  # fmt: skip
    session.execute(_SUPERSEDE, given)
    session.execute(_DETERMINE, given)
