"""Words, dates, units, the catalogue of tests, the Record: what every other layer stands on."""
