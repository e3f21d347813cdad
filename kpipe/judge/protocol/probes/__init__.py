"""The probes of the protocol, one file each."""
