-- Bank channels, matching by confidence, splits and returned transfers.
set role iris_owner;

reset role;
