#!/bin/sh
# The two roles of docs/audit.md and the database, once, when the volume is new.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" <<'SQL'
CREATE ROLE register_owner LOGIN PASSWORD :'owner';
CREATE ROLE register_app LOGIN PASSWORD :'app';
CREATE DATABASE register OWNER register_owner;
SQL
