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
    {{ rate_cut_days() }}
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
        excise.excise_rate_id,
        case
            when pieces.charge_code = 'energy_active'
                then coalesce((
                    select string_agg(caps.price_cap_id::text, ',' order by caps.price_cap_id)
                    from {{ ref('stg_market__price_caps') }} as caps
                    where
                        pieces.customer_class = caps.scope
                        and pieces.piece_from >= caps.valid_from
                        and pieces.piece_from < caps.valid_to
                        and candidates.price
                        > caps.price + coalesce(excise.price_pln_per_kwh, 0)
                ), '')
            else ''
        end as cap_ids
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

-- Which caps could hold the price down; a declaration may change them from one of its days on.
select
    rated.*,
    case
        when cap_ids <> ''
            then cap_ids || '|' || coalesce((
                select max(declarations.valid_from)
                from {{ ref('stg_market__cap_declarations') }} as declarations
                where declarations.valid_from <= rated.piece_from
            )::text, '')
        else ''
    end as cap_key
from rated
