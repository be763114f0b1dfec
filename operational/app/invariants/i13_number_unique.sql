-- I13 | a document number stands once
select number as record, count(*) || ' documents' as detail from operational.documents group by number having count(*) > 1
