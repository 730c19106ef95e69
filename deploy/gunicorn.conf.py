"""Settings of the application server: ``gunicorn -c deploy/gunicorn.conf.py config.wsgi``."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Not more than connections in the pool of a process: DATABASE_POOL.
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# The heartbeat of a worker; in memory, so that the file system may be read-only.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
# The largest import takes longer than any page.
timeout = 180
# On SIGTERM: nothing new is accepted, what has begun is done.
graceful_timeout = 120
keepalive = 5
max_requests, max_requests_jitter = 5000, 500
limit_request_line, limit_request_fields, limit_request_field_size = 8190, 60, 8190
# The line of each request is the application's own, in JSON: registry.server.request_log.
accesslog = None
control_socket_disable = True
