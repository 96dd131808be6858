"""How gunicorn serves: `gunicorn --config python:mdmaat.serving mdmaat.wsgi`.

Never preloaded: the chart renderer must be loaded after the fork. No control socket, and the workers' heartbeat in
memory: the file system is read-only.
"""

from mdmaat import logs

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = 2
threads = 8
timeout = 60
graceful_timeout = 25
max_requests = 2000
max_requests_jitter = 200
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
logconfig_dict = {
    **logs.configuration("INFO", readable=False),
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}, "gunicorn.access": {}},
}
