"""Reminders: who is asked when, in which words and by which way, and what staff do at the end."""
