"""The promise, from outside: settings, a clock and the channels' own lists."""
