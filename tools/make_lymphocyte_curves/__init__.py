"""Makes the table of virtual patients from which expected lymphocyte curves are read."""
