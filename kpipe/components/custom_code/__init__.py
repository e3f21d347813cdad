"""Components from user code: the `imports` of a spec, and `kpipe.register`."""
