"""Figures, printed; each module can be run with `python -m`."""
