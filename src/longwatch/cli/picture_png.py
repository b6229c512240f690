"""Pictures as PNG, for slides and word processors; needs the extra `png` (resvg)."""

from __future__ import annotations

_ZOOM = 2
"""Twice the size in pixels: sharp in print and on fine screens."""


def as_png(svg: str) -> bytes:
    """An SVG text as PNG, on white.

    Raises:
        ModuleNotFoundError: `resvg_py` is not installed.
    """
    from resvg_py import svg_to_bytes

    return bytes(
        svg_to_bytes(svg_string=svg, zoom=_ZOOM, background="#ffffff", sans_serif_family="Arial")
    )
