"""Virtual cohorts as ordinary Records, and trials run on them beside the published ones."""
