"""The teacher's bench: `python -m classroom release|collect|grade|report`.

Students' machines never need it, and no student's code ever sees it.
"""
