"""The tutorial's three schedulers. Each decides when to tick, and nothing else."""
