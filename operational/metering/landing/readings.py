"""The gate's rules for register readings, as statements over the temporary tables `landing` and `judged`.

Order matters: what a row means (point, meter, register), whether it is known, whether the file contradicts
itself, and last whether the value contradicts its neighbours.

The neighbour rule: a value is refused only when an actual reading stands on BOTH sides, these two agree with
each other (the later is not below the earlier, or the register may have rolled over: earlier above 90 % and
later below 10 % of its range) and the value lies outside them. With one neighbour only nobody can tell which
of the two is wrong, so the row is accepted and billing raises reading_below_last. This is the one rule
besides overlapping periods of which the outcome may depend on the order of files; nothing is lost by it, the
row waits in quarantine.
"""

from typing import Final

STAGED: Final = (
    "row_no integer, supply_point_code text, meter_serial text, zone_code text, reading_date date,"
    " value numeric(18, 3), kind text, reason text, version integer"
)

ACTUAL: Final = "('actual_remote', 'actual_manual', 'customer')"

JUDGE: Final = """
create temp table judged on commit drop as
select l.*, s.id as supply_point_id, g.id as register_id, g.digits, 'accepted'::text as status,
  case
    when s.id is null then 'unknown_supply_point'
    when m.id is null then 'unknown_meter'
    when g.id is null then 'unknown_register'
    when not exists (
      select 1 from operational.meter_installations i
      where i.meter_id = m.id and i.supply_point_id = s.id and i.superseded_at is null
        and l.reading_date >= i.valid_from - 1 and (i.valid_to is null or l.reading_date < i.valid_to)
    ) then 'meter_not_at_point'
    when l.reading_date > :today then 'date_in_future'
    when l.value >= 10::numeric ^ g.digits then 'reading_exceeds_register'
  end as code,
  case
    when s.id is null or m.id is null then null
    when g.id is null then (select string_agg(o.zone_code, ', ' order by o.zone_code)
                            from operational.registers o where o.meter_id = m.id)
    when l.reading_date > :today then l.reading_date::text
    when l.value >= 10::numeric ^ g.digits then g.digits || ' digits'
  end as detail
from pg_temp.landing l
left join operational.supply_points s on s.code = l.supply_point_code
left join operational.meters m on m.serial = l.meter_serial
left join operational.registers g on g.meter_id = m.id and g.zone_code = l.zone_code"""

WHERE_METER_STANDS: Final = """
update pg_temp.judged j set detail = coalesce((
  select string_agg(p.code || ' from ' || i.valid_from || coalesce(' to ' || i.valid_to, ''), '; ' order by
    i.valid_from)
  from operational.meters m
  join operational.meter_installations i on i.meter_id = m.id and i.superseded_at is null
  join operational.supply_points p on p.id = i.supply_point_id
  where m.serial = j.meter_serial), 'nowhere')
where j.code = 'meter_not_at_point'"""

KNOWN: Final = """
update pg_temp.judged j set
  status = case when r.value = j.value and r.kind = j.kind then 'duplicate' else j.status end,
  code = case when r.value = j.value and r.kind = j.kind then null else 'version_conflict' end,
  detail = r.value || ' ' || r.kind
from operational.readings r
where j.code is null and r.register_id = j.register_id and r.reading_date = j.reading_date and r.version =
  j.version"""

CONFLICT_IN_FILE: Final = """
update pg_temp.judged j set code = 'conflict_in_file', detail = c.found
from (
  select register_id, reading_date, version, string_agg(distinct value || ' ' || kind, ', ') as found
  from pg_temp.judged where code is null and status = 'accepted'
  group by register_id, reading_date, version having count(distinct (value, kind)) > 1
) c
where j.code is null and j.status = 'accepted'
  and j.register_id = c.register_id and j.reading_date = c.reading_date and j.version = c.version"""

REPEATED_IN_FILE: Final = """
update pg_temp.judged j set status = 'duplicate'
from (
  select row_no, row_number() over (partition by register_id, reading_date, version order by row_no) as nth
  from pg_temp.judged where code is null and status = 'accepted'
) d
where d.row_no = j.row_no and d.nth > 1"""

# The rows that will hold once the file is in: the highest version of the file, unless the facts know a
# higher one.
HOLDING: Final = """
  select j.*, max(j.version) over (partition by j.register_id, j.reading_date) = j.version
    and not exists (
      select 1 from operational.readings h
      where h.register_id = j.register_id and h.reading_date = j.reading_date and h.version > j.version
    ) as holds
  from pg_temp.judged j where j.code is null and j.status = 'accepted'"""

_AGREES = (
    "({later} >= {earlier} or ({earlier} > 0.9 * 10::numeric ^ b.digits"
    " and {later} < 0.1 * 10::numeric ^ b.digits))"
)

BETWEEN_NEIGHBOURS: Final = f"""
with holding as ({HOLDING}),
framed as (
  select row_no, register_id, reading_date, value, digits,
    lag(reading_date) over w as file_earlier_on, lag(value) over w as file_earlier,
    lead(reading_date) over w as file_later_on, lead(value) over w as file_later
  from holding where holds and kind in {ACTUAL}
  window w as (partition by register_id order by reading_date)
),
with_later as (
  select f.*,
    case when n.reading_date < f.file_later_on or f.file_later_on is null then n.reading_date else
      f.file_later_on
      end as later_on,
    case when n.reading_date < f.file_later_on or f.file_later_on is null then n.value else f.file_later end
      as later
  from framed f left join lateral (
    select r.reading_date, r.value from operational.readings r
    where r.register_id = f.register_id and r.reading_date > f.reading_date and r.superseded_at is null
      and r.kind in {ACTUAL}
    order by r.reading_date limit 1
  ) n on true
),
with_both as (
  select f.*,
    case when p.reading_date > f.file_earlier_on or f.file_earlier_on is null then p.reading_date
      else f.file_earlier_on end as earlier_on,
    case when p.reading_date > f.file_earlier_on or f.file_earlier_on is null then p.value else f.file_earlier
      end as earlier
  from with_later f left join lateral (
    select r.reading_date, r.value from operational.readings r
    where r.register_id = f.register_id and r.reading_date < f.reading_date and r.superseded_at is null
      and r.kind in {ACTUAL}
    order by r.reading_date desc limit 1
  ) p on true
  where f.later is not null
)
update pg_temp.judged j set code = 'reading_below_last',
  detail = b.earlier || ' on ' || b.earlier_on || ' and ' || b.later || ' on ' || b.later_on
from with_both b
where b.row_no = j.row_no and b.earlier is not null
  and {_AGREES.format(later="b.later", earlier="b.earlier")}
  and not (
    {_AGREES.format(later="b.value", earlier="b.earlier")}
    and {_AGREES.format(later="b.later", earlier="b.value")}
  )"""

CLOSE_REPLACED: Final = f"""
update operational.readings r set superseded_at = :as_of
from ({HOLDING}) h
where h.holds and r.register_id = h.register_id and r.reading_date = h.reading_date and r.superseded_at is
  null"""

RECORD: Final = f"""
insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, reason, version,
  file_id,
  row_no, recorded_at, superseded_at)
select register_id, supply_point_id, reading_date, value, kind, reason, version, :file_id, row_no, :as_of,
  case when holds then null else cast(:as_of as timestamptz) end
from ({HOLDING}) h"""

KEEP_RAW: Final = """
insert into raw.register_readings (file_id, row_no, supply_point_code, meter_serial, zone_code, reading_date,
  value, kind,
  reason, version, status)
select :file_id, row_no, supply_point_code, meter_serial, zone_code, reading_date, value, kind, reason,
  version, status
from pg_temp.judged where code is null"""

JUDGEMENT: Final = (
    JUDGE,
    "analyze pg_temp.judged",
    WHERE_METER_STANDS,
    KNOWN,
    CONFLICT_IN_FILE,
    REPEATED_IN_FILE,
    BETWEEN_NEIGHBOURS,
)
"""Statements in order; parameter `today` (the last day that may have ended)."""

RECORDING: Final = (KEEP_RAW, CLOSE_REPLACED, RECORD)
"""Statements in order; parameters `file_id`, `as_of`."""
