"""Sheets of pictures: training samples as a network receives them, and predicted samples."""
