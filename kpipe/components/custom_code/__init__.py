"""Components from custom code: `imports` of a spec, and `kpipe.register`."""
