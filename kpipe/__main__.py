"""`python -m kpipe` is the command `kpipe`."""

from kpipe.entry import main

main()
