-- Amendments, assignments, terminations, renewals and indexations.
set role iris_owner;
set search_path = operational, public;
