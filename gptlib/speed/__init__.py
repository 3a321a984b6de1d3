"""How fast it is, and how fast it could be: the race and the bench."""
