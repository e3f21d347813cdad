"""What a spec would train, and what a finished run can do: `show`, `evaluate`, `predict`."""
