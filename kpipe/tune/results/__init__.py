"""What a sweep writes and prints: tables, the best spec, pictures."""
