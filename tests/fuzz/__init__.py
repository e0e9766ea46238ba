"""Feed everything that parses what others wrote with what nobody would write."""
