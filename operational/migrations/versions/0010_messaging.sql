-- Templates, messages of every channel, letter batches and their delivery.
set role iris_owner;

reset role;
