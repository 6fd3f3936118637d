"""Outcomes in words: for a terminal, for scripts, for a job's log and its summary."""
