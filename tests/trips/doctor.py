#!/usr/bin/env python3
"""cairn doctor --url through real nginx, and through a front that is set up
wrongly in each of the ways that people set it up."""
import contextlib
import json
import os
import subprocess

from instance import BIN, claim, folder, free_port, instance, main, trip, until

PASS = """proxy_pass http://127.0.0.1:%(http)d;
	proxy_http_version 1.1;
	proxy_buffering off;
	"""
UPGRADE = """proxy_set_header Upgrade $http_upgrade;
	proxy_set_header Connection "upgrade";
	"""
# name: (what its location / holds, what doctor must say, its exit status)
FRONTS = {
    "forwards all": (PASS + UPGRADE, "ok    url: /ts2021 opens a tunnel", 0),
    "drops Upgrade": (PASS, "FAIL  url: Upgrade was stripped", 1),
    "is a CDN": (PASS + "add_header CF-RAY 1-FRA always;",
                 "FAIL  url: Cloudflare stands in front", 1),
    "is another site": ("return 404;", "wrong host or wrong path", 1),
    "redirects": ("return 301 https://example.org$request_uri;",
                  "leads elsewhere: status 301 to https://example.org/key",
                  1),
    "wants a password": ("return 401;", "is closed: status 401", 1),
    "has nobody behind it": ("proxy_pass http://127.0.0.1:1;",
                             "does not reach fcgi.sock", 1),
}


@contextlib.contextmanager
def fronts(http):
    """One nginx, a port for each front: {name: port}."""
    ports = {name: free_port() for name in FRONTS}
    with folder() as home:
        os.chmod(home, 0o755)
        temps = "".join(
            "%s_temp_path %s/%s;\n" % (t, home, t)
            for t in ("client_body", "fastcgi", "scgi", "proxy", "uwsgi"))
        servers = "".join(
            "server { listen 127.0.0.1:%d; location / {\n\t%s\n} }\n" % (
                ports[name], text % {"http": http} if "%(" in text else text)
            for name, (text, _, _) in FRONTS.items())
        conf = os.path.join(home, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("daemon off; worker_processes 1; pid %s/pid;\n"
                    "error_log %s/error.log;\n"
                    "events { worker_connections 256; }\n"
                    "http { access_log off;\n%s%s}\n" % (
                        home, home, temps, servers))
        path = os.environ["PATH"] + ":/usr/sbin"
        child = subprocess.Popen(
            ["nginx", "-p", home, "-e", home + "/error.log", "-c", conf],
            env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL)
        try:
            until("the front", 10, lambda: os.path.exists(home + "/pid"))
            yield ports
        finally:
            child.terminate()
            child.wait(10)


def doctor(one, *args):
    p = subprocess.run([os.path.join(BIN, "cairn"), "--home", one.home,
                        "doctor", *args], stdout=subprocess.PIPE, timeout=60,
                       stderr=subprocess.STDOUT, check=False,
                       encoding="utf-8", stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout


@trip("doctor finds nothing wrong with what make run started")
def healthy():
    with instance() as one:
        status, said = doctor(one)
        claim(status == 0 and "FAIL" not in said, said)
        for line in ("database: version", "growth: change",
                     "worker: alive", "nginx may use worker.sock",
                     "/key answers with this server's key",
                     "/ts2021 opens a tunnel", "/derp leads to the relay"):
            claim("ok    " in said and line in said, line + "\n" + said)
        found = json.loads(doctor(one, "-o", "json")[1])
        claim({f["state"] for f in found} <= {"ok", "warn", "?"}, str(found))
        one.cairn("health")

        status, said = doctor(one, "--url", "https://127.0.0.1:%d" % one.https)
        claim(status == 1 and "certificate is not trusted" in said, said)
        status, said = doctor(one, "--insecure", "--url",
                              "https://127.0.0.1:%d" % one.https)
        claim(status == 0 and "days left" in said, said)


@trip("doctor names what a wrong front does")
def broken_fronts():
    with instance() as one, fronts(one.http) as ports:
        for name, (_, words, expected) in FRONTS.items():
            status, said = doctor(
                one, "--url", "http://127.0.0.1:%d" % ports[name])
            claim(words in said and status == expected,
                  "a front that %s: no %r, or status %d\n%s" % (
                      name, words, status, said))


main()
