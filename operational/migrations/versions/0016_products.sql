-- Products and price lists in depth: versions, approval, sale rules, promotions.
set role iris_owner;
set search_path = operational, public;
