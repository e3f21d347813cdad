"""Reading and writing of YAML as nodes."""
