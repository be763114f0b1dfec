-- Editable document templates, saved views and change reasons.
set role iris_owner;
set search_path = operational, public;
