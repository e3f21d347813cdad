"""The language as JSON Schema: editors use it for completion, documentation, and checks while typing."""
