"""instance: a cairn of one's own on loopback, for trips; and how they report."""
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("CAIRN_BUILD", "build")
BIN = os.path.join(TOP, BUILD, "bin")
trips = []


def trip(name):
    """Keeps a function as a test; its name is a true sentence."""
    def keep(body):
        trips.append((name, body))
        return body
    return keep


def main():
    """Runs this file's trips, or those with one of the words given."""
    os.chdir(TOP)
    bad = 0
    for name, body in trips:
        if len(sys.argv) > 1 and not any(w in name for w in sys.argv[1:]):
            continue
        begun = time.monotonic()
        try:
            why = body()
            print("skip %s: %s" % (name, why) if why else "ok %s %.1f" % (
                name, time.monotonic() - begun), flush=True)
        except Exception as e:
            bad += 1
            print("FAIL %s %.1f" % (name, time.monotonic() - begun))
            print("    " + (str(e) if isinstance(e, AssertionError) else
                            traceback.format_exc()), flush=True)
    sys.exit(1 if bad else 0)


def claim(holds, words):
    if not holds:
        raise AssertionError(words)


def until(what, seconds, ask):
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        claim(time.monotonic() < end, "%s: not within %g s" % (what, seconds))
        time.sleep(0.05)


def free_port(kind=socket.SOCK_STREAM):
    """Below those that the system gives to connections that leave: one of
    another trip, which runs beside this one, could get it meanwhile."""
    while True:
        with socket.socket(socket.AF_INET, kind) as s:
            port = random.randrange(10000, 32000)
            with contextlib.suppress(OSError):
                s.bind(("127.0.0.1", port))
                return port


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="ct.")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def running(home):
    """Pids of all processes that name the home on their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                if home.encode() in f.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Instance:
    """What `make run` starts, in `home`."""

    def __init__(self, home, **env):
        self.home = home
        self.http, self.https = free_port(), free_port()
        self.stun = free_port(socket.SOCK_DGRAM)
        self.env = {**os.environ, "CAIRN_HOME": home, "NO_BUILD": "1",
                    "CAIRN_BUILD": BUILD, "CAIRN_NGINX_WORKERS": "1",
                    "CAIRN_HTTP_PORT": str(self.http),
                    "CAIRN_HTTPS_PORT": str(self.https),
                    "CAIRN_STUN_PORT": str(self.stun), **env}
        self.url = "http://127.0.0.1:%d" % self.http
        self.keeper, self.log = None, home + ".log"

    def begin(self, wrap=()):
        self.launch(wrap)
        until("the server's lines", 30, lambda: "cairn runs." in self.said()
              or self.keeper.poll() is not None)
        claim(self.keeper.poll() is None, "no start: " + self.said())
        return self

    def launch(self, wrap=()):
        with open(self.log, "wb") as out:
            self.keeper = subprocess.Popen(
                [*wrap, "scripts/run.sh"], env=self.env, stdout=out,
                stderr=out, stdin=subprocess.DEVNULL, cwd=TOP)

    def fails(self, wrap=()):
        """Starts what cannot start: what it says."""
        self.launch(wrap)
        try:
            status = self.keeper.wait(40)
        except subprocess.TimeoutExpired:
            self.keeper.kill()
            raise AssertionError("it started: " + self.said())
        claim(status != 0, "status 0: " + self.said())
        return self.said()

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def end(self, sig=signal.SIGTERM):
        """All of it gone within 10 s, or an error."""
        if self.keeper.poll() is None:
            self.keeper.send_signal(sig)
            try:
                self.keeper.wait(10)
            except subprocess.TimeoutExpired:
                self.keeper.kill()
                raise AssertionError("not gone after 10 s: " + self.said())
        return self.keeper.returncode

    def pid(self, program):
        for pid in running(self.home):
            try:
                with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
                    name, rest = f.read().rsplit(")", 1)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended since
            if name.split("(", 1)[1] == program[:15] and \
                    int(rest.split()[1]) == self.keeper.pid:
                return pid
        return 0

    def cairn(self, *args, ok=True):
        p = subprocess.run([os.path.join(BIN, "cairn"), "--home", self.home,
                            *args], stdout=subprocess.PIPE, timeout=30,
                           stderr=subprocess.STDOUT, check=False,
                           encoding="utf-8", stdin=subprocess.DEVNULL)
        claim(not ok or p.returncode == 0, "cairn %s: %s" % (args, p.stdout))
        return p.stdout

    def json(self, *args):
        return json.loads(self.cairn(*args, "-o", "json"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.keeper:
            self.end()


@contextlib.contextmanager
def instance(**env):
    """A running one; gone afterwards."""
    with folder() as path:
        with Instance(os.path.join(path, "h"), **env) as one:
            yield one.begin()


def ask(port, path, method="GET", headers=(), tls=False, body=b"",
        seconds=10):
    """(status, headers as text, body) of one HTTP/1.1 request."""
    s = socket.create_connection(("127.0.0.1", port), timeout=seconds)
    if tls:
        import ssl
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        s = context.wrap_socket(s)
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: 127.0.0.1",
             "Connection: close", *headers]
    if body or method == "POST":
        lines.append("Content-Length: %d" % len(body))
    with s:
        s.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        got = b""
        while (b := s.recv(65536)):
            got += b
    head, _, rest = got.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    claim(text.startswith("HTTP/1.1 "), "no answer: %r" % got[:100])
    if "transfer-encoding: chunked" in text.lower():
        rest = unchunk(rest)
    return int(text.split()[1]), text, rest


def unchunk(rest):
    whole = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        whole += rest[:int(size, 16)]
        rest = rest[int(size, 16) + 2:]
    return whole
