-- Dunning procedures, cases, steps and holds.
set role iris_owner;

reset role;
