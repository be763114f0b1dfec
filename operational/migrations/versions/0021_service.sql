-- Activities, tasks, complaints and the sign-to-bill watch.
set role iris_owner;
set search_path = operational, public;
