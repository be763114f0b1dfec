-- Customers in depth: people, roles, consents, duplicates and merges.
set role iris_owner;
set search_path = operational, public;
