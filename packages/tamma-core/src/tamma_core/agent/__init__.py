"""Our own coding agent: a small tool loop that can be read in one sitting."""
