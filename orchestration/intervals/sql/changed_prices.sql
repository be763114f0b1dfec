with given as (
  select * from unnest(cast(:indexes as text[]), cast(:starts as timestamptz[]), cast(:prices as numeric[])) g (index_code, starts_at, price)
),
changed as (
  select g.* from given g
  where not exists (
    select from raw.market_prices p where p.index_code = g.index_code and p.starts_at = g.starts_at and p.superseded_at is null
      and p.price = g.price and p.currency = :currency and p.resolution = :resolution)
)
select count(*) from changed
