"""`python -m longwatch`: the same as the command `longwatch`."""

from __future__ import annotations

import sys

from longwatch.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
