# Two steps: the first has what building needs, the second only what running needs.
FROM docker.io/library/python:3.13-slim AS build
ENV PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.txt
COPY . .
RUN DEBUG=0 SECRET_KEY=only-for-collecting-static-files-0000000000 ALLOWED_HOSTS=localhost \
    /venv/bin/python manage.py collectstatic --noinput && /venv/bin/python -m compileall -q config registry

FROM docker.io/library/python:3.13-slim
# pg_dump and pg_restore, for manage.py backup and restore: of the server's version in compose.yaml, which Debian itself
# does not have. The script adds the repository of the PostgreSQL project, whose key comes with the package.
ARG POSTGRES=18
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-$POSTGRES && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin register
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BIND=0.0.0.0:8000
WORKDIR /app
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "config.wsgi"]
