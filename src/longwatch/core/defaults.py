"""What holds where a clinic or a Record names nothing."""

from __future__ import annotations

DEFAULT_PROTOCOL = "alemtuzumab-us"
"""The protocol of patients for whom none is named."""
