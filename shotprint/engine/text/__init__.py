"""Texts: plain ones and those with times, as prints, in an index, aligned."""
