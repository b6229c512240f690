"""What a QR code on a page says: read module by module, as a camera does, mending nothing."""

from __future__ import annotations

import re

from segno import consts, encoder


def qr_text(svg: str) -> str:
    """The text of a QR code in bytes, as segno draws it in SVG (one path of horizontal strokes)."""
    dark = _dark(svg)
    size = max(x for x, _y in dark) + 1
    version = (size - 17) // 4
    free = encoder.make_matrix(size, size)
    encoder.add_finder_patterns(free, size, size)
    encoder.add_alignment_patterns(free, size, size)
    mask = _mask(dark)
    turns = encoder.get_data_mask_functions(is_micro=False)[mask]
    bits = [((x, y) in dark) ^ bool(turns(y, x)) for x, y in _order(size) if free[y][x] == 0x2]
    words = [
        sum(bit << (7 - place) for place, bit in enumerate(bits[at : at + 8]))
        for at in range(0, len(bits) - 7, 8)
    ]
    told = "".join(f"{word:08b}" for word in _blocks(words, version, _level(dark)))
    assert told[:4] == "0100", "bytes"
    length_bits = 8 if version < 10 else 16
    length = int(told[4 : 4 + length_bits], 2)
    start = 4 + length_bits
    return bytes(int(told[start + 8 * at : start + 8 * at + 8], 2) for at in range(length)).decode(
        "ascii"
    )


def _dark(svg: str) -> set[tuple[int, int]]:
    path = re.search(r'<path[^>]* d="([^"]+)"', svg)[1]
    dark, x, y = set(), 0.0, 0.0
    for letter, told in re.findall(r"([MmhH])([^MmhH]*)", path):
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", told)]
        if letter == "M":
            x, y = numbers
        elif letter == "m":
            x, y = x + numbers[0], y + numbers[1]
        else:
            for step in range(int(numbers[0])):
                dark.add((int(x) + step, int(y)))
            x += numbers[0]
    left, top = min(x for x, _ in dark), min(y for _, y in dark)
    return {(x - left, y - top) for x, y in dark}


def _format(dark: set[tuple[int, int]]) -> int:
    told = [(8, y) in dark for y in (0, 1, 2, 3, 4, 5, 7, 8)]
    told += [(x, 8) in dark for x in (7, 5, 4, 3, 2, 1, 0)]
    return sum(bit << place for place, bit in enumerate(told)) ^ 0b101010000010010


def _mask(dark: set[tuple[int, int]]) -> int:
    return _format(dark) >> 10 & 0b111


def _level(dark: set[tuple[int, int]]) -> int:
    by_bits = {
        0b01: consts.ERROR_LEVEL_L,
        0b00: consts.ERROR_LEVEL_M,
        0b11: consts.ERROR_LEVEL_Q,
        0b10: consts.ERROR_LEVEL_H,
    }
    return by_bits[_format(dark) >> 13]


def _order(size: int) -> list[tuple[int, int]]:
    """All places in the order of the bits: two columns at a time, up and down, from the right."""
    found, upwards = [], True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        rows = range(size - 1, -1, -1) if upwards else range(size)
        found += [(x, y) for y in rows for x in (right, right - 1)]
        upwards = not upwards
    return found


def _blocks(words: list[int], version: int, level: int) -> list[int]:
    """The data words in their order: those of all blocks are laid crosswise."""
    sizes = [info.num_data for info in consts.ECC[version][level] for _ in range(info.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    rest = iter(words)
    for place in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if place < size:
                block.append(next(rest))
    return [word for block in blocks for word in block]
