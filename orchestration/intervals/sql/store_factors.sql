with given as (
  select * from unnest(cast(:areas as text[]), cast(:starts as date[]), cast(:ends as date[]), cast(:factors as numeric[]))
    g (area_code, valid_from, valid_to, factor)
),
changed as (
  select g.* from given g
  where not exists (
    select from operational.gas_conversion_factors f where f.area_code = g.area_code and f.valid_from = g.valid_from
      and f.valid_to = g.valid_to and f.factor_kwh_per_m3 = g.factor and f.superseded_at is null)
),
closed as (
  update operational.gas_conversion_factors f set superseded_at = greatest(:as_of, f.recorded_at) from changed c
  where f.area_code = c.area_code and f.valid_from = c.valid_from and f.superseded_at is null returning f.id
),
added as (
  insert into operational.gas_conversion_factors (area_code, factor_kwh_per_m3, valid_from, valid_to, source, recorded_at)
  select area_code, factor, valid_from, valid_to, :source, :as_of from changed, (select count(*) from closed) c
  returning 1
)
select count(*) from added
