select day from operational.holidays where day between :first_day and :last_day
