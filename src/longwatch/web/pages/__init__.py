"""The pages, one file for each: what it shows, and the template that shows it."""
