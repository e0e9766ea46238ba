"""Read what test runners report, one format a module; all of it is written by the tested code."""
