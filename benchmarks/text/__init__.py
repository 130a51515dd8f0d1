"""How well copied texts are found, and what it costs."""
