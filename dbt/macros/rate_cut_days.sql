{# Days on which the price, the VAT, the excise or a cap of an expected charge may change, and the first of each month
   where months are priced one by one: expected_id, cut_day. Reads the CTEs `expected` and `candidates` of
   int_billing_rates_cut; days outside the charge do no harm there. #}
{% macro rate_cut_days() -%}
    select
        expected_id,
        period_from as cut_day
    from expected
    union
    select
        expected_id,
        unnest(array[valid_from, valid_to]) as cut_day
    from candidates
    union
    select
        expected.expected_id,
        unnest(array[vat.valid_from, vat.valid_to]) as cut_day
    from expected
    inner join {{ ref('stg_operational__vat_rates') }} as vat on expected.medium = vat.medium
    union
    select
        expected.expected_id,
        unnest(array[excise.valid_from, excise.valid_to]) as cut_day
    from expected
    inner join {{ ref('stg_operational__excise_rates') }} as excise
        on
            expected.medium = excise.medium
            and expected.customer_class = excise.customer_class
    where expected.charge_code in ('energy_active', 'gas_fuel')
    union
    select
        expected.expected_id,
        unnest(array[caps.valid_from, caps.valid_to]) as cut_day
    from expected
    inner join {{ ref('stg_market__price_caps') }} as caps
        on
            expected.customer_class = caps.scope
            and expected.period_from < caps.valid_to
            and expected.period_to > caps.valid_from
    where expected.charge_code = 'energy_active'
    union
    select
        expected.expected_id,
        declared.cut_day
    from expected
    inner join (
        select distinct unnest(array[declarations.valid_from, declarations.valid_to]) as cut_day
        from {{ ref('stg_market__cap_declarations') }} as declarations
    ) as declared
        on declared.cut_day > expected.period_from and declared.cut_day < expected.period_to
    where expected.charge_code = 'energy_active'
    union
    select
        expected.expected_id,
        months.first_instant::date as cut_day
    from expected
    cross join
        lateral generate_series(
            date_trunc('month', expected.period_from::timestamp) + interval '1 month',
            (expected.period_to - 1)::timestamp,
            interval '1 month'
        ) as months (first_instant)
    where
        (expected.medium = 'gas' and expected.is_energy)
        or expected.quantity_basis = 'capacity_energy'
{%- endmacro %}
