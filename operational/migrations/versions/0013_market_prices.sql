-- Market prices, prosumer deposits, price caps, discounts and services.
set role iris_owner;

reset role;
