"""The rules of the diagnosis, one file each."""
