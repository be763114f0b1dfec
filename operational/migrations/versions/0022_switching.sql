-- Change of supplier: cases, messages, deadlines.
set role iris_owner;
set search_path = operational, public;
