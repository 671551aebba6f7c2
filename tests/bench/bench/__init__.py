"""Langevin's CPU benchmark: the same nets in every engine, one process an engine, one engine at a time. See `tests/bench/run --help`."""
