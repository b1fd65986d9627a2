"""Comparisons: one question to several scenarios or models, what each answered, and the votes."""
