"""nginx as the upstream: nothing serves files faster."""

from collections.abc import Mapping
from pathlib import Path

TEMPLATE = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 600;
  open_file_cache max=1000 inactive=600s;
  default_type application/json;
  map_hash_bucket_size 512;
  map $request_uri $recorded {{
{entries}
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    root {folder};
    location = /_requests {{ stub_status; }}
    location / {{ try_files /$recorded =404; }}
  }}
}}
"""


def configuration(folder: Path, index: Mapping[str, str], port: int) -> str:
    """A configuration that serves `folder`, where `index` names the file of each target."""
    entries = "\n".join(f'    "{target}" {name};' for target, name in index.items())
    return TEMPLATE.format(folder=folder, entries=entries, port=port)
