"""Random faults against real processes and real servers, from a seed; `make chaos` runs it long, the tests run it short."""
