-- I12 | the counter of a series stands at its last document
select s.code as record, format('counter %s, last document %s', s.last_number, coalesce(max(d.sequence), 0)) as detail
from operational.number_series s
left join (select series, sequence from operational.documents
           union all select series, sequence from operational.collective_corrections) d on d.series = s.code
where s.code not like 'contract/%' -- numbers of contracts: a draft that is dropped leaves a gap
group by s.code having s.last_number <> coalesce(max(d.sequence), 0)
