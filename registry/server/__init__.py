"""How the product answers as a server: health, limits, log, replicas, and what it says when the database is away."""
