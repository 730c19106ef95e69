"""What all tests share. Their settings are in tests/settings.py."""
