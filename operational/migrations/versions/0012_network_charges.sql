-- Charges of the network: reactive energy, exceeded power, capacity classes.
set role iris_owner;

reset role;
