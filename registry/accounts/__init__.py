"""Accounts: sign-in, sessions, roles, second factors, and the addresses of clients."""
