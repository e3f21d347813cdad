"""How text reaches terminals, logs and CSV files."""
