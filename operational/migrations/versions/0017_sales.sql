-- Leads, offers and campaigns.
set role iris_owner;
set search_path = operational, public;
