-- Chart of accounts, refunds, write-offs, interest notes and instalment plans.
set role iris_owner;

reset role;
