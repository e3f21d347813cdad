"""Messages, progress, and text that is safe for terminals, logs and CSV files."""
