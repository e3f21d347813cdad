"""HTML pages that open from a disk: elements, tables, curves, style and script, without any other file or network."""
