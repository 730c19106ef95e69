"""What people watch: entries and saved views. Its changes are on the page *Mine*, and mailed once a day."""
