"""Where decoded samples are kept: in memory, on disk, or nowhere."""
