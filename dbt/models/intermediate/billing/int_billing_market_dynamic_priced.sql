-- Energy by an index: Energy Law art. 5(4a). The lake summed kWh x index per civil day,
-- unrounded; margin, excise and multiplier come on top of the sum of the stretch, so the amount
-- is rounded once. Day by day, a hole is told apart: a day without all intervals has no quantity,
-- a day with them but without all their prices has no price. A prosumer buys what the balance of
-- each hour leaves, so energy and value are those after it.
with stretches as (
    select
        segments.segment_id,
        segments.scope_key,
        segments.supply_point_id,
        segments.supply_point_terms_id,
        case segments.metering_mode when 'balanced' then 'balanced_import' else 'energy' end
            as energy_determinant,
        case segments.metering_mode when 'balanced' then 'balanced' else 'all' end as value_set,
        formulas.price_formula_id,
        formulas.index_code,
        formulas.determinant_index,
        formulas.margin,
        formulas.multiplier,
        vat.vat_rate_id,
        vat.rate as vat_rate,
        excise.excise_rate_id,
        case
            when formulas.adds_excise then coalesce(excise.price_pln_per_kwh, 0) else 0
        end as excise,
        greatest(
            segments.period_from, formulas.valid_from, vat.valid_from, excise.valid_from
        ) as period_from,
        least(segments.period_to, formulas.valid_to, vat.valid_to, excise.valid_to) as period_to
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('stg_market__price_formulas') }} as formulas
        on
            segments.price_list_id = formulas.price_list_id
            and segments.period_from < formulas.valid_to
            and segments.period_to > formulas.valid_from
    left join {{ ref('stg_operational__vat_rates') }} as vat
        on
            segments.medium = vat.medium
            and greatest(segments.period_from, formulas.valid_from) < vat.valid_to
            and least(segments.period_to, formulas.valid_to) > vat.valid_from
    left join {{ ref('stg_operational__excise_rates') }} as excise
        on
            segments.medium = excise.medium
            and segments.customer_class = excise.customer_class
            and greatest(segments.period_from, formulas.valid_from, vat.valid_from)
            < excise.valid_to
            and least(segments.period_to, formulas.valid_to, vat.valid_to) > excise.valid_from
),

days as (
    select
        stretches.segment_id,
        stretches.period_from,
        days.instant::date as day
    from stretches
    cross join
        lateral generate_series(
            stretches.period_from::timestamp,
            (stretches.period_to - 1)::timestamp,
            interval '1 day'
        ) as days (instant)
),

measured as (
    select
        stretches.segment_id,
        stretches.period_from,
        sum(energy.quantity) as energy_kwh,
        sum(priced.quantity) as index_value,
        jsonb_agg(jsonb_build_array(days.day, energy.quantity, priced.quantity) order by days.day)
            as daily,
        coalesce(sum(energy.intervals), 0) as intervals,
        coalesce(sum(energy.estimated_intervals), 0) as estimated_intervals,
        min(days.day) filter (
            where coalesce(energy.intervals < energy.expected_intervals, true)
        ) as first_incomplete_day,
        min(days.day) filter (
            where
            energy.intervals >= energy.expected_intervals
            and coalesce(priced.intervals < energy.intervals, true)
        ) as first_unpriced_day
    from stretches
    inner join days
        on stretches.segment_id = days.segment_id and stretches.period_from = days.period_from
    left join {{ ref('stg_lake__interval_determinants') }} as energy
        on
            stretches.supply_point_id = energy.supply_point_id
            and days.day = energy.day
            and stretches.energy_determinant = energy.determinant
            and energy.zone_set = 'all'
    left join {{ ref('stg_lake__interval_determinants') }} as priced
        on
            stretches.supply_point_id = priced.supply_point_id
            and days.day = priced.day
            and priced.determinant = 'index_value'
            and stretches.value_set = priced.zone_set
            and stretches.determinant_index = priced.index_code
    group by stretches.segment_id, stretches.period_from
)

select
    stretches.*,
    round(measured.energy_kwh, 3) as energy_kwh,
    measured.index_value,
    measured.daily,
    measured.intervals,
    measured.estimated_intervals,
    measured.first_incomplete_day,
    measured.first_unpriced_day,
    measured.index_value * stretches.multiplier
    + round(measured.energy_kwh, 3) * (stretches.margin + stretches.excise) as amount
from stretches
inner join measured
    on
        stretches.segment_id = measured.segment_id
        and stretches.period_from = measured.period_from
