-- Validation, estimation and editing of readings; billing cycles and holds.
set role iris_owner;

reset role;
