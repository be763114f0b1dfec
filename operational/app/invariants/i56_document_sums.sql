-- I56 | the sums of issued batches = the documents
with documents as (
  select issue_date, kind, run_id, count(*) as documents, sum(net_amount) as net, sum(gross_amount) as gross
  from operational.documents group by 1, 2, 3
), sums as (
  select issue_date, kind, run_id, sum(documents) as documents, sum(net_amount) as net, sum(gross_amount) as gross
  from operational.document_sums group by 1, 2, 3
)
select format('%s %s', coalesce(d.kind, s.kind), coalesce(d.issue_date, s.issue_date)) as record,
  format('%s documents, net %s; summed up: %s, net %s', coalesce(d.documents, 0), d.net, coalesce(s.documents, 0), s.net) as detail
from documents d full join sums s on s.issue_date = d.issue_date and s.kind = d.kind and s.run_id = d.run_id
where d.documents is distinct from s.documents or d.net is distinct from s.net or d.gross is distinct from s.gross
