"""Child processes: each runs one function of kpipe or of a library in a new interpreter, and ends with its parent."""
