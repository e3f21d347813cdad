"""Judgement of a training: the protocol before a long run."""
