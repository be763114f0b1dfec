-- Indexes that price lists bill by, with their bounds of every interval, and those of feed-in.
select 'purchase' as use, index_code, determinant_index, floor_pln_per_mwh, cap_pln_per_mwh, false as is_floored
from operational.price_formulas where superseded_at is null
group by index_code, determinant_index, floor_pln_per_mwh, cap_pln_per_mwh
union all
select 'feed_in', code, code, null, null, is_floored_at_zero from operational.market_indices where is_floored_at_zero
