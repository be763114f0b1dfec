-- Every rate row that could hold; the greater specificity wins where two overlap.
with candidates as (
    select
        expected.profile_id,
        expected.charge_code,
        expected.zone_code,
        'dso_rates' as rate_table,
        rates.dso_rate_id as rate_id,
        rates.zone_code as rate_zone_code,
        rates.unit,
        rates.price,
        1::numeric as factor,
        (rates.zone_code <> '')::integer * 4
        + (rates.phases <> 0)::integer * 2
        + (rates.settlement_months <> 0)::integer as specificity,
        rates.valid_from,
        rates.valid_to
    from {{ ref('int_billing_charges_expected') }} as expected
    inner join {{ ref('stg_operational__dso_rates') }} as rates
        on
            expected.dso_code = rates.dso_code
            and expected.tariff_group = rates.tariff_group
            and expected.charge_code = rates.charge_code
    where
        expected.rate_source = 'dso'
        and rates.phases in (0, expected.phases)
        and rates.settlement_months in (0, expected.cycle_months)
        and rates.valid_from < expected.period_to
        and rates.valid_to > expected.period_from
        and (
            rates.zone_code in ('', expected.zone_code)
            or (expected.zone_code = '' and rates.zone_code = 'all')
        )
    union all
    select
        expected.profile_id,
        expected.charge_code,
        expected.zone_code,
        'price_list_items' as rate_table,
        items.price_list_item_id as rate_id,
        items.zone_code as rate_zone_code,
        items.unit,
        items.price,
        1::numeric as factor,
        (items.zone_code <> '')::integer * 2
        + (items.tariff_group <> '')::integer as specificity,
        items.valid_from,
        items.valid_to
    from {{ ref('int_billing_charges_expected') }} as expected
    inner join {{ ref('stg_operational__price_list_items') }} as items
        on
            expected.price_list_id = items.price_list_id
            and expected.charge_code = items.charge_code
    where
        expected.rate_source = 'price_list'
        and items.tariff_group in ('', expected.tariff_group)
        and items.valid_from < expected.period_to
        and items.valid_to > expected.period_from
        and (
            items.zone_code in ('', expected.zone_code)
            or (expected.zone_code = '' and items.zone_code = 'all')
        )
    union all
    select
        expected.profile_id,
        expected.charge_code,
        expected.zone_code,
        'statutory_rates' as rate_table,
        rates.statutory_rate_id as rate_id,
        '' as rate_zone_code,
        rates.unit,
        rates.price,
        rates.factor,
        length(rates.tariff_prefix) * 2
        + (rates.customer_class <> 'any')::integer as specificity,
        rates.valid_from,
        rates.valid_to
    from {{ ref('int_billing_charges_expected') }} as expected
    inner join {{ ref('stg_operational__statutory_rates') }} as rates
        on expected.charge_code = rates.charge_code
    where
        expected.rate_source = 'statutory'
        and starts_with(expected.tariff_group, rates.tariff_prefix)
        and rates.customer_class in ('any', expected.customer_class)
        and expected.bracket_kwh <@ rates.annual_kwh_range
        and rates.valid_from < expected.period_to
        and rates.valid_to > expected.period_from
)

select *
from candidates
