"""The stages of a training: what each of them changes, and what it has done when it has ended."""
