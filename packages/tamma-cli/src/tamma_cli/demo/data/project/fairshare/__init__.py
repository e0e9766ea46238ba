"""Split a bill among friends; amounts are whole cents."""
