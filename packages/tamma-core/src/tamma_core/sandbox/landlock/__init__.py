"""A wall without namespaces: Landlock for files and signals, seccomp for system calls, a supervisor for the rest."""
