"""Everything that changes people and their sessions, split by noun."""
