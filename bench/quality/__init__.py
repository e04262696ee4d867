"""How random the index shuffle is: statistical tests, and the tables they make."""
