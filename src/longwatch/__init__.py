"""Longwatch: the long safety watch after alemtuzumab for multiple sclerosis."""

__version__ = "0.1.0"
