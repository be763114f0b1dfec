-- Contract drafts, signatures, withdrawal and requested starts.
set role iris_owner;
set search_path = operational, public;
