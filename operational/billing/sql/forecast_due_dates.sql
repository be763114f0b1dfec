-- A forecast is due with its first instalment.
update batch_heads h
   set due_date = i.due_date
  from (select position, min(due_date) as due_date from batch_instalments group by position) i
 where i.position = h.position
