"""Trial endpoints of any cohort: what the pivotal trials measured, by definitions kept as data."""
