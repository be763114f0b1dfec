with terms as (

    select distinct on (supply_point_id)
        supply_point_id,
        tariff_group,
        customer_class,
        contracted_power_kw,
        annual_kwh
    from {{ ref('stg_operational__supply_point_terms') }}
    order by supply_point_id asc, valid_from desc

)

select
    points.supply_point_id,
    points.code as supply_point_code,
    points.medium,
    points.dso_code,
    terms.tariff_group,
    terms.customer_class,
    terms.contracted_power_kw::numeric(12, 3) as contracted_power_kw,
    terms.annual_kwh::numeric(18, 3) as annual_kwh
from {{ ref('stg_operational__supply_points') }} as points
left join terms on points.supply_point_id = terms.supply_point_id
