"""The server: health checks, limits, the request log, replicas, error pages."""
