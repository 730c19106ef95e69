"""Programs of the Makefile. What runs before there is an environment needs a Python from 3.8 and nothing else."""
