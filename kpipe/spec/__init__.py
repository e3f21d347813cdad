"""A YAML file becomes a typed, fully resolved `Spec`; every problem gets its file, line and column."""
