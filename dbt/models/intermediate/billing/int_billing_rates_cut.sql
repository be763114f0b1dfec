-- One row per profile, charge, zone and longest stretch with one rate row, one VAT and one excise
-- row.
-- A stretch without a rate keeps its days with an empty rate_id: that is an exception, not a
-- silent zero.
with expected as (
    select
        row_number() over () as expected_id,
        charges.*
    from {{ ref('int_billing_charges_expected') }} as charges
),

candidates as (
    select
        expected.expected_id,
        found.*
    from expected
    inner join {{ ref('int_billing_rates_found') }} as found
        on
            expected.profile_id = found.profile_id
            and expected.charge_code = found.charge_code
            and expected.zone_code = found.zone_code
),

cuts as (
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
        months.first_instant::date as cut_day
    from expected
    cross join
        lateral generate_series(
            date_trunc('month', expected.period_from::timestamp) + interval '1 month',
            (expected.period_to - 1)::timestamp,
            interval '1 month'
        ) as months (first_instant)
    where expected.medium = 'gas' and expected.is_energy
),

pieces as (
    select
        expected.*,
        cuts.cut_day as piece_from,
        lead(cuts.cut_day, 1, expected.period_to) over (
            partition by expected.expected_id order by cuts.cut_day
        ) as piece_to
    from expected
    inner join cuts
        on
            expected.expected_id = cuts.expected_id
            and cuts.cut_day >= expected.period_from
            and cuts.cut_day < expected.period_to
),

rated as (
    select distinct on (pieces.expected_id, pieces.piece_from)
        pieces.*,
        candidates.rate_table,
        candidates.rate_id,
        candidates.rate_zone_code,
        candidates.unit,
        candidates.price,
        candidates.factor,
        vat.vat_rate_id,
        vat.rate as vat_rate,
        excise.excise_rate_id
    from pieces
    left join candidates
        on
            pieces.expected_id = candidates.expected_id
            and pieces.piece_from >= candidates.valid_from
            and pieces.piece_from < candidates.valid_to
    left join {{ ref('stg_operational__vat_rates') }} as vat
        on
            pieces.medium = vat.medium
            and pieces.piece_from >= vat.valid_from
            and pieces.piece_from < vat.valid_to
    left join {{ ref('stg_operational__excise_rates') }} as excise
        on
            pieces.medium = excise.medium
            and pieces.customer_class = excise.customer_class
            and pieces.charge_code in ('energy_active', 'gas_fuel')
            and pieces.piece_from >= excise.valid_from
            and pieces.piece_from < excise.valid_to
    order by pieces.expected_id, pieces.piece_from, candidates.specificity desc nulls last
)

select * from rated
