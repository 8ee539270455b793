#!/bin/sh
# Check the settings, collect static files, then serve until told to stop; requests in flight finish.
set -e
# Where the processes of this container gather their figures.
PROMETHEUS_MULTIPROC_DIR="$(mktemp -d)"
export PROMETHEUS_MULTIPROC_DIR
# gunicorn itself would serve with a secret of three letters.
python manage.py check
python manage.py collectstatic --noinput --verbosity 0
exec gunicorn config.wsgi --worker-class gthread --workers "${WEB_WORKERS:-2}" --threads "${WEB_THREADS:-4}" \
    --bind "0.0.0.0:${PORT:-8000}" --no-control-socket --graceful-timeout 30 --max-requests 20000 --max-requests-jitter 2000
