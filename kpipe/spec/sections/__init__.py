"""The sections of a spec, one a file: keys, types, ranges and defaults. `registered.py` lists them."""
