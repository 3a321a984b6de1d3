"""Answers to the homework: one file an exercise, named as it is."""
