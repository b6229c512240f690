"""The command line: the only place besides the web that knows today."""
