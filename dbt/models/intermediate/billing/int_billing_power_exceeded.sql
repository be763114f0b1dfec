-- Highest power of each hour above the contracted power of its day; which count is a rule of the
-- tariff.
with surpluses as (
    select
        months.scope_key,
        months.month_start,
        months.exceedance_rule,
        segments.contracted_power_kw,
        round(peaks.quantity - segments.contracted_power_kw, months.power_decimals) as surplus_kw
    from {{ ref('int_billing_network_months_found') }} as months
    inner join {{ ref('int_metering_determinants_needed') }} as peaks
        on
            months.supply_point_id = peaks.supply_point_id
            and months.first_day <= peaks.day
            and months.end_day > peaks.day
            and peaks.determinant = 'peak_power'
    inner join {{ ref('int_billing_scopes_cut') }} as segments
        on
            months.scope_key = segments.scope_key
            and peaks.day >= segments.period_from
            and peaks.day < segments.period_to
    where peaks.quantity > segments.contracted_power_kw
),

ranked as (
    select
        surpluses.*,
        row_number() over (
            partition by scope_key, month_start order by surplus_kw desc
        ) as position
    from surpluses
    where surplus_kw > 0
)

select
    scope_key,
    month_start,
    case min(exceedance_rule)
        when 'ten_largest' then sum(surplus_kw) filter (where position <= 10)
        when 'all_hourly' then sum(surplus_kw)
        when 'max_times_10' then 10 * max(surplus_kw)
        else max(surplus_kw)
    end as surplus_kw,
    max(contracted_power_kw) as contracted_power_kw,
    jsonb_agg(surplus_kw order by position) filter (where position <= 10) as largest_kw,
    count(*) as hours
from ranked
group by scope_key, month_start
