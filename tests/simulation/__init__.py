"""A world as unkind as the real one, and a judge of what came of the texts in it.

chance      a seed -> chance that belongs to the name and number of what it decides
turns       the clock, and threads that take turns
wishes      who wants what, and edits of it
weather     places, and their weather on any day
run_times   when GitHub runs the workflow
github      its runs: re-runs, "send now", "stop", the cache that carries the ledger
line        the transport: calls that fail, lag, take time, or end the runner
history     the record of a simulation
world       one simulation from its first run to its last
judge       what the promise covers, what came, and what was said
scenarios   the worlds that are simulated
"""
