-- Discounts and services of a contract. A discount bears the VAT rate of the energy it discounts;
-- a share is taken of the rounded energy lines of its days, per VAT rate, and rounded once.
with active as (
    select * from {{ ref('int_billing_market_components_active') }}
),

periodic as (
    select
        active.*,
        vat.vat_rate_id,
        vat.rate as vat_rate,
        greatest(active.period_from, vat.valid_from) as line_from,
        case active.kind
            when 'service_once' then active.period_from + 1
            else least(active.period_to, vat.valid_to)
        end as line_to
    from active
    inner join {{ ref('stg_operational__vat_rates') }} as vat
        on
            active.medium = vat.medium
            and active.period_from < vat.valid_to
            and active.period_to > vat.valid_from
    where
        active.kind in ('service_month', 'discount_month')
        or (
            active.kind = 'service_once'
            and active.valid_from = active.period_from
            and active.period_from between vat.valid_from and vat.valid_to - 1
        )
),

energy as (
    select
        active.segment_id,
        active.contract_component_id,
        lines.vat_rate,
        min(lines.vat_rate_id) as vat_rate_id,
        min(greatest(lines.period_from, active.period_from)) as line_from,
        max(least(lines.period_to, active.period_to)) as line_to,
        sum(round(
            lines.net_amount * overlapping.days / (lines.period_to - lines.period_from), 2
        )) as base_pln,
        sum(round(
            lines.energy_kwh * overlapping.days / (lines.period_to - lines.period_from), 3
        )) as base_kwh
    from active
    inner join {{ ref('int_billing_market_energy_priced') }} as lines
        on
            active.segment_id = lines.segment_id
            and active.period_from < lines.period_to
            and active.period_to > lines.period_from
    cross join
        lateral (select {{ days_shared('lines.period', 'active.period') }} as days) as overlapping
    where active.kind in ('discount_kwh', 'discount_percent')
    group by active.segment_id, active.contract_component_id, lines.vat_rate
),

lines as (
    select
        segment_id,
        contract_component_id,
        vat_rate_id,
        vat_rate,
        line_from,
        line_to,
        case when kind = 'service_once' then 'piece' else 'month' end as unit,
        case
            when kind = 'service_once' then 377580
            else {{ month_position('line_to') }} - {{ month_position('line_from') }}
        end::numeric as parts,
        null::numeric as quantity
    from periodic
    union all
    select
        energy.segment_id,
        energy.contract_component_id,
        energy.vat_rate_id,
        energy.vat_rate,
        energy.line_from,
        energy.line_to,
        case active.kind when 'discount_kwh' then 'kwh' else 'pln' end as unit,
        null as parts,
        case active.kind when 'discount_kwh' then energy.base_kwh else energy.base_pln end
            as quantity
    from energy
    inner join active
        on
            energy.segment_id = active.segment_id
            and energy.contract_component_id = active.contract_component_id
)

select
    active.scope_key,
    active.segment_id,
    active.supply_point_id,
    active.supply_point_terms_id,
    active.medium,
    active.contract_component_id,
    active.kind,
    active.code,
    active.name_pl,
    active.name_en,
    lines.vat_rate_id,
    lines.vat_rate,
    lines.unit,
    lines.line_from as period_from,
    lines.line_to as period_to,
    coalesce(lines.quantity, lines.parts / 377580) as quantity,
    active.price,
    case
        when lines.parts is null then round(lines.quantity * active.price, 2)
        else {{ round_parts('lines.parts * active.price') }}
    end as net_amount
from lines
inner join active
    on
        lines.segment_id = active.segment_id
        and lines.contract_component_id = active.contract_component_id
where lines.line_from < lines.line_to
