with statements as (

    select
        id as statement_id,
        account,
        regexp_replace(account, '[^0-9]', '', 'g') as account_digits
    from {{ source('raw', 'bank_statements') }}

),

own_statements as (

    select
        statement_id,
        account
    from statements
    where {{ is_own_account('account_digits') }}

)

select
    lines.id as bank_line_id,
    lines.business_key,
    own_statements.account,
    lines.booked_on,
    lines.amount,
    lines.is_reversal
from {{ source('raw', 'bank_lines') }} as lines
inner join own_statements on lines.statement_id = own_statements.statement_id
where
    lines.currency = 'PLN'
    and lines.amount <> 0
    and lines.business_key not like 'preview:%'
