with documents as (
    select
        {{ month_of('issue_date') }} as report_month,
        sum(net_amount) as net,
        sum(gross_amount) as gross
    from {{ ref('stg_operational__documents') }}
    group by report_month
),

vat_register as (
    select
        {{ month_of('documents.issue_date') }} as report_month,
        sum(rates.net_amount) as net,
        sum(rates.vat_amount) as vat
    from {{ ref('stg_operational__document_vat') }} as rates
    inner join {{ ref('stg_operational__documents') }} as documents
        on rates.document_id = documents.document_id
    group by report_month
),

ledger as (
    select
        {{ month_of('business_date') }} as report_month,
        -- Income of forecasts is deferred until they are settled.
        {{ account_movement('sales', 'credit') }}
        + {{ account_movement('forecast_income', 'credit') }} as sales,
        {{ account_movement('vat_output', 'credit') }} as vat,
        {{ account_movement(
            'receivable', 'debit', "document_id is not null and code not like 'deposit%'"
        ) }} as billed,
        {{ account_movement('receivable', 'credit', "payment_id is not null") }} as paid,
        {{ account_movement('bank', 'debit') }} as bank,
        {{ account_movement('suspense', 'credit') }} as suspense,
        {{ account_movement('bank_other', 'credit') }} as bank_other
    from {{ ref('stg_operational__ledger_transfers') }}
    group by report_month
),

sources as (
    select
        documents.report_month,
        named.source,
        named.amount
    from documents
    cross join
        lateral (
            values ('documents_net', documents.net), ('documents_gross', documents.gross)
        ) as named (source, amount)
    union all
    select
        vat_register.report_month,
        named.source,
        named.amount
    from vat_register
    cross join
        lateral (
            values ('vat_register_net', vat_register.net), ('vat_register_vat', vat_register.vat)
        ) as named (source, amount)
    union all
    select
        ledger.report_month,
        named.source,
        named.amount
    from ledger
    cross join
        lateral (
            values
            ('ledger_sales', ledger.sales),
            ('ledger_vat', ledger.vat),
            ('ledger_billed', ledger.billed),
            ('ledger_bank', ledger.bank),
            ('ledger_received', ledger.paid + ledger.suspense + ledger.bank_other)
        ) as named (source, amount)
    union all
    select
        issue_month,
        'lines_net' as source,
        sum(net_amount) as amount
    from {{ ref('fct_document_lines') }}
    group by issue_month
    union all
    select
        {{ month_of('booked_on') }} as report_month,
        'bank_lines' as source,
        sum(amount) as amount
    from {{ ref('stg_bank__own_lines') }}
    group by report_month
)

select
    report_month,
    source,
    amount::numeric(18, 2) as amount
from sources
