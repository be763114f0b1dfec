"""The gate's rules for volumes billed by distributors, as statements over the temporary tables `landing` and
`judged`.

A volume is known by point, zone and first day; a higher version replaces it, also with another last day.
Periods of one point and zone may not overlap: of two overlapping rows of one file both are refused (nobody
can tell which is right), a row that overlaps a known period is refused until that one is replaced.
"""

from typing import Final

from operational.metering.formats.readings import NETWORK_UNITS

STAGED: Final = (
    "row_no integer, supply_point_code text, zone_code text, period_from date, period_to date,"
    " quantity numeric(18, 3), unit text, quality text, version integer"
)

_NETWORK_UNIT: Final = " ".join(f"when '{zone}' then '{unit}'" for zone, unit in NETWORK_UNITS.items())
_FITS: Final = f"""l.unit = coalesce(case l.zone_code {_NETWORK_UNIT} end,
  case when s.medium = 'gas' and l.unit = 'm3' then 'm3' else 'kwh' end)"""

JUDGE: Final = f"""
create temp table judged on commit drop as
select l.*, s.id as supply_point_id, 'accepted'::text as status,
  case
    when s.id is null then 'unknown_supply_point'
    when not {_FITS} then 'unit_mismatch'
    when l.period_to - 1 > :today then 'date_in_future'
  end as code,
  case
    when not {_FITS} then s.medium
    when l.period_to - 1 > :today then (l.period_to - 1)::text
  end as detail
from pg_temp.landing l left join operational.supply_points s on s.code = l.supply_point_code"""

_SAME = "(v.quantity, v.unit, v.quality, v.period_to) = (j.quantity, j.unit, j.quality, j.period_to)"

KNOWN: Final = f"""
update pg_temp.judged j set
  status = case when {_SAME} then 'duplicate' else j.status end,
  code = case when {_SAME} then null else 'version_conflict' end,
  detail = v.quantity || ' ' || v.unit || ' ' || v.quality || ' to ' || v.period_to
from operational.billed_volumes v
where j.code is null and v.supply_point_id = j.supply_point_id and v.zone_code = j.zone_code
  and v.period_from = j.period_from and v.version = j.version"""

CONFLICT_IN_FILE: Final = """
update pg_temp.judged j set code = 'conflict_in_file', detail = c.found
from (
  select supply_point_id, zone_code, period_from, version,
    string_agg(distinct quantity || ' ' || unit || ' ' || quality || ' to ' || period_to, ', ') as found
  from pg_temp.judged where code is null and status = 'accepted'
  group by supply_point_id, zone_code, period_from, version
  having count(distinct (quantity, unit, quality, period_to)) > 1
) c
where j.code is null and j.status = 'accepted' and j.supply_point_id = c.supply_point_id
  and j.zone_code = c.zone_code and j.period_from = c.period_from and j.version = c.version"""

REPEATED_IN_FILE: Final = """
update pg_temp.judged j set status = 'duplicate'
from (
  select row_no,
    row_number() over (partition by supply_point_id, zone_code, period_from, version order by row_no) as nth
  from pg_temp.judged where code is null and status = 'accepted'
) d
where d.row_no = j.row_no and d.nth > 1"""

HOLDING: Final = """
  select j.*, max(j.version) over (partition by j.supply_point_id, j.zone_code, j.period_from) = j.version
    and not exists (
      select 1 from operational.billed_volumes h
      where h.supply_point_id = j.supply_point_id and h.zone_code = j.zone_code
        and h.period_from = j.period_from and h.version > j.version
    ) as holds
  from pg_temp.judged j where j.code is null and j.status = 'accepted'"""

# Repeated until it refuses nothing: a refused replacement leaves the old period standing.
OVERLAPPING: Final = f"""
with holding as materialized (select * from ({HOLDING}) h where holds),
standing as (
  select v.supply_point_id, v.zone_code, v.period_from, v.period_to from operational.billed_volumes v
  where v.superseded_at is null and v.supply_point_id in (select supply_point_id from holding)
    and not exists (
      select 1 from holding h where h.supply_point_id = v.supply_point_id and h.zone_code = v.zone_code
        and h.period_from = v.period_from)
  union all
  select supply_point_id, zone_code, period_from, period_to from holding
),
clashes as (
  select h.row_no, min(s.period_from || ' to ' || s.period_to) as found
  from holding h join standing s on s.supply_point_id = h.supply_point_id and s.zone_code = h.zone_code
    and s.period_from <> h.period_from and s.period_from < h.period_to and s.period_to > h.period_from
  group by h.row_no
)
update pg_temp.judged j set code = 'period_overlap', detail = c.found from clashes c where c.row_no =
  j.row_no"""

CLOSE_REPLACED: Final = f"""
update operational.billed_volumes v set superseded_at = :as_of
from ({HOLDING}) h
where h.holds and v.supply_point_id = h.supply_point_id and v.zone_code = h.zone_code
  and v.period_from = h.period_from and v.superseded_at is null"""

RECORD: Final = f"""
insert into operational.billed_volumes (supply_point_id, zone_code, period_from, period_to, quantity, unit,
  quality,
  version, file_id, row_no, recorded_at, superseded_at)
select supply_point_id, zone_code, period_from, period_to, quantity, unit, quality, version, :file_id,
  row_no, :as_of,
  case when holds then null else cast(:as_of as timestamptz) end
from ({HOLDING}) h"""

KEEP_RAW: Final = """
insert into raw.billed_volumes (file_id, row_no, supply_point_code, zone_code, period_from, period_to,
  quantity, unit,
  quality, version, status)
select :file_id, row_no, supply_point_code, zone_code, period_from, period_to, quantity, unit, quality,
  version, status
from pg_temp.judged where code is null"""

JUDGEMENT: Final = (JUDGE, "analyze pg_temp.judged", KNOWN, CONFLICT_IN_FILE, REPEATED_IN_FILE)
"""Statements in order; parameter `today`. OVERLAPPING follows until it refuses nothing."""

RECORDING: Final = (KEEP_RAW, CLOSE_REPLACED, RECORD)
"""Statements in order; parameters `file_id`, `as_of`."""
