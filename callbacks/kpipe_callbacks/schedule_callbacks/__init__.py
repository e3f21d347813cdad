"""Schedules as callbacks, which set the learning rate before each step."""
