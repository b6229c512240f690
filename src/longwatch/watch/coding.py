"""Columns of text as codes and the words they stand for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column


def coded(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, tuple[str | None, ...]]:
    """Codes and the words they stand for; the last word is None, the code of missing ones is -1."""
    codes, words = encoded(column)
    return codes, (*words.to_pylist(), None)


def encoded(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Codes and distinct words (an array) of a column of text; the code of missing ones is -1."""
    if not pa.types.is_dictionary(column.type):
        column = flat(column).dictionary_encode()
    elif isinstance(column, pa.ChunkedArray):
        column = flat(column if column.num_chunks == 1 else column.unify_dictionaries())
    indices = column.indices
    if indices.null_count:
        indices = indices.fill_null(-1)
    return indices.to_numpy(zero_copy_only=False), column.dictionary


def owners(column: pa.ChunkedArray, ids: pa.Array) -> np.ndarray:
    """The place in `ids` of the patient of each row; -1 for nobody known."""
    if len(ids) and len(column) and pa.types.is_dictionary(column.type):
        codes, words = encoded(column)
        # One patient's part of a large table still has the names of everybody.
        if len(words) > len(column):
            used, codes = np.unique(codes, return_inverse=True)
            words = words.take(pa.array(used, mask=used < 0))
        return np.append(_spots(words, ids), -1)[codes]
    return _spots(flat(column), ids)


def _spots(names: pa.Array, ids: pa.Array) -> np.ndarray:
    spots = pc.index_in(names, value_set=ids)
    if spots.null_count:
        spots = spots.fill_null(-1)
    return spots.to_numpy(zero_copy_only=False)
