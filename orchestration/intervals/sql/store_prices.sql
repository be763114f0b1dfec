with given as (
  select * from unnest(cast(:indexes as text[]), cast(:starts as timestamptz[]), cast(:prices as numeric[])) g (index_code, starts_at, price)
),
changed as (
  select g.* from given g
  where not exists (
    select from raw.market_prices p where p.index_code = g.index_code and p.starts_at = g.starts_at and p.superseded_at is null
      and p.price = g.price and p.currency = :currency and p.resolution = :resolution)
),
closed as (
  update raw.market_prices p set superseded_at = greatest(:as_of, p.recorded_at) from changed c
  where p.index_code = c.index_code and p.starts_at = c.starts_at and p.superseded_at is null
  returning p.id
),
added as (
  insert into raw.market_prices (index_code, starts_at, resolution, price, currency, file_id, recorded_at)
  select index_code, starts_at, :resolution, price, :currency, :file_id, :as_of from changed, (select count(*) from closed) c
  returning 1
)
select count(*) from added
