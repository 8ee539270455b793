#!/bin/sh
# The two roles: the owner migrates, the application owns nothing.
set -e
psql -v ON_ERROR_STOP=1 --username postgres <<SQL
CREATE ROLE saksama_owner LOGIN PASSWORD '$OWNER_PASSWORD';
CREATE ROLE saksama_app LOGIN PASSWORD '$APP_PASSWORD';
CREATE DATABASE saksama OWNER saksama_owner;
SQL
