"""Expressions of a spec: evaluation, scopes and limits."""
