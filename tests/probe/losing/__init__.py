"""Scripts in which parameters get no gradient, one for each way to lose it, run by the real command."""
