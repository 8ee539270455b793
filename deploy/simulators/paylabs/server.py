"""
How gunicorn serves the simulator: `gunicorn --config python:deploy.simulators.paylabs.server`.

One process, because one thread in it sends the callbacks.
"""

import os

raw_env = ["DJANGO_SETTINGS_MODULE=deploy.simulators.paylabs.settings"]
wsgi_app = "deploy.simulators.paylabs.wsgi:application"
bind = os.environ.get("PAYLABS_SIMULATOR_BIND") or "127.0.0.1:9000"
workers, worker_class = 1, "gthread"
# Answers that hang on purpose hold a thread each.
threads = 64
# Nobody waits at the end for an answer that was never meant to come.
graceful_timeout = 1
control_socket_disable = True


def post_worker_init(worker):
    """Begin with what an earlier process left unsent."""
    from deploy.simulators.paylabs.sender import sender

    sender.start()
