"""The sections of a spec, one per file, with their keys, types, ranges and defaults; `registered.py` lists them."""
