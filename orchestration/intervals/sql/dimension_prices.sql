-- Prices by their start in UTC; prices of whole months come from market_month_prices.
select index_code, starts_at at time zone 'UTC' as starts_at, resolution, price
from raw.market_prices
where superseded_at is null and currency = 'PLN' and starts_at >= :prices_from and starts_at < :prices_to
union all
select m.index_code, (cast(m.valid_from as timestamp) at time zone 'Europe/Warsaw') at time zone 'UTC', 'month', m.price_pln_per_mwh
from operational.market_month_prices m
where m.superseded_at is null and m.valid_to > :first_day and m.valid_from <= :last_day
  and not exists (
    select from raw.market_prices p where p.index_code = m.index_code and p.resolution = 'month' and p.superseded_at is null
      and p.starts_at = cast(m.valid_from as timestamp) at time zone 'Europe/Warsaw')
