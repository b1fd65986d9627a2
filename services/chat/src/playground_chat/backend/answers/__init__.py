"""Answers that scenarios let be given again to questions that mean the same."""
