"""Reports about specs and finished runs, for commands such as `show`, `evaluate`, `predict` and `list`."""
