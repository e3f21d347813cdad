"""The outputs of frozen layers, computed once for each sample and kept."""
