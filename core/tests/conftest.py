# A worker's own module: importing it here would give this process its task and topic.
collect_ignore = ["crash_worker.py"]
