"""The clinic's database: what is known, what arrived, who did what; one Django app."""
