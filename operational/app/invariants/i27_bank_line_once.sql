-- I27 | a bank line stands once
select business_key as record, count(*) || ' lines' as detail from raw.bank_lines group by business_key having count(*) > 1
