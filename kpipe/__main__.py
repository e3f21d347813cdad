"""`python -m kpipe` is the command `kpipe`."""

from kpipe.cli import main

main()
