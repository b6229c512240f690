"""A clinic's database: what is known of each person, what came in, what was done about it."""
