"""The diagnosis of a run from what its folder contains."""
