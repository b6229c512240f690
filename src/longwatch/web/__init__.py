"""The application that a clinic runs: pages for its staff and for the people they look after."""
