"""Comparisons of runs: their metrics, curves, specs and circumstances, as text and as a page."""
