"""The addresses that need no sign-in: published editions, and whether a file is one of them."""
