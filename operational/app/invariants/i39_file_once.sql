-- I39 | a file stands once, by its content
select sha256 as record, count(*) || ' files' as detail from raw.files group by sha256 having count(*) > 1
