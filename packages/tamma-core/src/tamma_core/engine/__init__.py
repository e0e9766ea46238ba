"""From an issue to a merged change: twelve steps, a journal, and one way in which anything moves."""
