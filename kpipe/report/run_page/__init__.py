"""The page of a run: its verdicts, curves, layers, classes, samples, spec, and how to reproduce it."""
