-- Masks of the zones: those of the DSO, of sellers (dso_code 'seller', tariff_group = code of the price list), of the capacity fee.
select
  case when dso_code = '' then 'capacity' when dso_code = 'seller' then 'seller:' || tariff_group
    else 'dso:' || dso_code || ':' || tariff_group end as zone_set,
  zone_code, season_from, season_to, day_type, hour_from, hour_to, valid_from, valid_to
from operational.zone_masks
where superseded_at is null and (dso_code in ('', 'seller') or dso_code = any(cast(:dso_codes as text[])))
