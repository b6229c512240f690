"""Compiled code is kept between runs and shared between processes: most of these tests' time."""

from pathlib import Path

import jax

_ROOT = Path(__file__).parents[2]

jax.config.update("jax_compilation_cache_dir", str(_ROOT / ".pytest_cache" / "compiled"))
# Thousands of single operations are compiled as well: small ones are kept, too.
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
