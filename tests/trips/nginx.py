#!/usr/bin/env python3
"""nginx: the snippet that is shipped, before stand-ins that tell what they got.

A stand-in for each program answers with the parameters that nginx handed it,
so that one sees what a stranger can say and what only nginx can.
"""
import contextlib
import os
import re
import socket
import struct
import subprocess
import threading

from instance import TOP, ask, claim, folder, free_port, instance, main, trip

TRUSTED_SCGI = {"CONTENT_LENGTH", "SCGI", "REQUEST_METHOD", "REQUEST_URI",
                "DOCUMENT_URI", "QUERY_STRING", "REMOTE_ADDR", "HTTPS"}
TRUSTED_FCGI = {"REQUEST_METHOD", "REQUEST_URI", "QUERY_STRING",
                "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR", "HTTPS"}


def read_exactly(c, n):
    got = b""
    while len(got) < n:
        b = c.recv(n - len(got))
        if not b:
            raise OSError("cut")
        got += b
    return got


def answer_scgi(c, name):
    length = b""
    while not length.endswith(b":"):
        length += read_exactly(c, 1)
    head = read_exactly(c, int(length[:-1]) + 1)[:-1].split(b"\0")
    params = dict(zip(head[0::2], head[1::2]))
    reply(lambda b: c.sendall(b), name, params)


def answer_fcgi(c, name):
    params, stdin_open = b"", True
    while stdin_open:
        _, kind, rid, length, pad, _ = struct.unpack(
            ">BBHHBB", read_exactly(c, 8))
        body = read_exactly(c, length + pad)[:length]
        if kind == 4:
            params += body
        elif kind == 5 and not length:
            stdin_open = False
    found, i = {}, 0
    while i < len(params):
        sizes = []
        for _ in range(2):
            n = params[i]
            i += 1
            if n & 0x80:
                n = (n & 0x7f) << 24 | int.from_bytes(params[i:i + 3], "big")
                i += 3
            sizes.append(n)
        found[params[i:i + sizes[0]]] = params[i + sizes[0]:i + sum(sizes)]
        i += sum(sizes)

    def send(b):
        c.sendall(struct.pack(">BBHHBB", 1, 6, rid, len(b), 0, 0) + b)
    reply(send, name, found)
    c.sendall(struct.pack(">BBHHBBIB3x", 1, 3, rid, 8, 0, 0, 0, 0))


def reply(send, name, params):
    if b"hang-up" in params[b"REQUEST_URI"]:
        raise OSError("cut")
    extra = ""
    if name == "fcgi.sock" and params[b"REQUEST_URI"] == b"/to-worker":
        extra = "X-Accel-Redirect: /_worker/events/1\r\n"
    text = "\n".join("%s=%s" % (k.decode("latin-1"), v.decode("latin-1"))
                     for k, v in sorted(params.items()))
    send(("Status: 200 OK\r\nContent-Type: text/plain\r\n%s\r\n%s\n%s\n" % (
        extra, name, text)).encode("latin-1"))


def stand_in(path, answer, name):
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen()

    def serve():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            with c:
                with contextlib.suppress(OSError):
                    answer(c, name)
    threading.Thread(target=serve, daemon=True).start()
    return s


@contextlib.contextmanager
def site(log=None):
    """nginx with the snippet, stand-ins behind it; the port.  What nginx has
    written is appended to `log` at the end."""
    with folder() as path, contextlib.ExitStack() as stack:
        for f, answer in (("worker.sock", answer_scgi),
                          ("relay.sock", answer_scgi),
                          ("fcgi.sock", answer_fcgi)):
            stack.enter_context(stand_in(path + "/" + f, answer, f))
        port = free_port()
        with open(TOP + "/nginx/cairn-locations.conf", encoding="utf-8") as f:
            snippet = f.read().replace("/var/lib/cairn", path).replace(
                "/usr/local/share/cairn/www", path + "/www")
        os.mkdir(path + "/www")
        for name in ("cairn.css", "a.css", "favicon.svg", "away.html"):
            with open(path + "/www/" + name, "w", encoding="utf-8") as f:
                f.write(name)
        with open(path + "/snippet", "w", encoding="utf-8") as f:
            f.write(snippet)
        temp = "".join("%s_temp_path %s/t-%s;" % (t, path, t) for t in (
            "client_body", "fastcgi", "scgi", "proxy", "uwsgi"))
        with open(path + "/conf", "w", encoding="utf-8") as f:
            f.write("pid %s/pid; error_log %s/log; daemon off; %s\n"
                    "events {}\nhttp { access_log off; %s server { "
                    "listen 127.0.0.1:%d; include %s/snippet; } }\n" % (
                        path, path, "" if os.geteuid() else "user root root;",
                        temp, port, path))
        p = subprocess.Popen(["nginx", "-p", path, "-e", path + "/log", "-c",
                              path + "/conf"], env={
                                  **os.environ,
                                  "PATH": os.environ["PATH"] + ":/usr/sbin"})
        try:
            from instance import until
            until("nginx", 10, lambda: os.path.exists(path + "/pid"))
            yield port
        finally:
            p.terminate()
            p.wait(10)
            if log is not None:
                with open(path + "/log", encoding="utf-8") as f:
                    log.append(f.read())


LIES = ["CAIRN-MACHINE-KEY: mkey:" + "1" * 64, "CAIRN_MACHINE_KEY: x",
        "Remote-Addr: 6.6.6.6", "REMOTE_ADDR: 6.6.6.6", "X-Real-IP: 6.6.6.6",
        "X-Forwarded-For: 6.6.6.6", "Document-Uri: /_worker/x",
        "Remote-User: root", "Proxy: http://evil", "Https: on",
        "Authorization: Basic cm9vdDp4", "Request-Uri: /x", "Scgi: 2",
        "Cairn-Session: 1", "Cairn-Wait: changed"]


def params_of(body):
    lines = body.decode("latin-1").splitlines()
    return lines[0], dict(l.split("=", 1) for l in lines[1:] if "=" in l)


@trip("no header of a stranger becomes a parameter that is trusted")
def forgery():
    with site() as port:
        for path, who, trusted in (
                ("/ts2021", "worker.sock", TRUSTED_SCGI),
                ("/derp", "relay.sock", TRUSTED_SCGI),
                ("/derp/probe", "relay.sock", TRUSTED_SCGI),
                ("/anything?a=b", "fcgi.sock", TRUSTED_FCGI)):
            for method in ("GET", "POST"):
                _, _, body = ask(port, path, method, LIES)
                name, params = params_of(body)
                claim(name == who, "%s went to %s" % (path, name))
                strange = {k for k in params if not k.startswith("HTTP_")}
                claim(strange <= trusted, "%s: %s" % (path, strange - trusted))
                claim(params["REMOTE_ADDR"] == "127.0.0.1", params)
                claim(not params.get("HTTP_PROXY"), params)
                claim(params["REQUEST_METHOD"] == method, params)
                claim("CAIRN_MACHINE_KEY" not in params, params)


@trip("what clients need for /ts2021 arrives, whatever is written around it")
def upgrade():
    with site() as port:
        _, _, body = ask(port, "/ts2021?x=1", "POST", [
            "Upgrade: tailscale-control-protocol",
            "X-Tailscale-Handshake: abc="])
        _, p = params_of(body)
        claim(p["HTTP_UPGRADE"] == "tailscale-control-protocol", p)
        claim(p["HTTP_X_TAILSCALE_HANDSHAKE"] == "abc=", p)
        claim(p["DOCUMENT_URI"] == "/ts2021" and p["QUERY_STRING"] == "x=1", p)


@trip("other spellings of a path end where the path belongs")
def spellings():
    with site() as port:
        for path, who in (("/ts2021/", "fcgi.sock"), ("//ts2021",
                          "worker.sock"), ("/derpx", "fcgi.sock"),
                          ("/%74s2021", "worker.sock"),
                          ("/x/../ts2021", "worker.sock"),
                          ("/machine/map", "fcgi.sock")):
            _, _, body = ask(port, path)
            claim(params_of(body)[0] == who, "%s: %r" % (path, body[:20]))


@trip("only a handler's answer leads to the worker's inner place")
def inner_place():
    with site() as port:
        for path in ("/_worker/x", "/_worker/", "//_worker/x", "/%5fworker/x",
                     "/static/../_worker/x"):
            status, _, _ = ask(port, path)
            claim(status == 404, "%s: %d" % (path, status))
        _, _, body = ask(port, "/to-worker")
        name, params = params_of(body)
        claim(name == "worker.sock", name)
        claim(params["DOCUMENT_URI"] == "/_worker/events/1", params)
        claim(params["REQUEST_URI"] == "/to-worker", params)


@trip("a secret address is in no log, though its handler hangs up")
def secret_address():
    log = []
    with site(log) as port:
        for path in ("/setup/", "/invite/", "/reset/", "/users/"):
            status, _, _ = ask(port, path + "hang-up" + path[1:-1])
            claim(status == 502, "%s: %d" % (path, status))
    claim("hang-upusers" in log[0], "others are logged: " + log[0])
    for path in ("setup", "invite", "reset"):
        claim("hang-up" + path not in log[0], log[0])


def claim_safe(path, head):
    for word in ("X-Frame-Options: DENY", "Permissions-Policy: cam",
                 "X-Content-Type-Options: nosniff",
                 "Content-Security-Policy: default-src 'none'",
                 "Cross-Origin-Opener-Policy: same-origin",
                 "Cross-Origin-Resource-Policy: same-origin"):
        claim(word in head, "%s lacks %s" % (path, word))


@trip("files come from nginx itself, with its headers whatever the answer, "
      "and none from outside")
def static():
    with site() as port:
        for path, name, kept in (
                ("/static/a.css", b"a.css", "max-age=3600"),
                ("/static/cairn-0123456789ab.css", b"cairn.css", "immutable"),
                ("/favicon.svg", b"favicon.svg", "max-age=86400"),
                ("/favicon.ico", b"favicon.svg", "max-age=86400")):
            status, head, body = ask(port, path)
            claim(status == 200 and body == name, "%s: %r" % (path, body))
            claim(kept in head and "nosniff" in head, head)
            claim_safe(path, head)
        for path, wanted in (("/static/none.css", 404),
                             ("/static/cairn-0123456789ab.js", 404),
                             ("/hang-up", 502)):
            status, head, body = ask(port, path)
            claim(status == wanted, "%s: %d" % (path, status))
            claim((body == b"away.html") == (status == 502), body)
            claim("max-age" not in head, head)
            claim_safe(path, head)
        for path in ("/static/../snippet", "/static../snippet",
                     "/static/%2e%2e/snippet"):
            status, _, body = ask(port, path)
            claim(b"location" not in body, path)


@trip("/generate_204 answers the challenge, a well-formed one only")
def challenge():
    with site() as port:
        status, head, _ = ask(port, "/generate_204", headers=[
            "X-Tailscale-Challenge: ts_host.1:2-x"])
        claim(status == 204, head)
        claim("X-Tailscale-Response: response ts_host.1:2-x" in head, head)
        claim("no-store" in head, head)
        for bad in ("a b", "x" * 65, "<x>"):
            status, head, _ = ask(port, "/generate_204", headers=[
                "X-Tailscale-Challenge: " + bad])
            claim(status == 204 and "Response:" not in head, head)
            claim("no-store" in head, head)


@trip("nginx.conf.example is accepted by nginx as it stands")
def example():
    with folder() as path:
        subprocess.run(["scripts/cert.sh", path, "vpn.example.org"],
                       check=True)
        with open("nginx/cairn-locations.conf", encoding="utf-8") as f:
            snippet = f.read()
        with open(path + "/snippet", "w", encoding="utf-8") as f:
            f.write(snippet)
        with open("nginx.conf.example", encoding="utf-8") as f:
            text = f.read()
        live = "/etc/letsencrypt/live/vpn.example.org/"
        for old, new in (
                ("/usr/local/share/cairn/cairn-locations.conf",
                 path + "/snippet"),
                (live + "fullchain.pem", path + "/tls/cert.pem"),
                (live + "privkey.pem", path + "/tls/key.pem"),
                ("/run/nginx.pid", path + "/pid"),
                ("/var/log/nginx/", path + "/")):
            claim(old in text, "the example no longer says " + old)
            text = text.replace(old, new)
        # Ports that may be taken here are not what is tested.
        text = re.sub(r"listen (\[::\]:)?(80|443)\b",
                      lambda m: "listen 127.0.0.1:%d" % free_port()
                      if m.group(1) is None else
                      "listen [::1]:%d" % free_port(), text)
        with open(path + "/conf", "w", encoding="utf-8") as f:
            f.write(text)
        p = subprocess.run(
            ["nginx", "-t", "-e", path + "/log", "-p", path, "-c",
             path + "/conf"], check=False, capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"})
        claim(p.returncode == 0, p.stderr)


@trip("through the real nginx no stranger reaches what only machines may ask")
def real():
    with instance() as c:
        for path in ("/machine/register", "/machine/map",
                     "/machine/set-dns"):
            status, _, _ = ask(c.http, path, "POST", LIES, body=b"{}")
            claim(status == 404, "%s: %d" % (path, status))
        status, _, body = ask(c.http, "/ts2021", "POST")
        claim(400 <= status < 500 and b"pgrade" in body, body)
        status, _, body = ask(c.http, "/health")
        claim(status == 200, body)


API = ["/api/v1/" + p for p in (
    "user", "user/1", "node", "node/1", "node/1/routes", "node/register",
    "node/backfillips", "preauthkey", "preauthkey/expire", "apikey",
    "apikey/expire", "policy", "routes", "health", "debug/node")] + [
        "/api", "/api/", "/api/v1", "/api/v2/tailnet/-/devices",
        "/api/v2/tailnet/-/keys", "/api/v2/tailnet/-/acl", "/api/v2/device/1",
        "/api/v2/oauth/token", "/api/v1//user", "/api//v1/user",
        "/api/v1/../v1/user", "/%61pi/v1/user", "/swagger", "/swagger/v1/openapiv2.json"]
# Wrong in every way in which a check has been passed by before.
KEYS = [(), ("Authorization: Bearer",), ("Authorization: Bearer ",),
        ("Authorization: Bearer undefined",), ("Authorization: bearer x",),
        ("Authorization: Basic YWRtaW46",), ("Authorization:",),
        ("Authorization: Bearer hskey-api-%s-%s" % (12 * "a", 64 * "b"),),
        ("Authorization: Bearer x", "Authorization: Bearer y"),
        ("Authorization: Bearer x", "X-Forwarded-For: 127.0.0.1")]


@trip("whoever asks for the API without a key or with a wrong one gets nothing")
def no_api():
    with instance() as c:
        c.cairn("users", "create", "alice", "-e", "alice@example.org")
        key = c.json("preauthkeys", "create", "-u", "1")["key"]
        secrets = [b"alice", key.split("-")[2].encode(), b"hskey", b"acls",
                   b"nodeKey", b"autogroup"]
        asked = [(c.http, "GET", path, keys, b"") for path in API
                 for keys in KEYS]
        asked += [(c.http, method, path, KEYS[-3], b'{"name":"mallory"}')
                  for path in API for method in ("POST", "PUT", "DELETE")]
        for port, method, path, keys, sent in asked:
            status, _, body = ask(port, path, method, keys, body=sent)
            claim(status in (400, 401, 404), "%s %s, %s: %d" % (
                method, path, keys, status))
            claim(not any(s in body for s in secrets), "%s %s, %s: %s" % (
                method, path, keys, body))
        claim([u["name"] for u in c.json("users", "list")] == ["alice"],
              c.cairn("users", "list"))


if __name__ == "__main__":
    main()
