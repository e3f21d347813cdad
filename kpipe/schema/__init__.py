"""The language as JSON Schema, for editors: completion, documentation, and most mistakes while one types."""
