-- depends_on: {{ ref('int_billing_scopes_due') }}
-- depends_on: {{ ref('int_billing_work_selected') }}
{{ config(
    pre_hook="{{ mark_unfinished() }}",
    meta={
        'delete_where':
            "period_from >= '{{ first_replaced_day() }}' and scope_key in ({{ scopes_to_replace() }})"
    },
    indexes=[{'columns': ['period_from'], 'type': 'brin'}]
) }}
with lines as (
    select
        segments.scope_key,
        segments.supply_point_id,
        segments.contracted_power_kw,
        segments.supply_point_terms_id,
        segments.metering_mode = 'forecast' as is_forecast,
        rates.*,
        quantities.energy_kwh,
        quantities.is_estimated,
        quantities.calculation as quantity_calculation,
        capacity.capacity,
        rates.factor * coalesce(
            capacity.factor,
            case when rates.charge_code = 'res_levy' then segments.oze_base_factor end,
            1
        ) as line_factor,
        case
            when rates.charge_code = 'res_levy' and segments.oze_base_factor <> 1
                then segments.network_attribute_id
        end as network_attribute_id
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('int_billing_profiles_grouped') }} as profiles
        on segments.segment_id = profiles.segment_id
    inner join {{ ref('int_billing_rates_merged') }} as rates
        on profiles.profile_id = rates.profile_id
    left join {{ ref('int_billing_quantities_measured') }} as quantities
        on
            segments.segment_id = quantities.segment_id
            and rates.period_from = quantities.period_from
            and rates.period_to = quantities.period_to
            and rates.quantity_zone_code = quantities.zone_code
            and rates.unit = 'kwh'
    left join {{ ref('int_billing_capacity_judged') }} as capacity
        on
            rates.quantity_basis = 'capacity_energy'
            and segments.scope_key = capacity.scope_key
            and date_trunc('month', rates.period_from::timestamp)::date = capacity.month_start
    left join {{ ref('int_billing_caps_applied') }} as capped
        on
            segments.segment_id = capped.segment_id
            and rates.charge_code = capped.charge_code
            and rates.zone_code = capped.zone_code
            and rates.period_from = capped.period_from
    where
        capped.segment_id is null
        and segments.scope_key in (
            select judged.scope_key
            from {{ ref('int_billing_scopes_judged') }} as judged
            where judged.is_billable
        )
        and rates.rate_id is not null
        and (rates.unit <> 'kwh' or quantities.segment_id is not null)
)

select
    scope_key,
    charge_code || '|' || zone_code || '|' || to_char(period_from, 'YYYY-MM-DD') as line_key,
    supply_point_id,
    charge_code,
    section,
    zone_code,
    period_from,
    period_to,
    unit,
    case unit
        when 'kwh' then energy_kwh
        when 'month' then month_parts::numeric / 377580
        when 'kw_hour' then contracted_power_kw * hours
        else contracted_power_kw * month_parts / 377580
    end::numeric(18, 6) as quantity,
    price::numeric(18, 8) as price,
    case unit
        when 'kwh' then round(energy_kwh * price * line_factor, 2)
        when 'kw_hour' then round(contracted_power_kw * hours * price * factor, 2)
        when 'month' then {{ round_parts('month_parts * price * factor') }}
        else {{ round_parts('contracted_power_kw * month_parts * price * factor') }}
    end::numeric(18, 2) as net_amount,
    vat_rate::numeric(5, 4) as vat_rate,
    case
        when charge_code in ('energy_active', 'gas_fuel') and not is_forecast then energy_kwh else 0
    end::numeric(18, 3) as energy_kwh,
    unit = 'kwh' and is_estimated as is_estimated,
    sort_order,
    calculation || case unit
        when 'kwh' then quantity_calculation
        when 'month' then jsonb_build_object('terms_id', supply_point_terms_id)
        else jsonb_build_object('terms_id', supply_point_terms_id, 'power_kw', contracted_power_kw)
    end || case
        when capacity is not null
            then jsonb_build_object('factor', line_factor, 'capacity', capacity)
        when network_attribute_id is not null
            then jsonb_build_object(
                'formula', 'quantity * price * factor',
                'factor', trim_scale(line_factor),
                'attribute_id', network_attribute_id
            )
        else '{}'
    end as calculation
from lines
union all
select {{ document_line_columns() }}
from {{ ref('int_billing_other_lines_united') }}
where
    scope_key in (
        select judged.scope_key
        from {{ ref('int_billing_scopes_judged') }} as judged
        where judged.is_billable
    )
