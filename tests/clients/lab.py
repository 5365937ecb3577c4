"""lab: real Tailscale clients around one cairn, each host in a network namespace.

        namespace PREFIX-s                      namespace PREFIX-1, -2 …
   +--------------------------+   veth pairs   +---------------------------+
   | cairn, nginx             |                | tailscaled                |
   | bridge br0 10.99.0.1/24  |----------------| eth0 10.99.0.11/24 …      |
   +--------------------------+                +---------------------------+

No namespace has a way out, so nothing that a client tries leaves the machine,
and labs run beside each other with the same addresses.  Each client has an /etc
and a /var/lib of its own (mount namespace): tailscaled writes there.

What is observed is `tailscale status --json`, asked until a condition holds or
a deadline passes.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
LOGS = os.path.join(TOP, "build", "test-logs", "clients")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME")
                     or os.path.expanduser("~/.cache"), "cairn-clients")
OLDEST, MIDDLE, NEWEST = "1.80.3", "1.90.9", "1.102.3"
VERSIONS = (OLDEST, MIDDLE, NEWEST)
SERVER, NET = "10.99.0.1", "10.99.0."
ELSEWHERE = "10.99.1."  # another network behind the same bridge
BRIDGE = "02:00:0a:63:00:01"  # the server's, as hosts know it by ARP
HTTP, HTTPS, STUN = 8080, 8443, 3478
POLL = 0.1
BUILD = os.environ.get("CAIRN_BUILD", "build")
numbers = iter(range(1, 1000))
lock = threading.Lock()
standing = set()  # labs that are not taken down yet
closing = threading.Event()  # no new ones


class Failed(Exception):
    """A claim of a test does not hold."""


class Skipped(Exception):
    """What a test needs is not on this machine."""


def claim(holds, words):
    if not holds:
        raise Failed(words)


def until(what, seconds, ask):
    """Asks until the answer is true, and gives it; Failed after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed("%s: not within %g s" % (what, seconds))
        time.sleep(POLL)


def run(*args, seconds=30, ok=True, env=None, text=None):
    """A command: its output (both streams); Failed if it fails and ok."""
    try:
        p = subprocess.run(args, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=seconds,
                           env={**os.environ, **(env or {})}, input=text,
                           stdin=None if text else subprocess.DEVNULL,
                           check=False, encoding="utf-8", errors="replace")
        status, out = p.returncode, p.stdout
    except subprocess.TimeoutExpired as e:
        status = "none in %g s" % seconds
        out = (e.stdout or b"").decode("utf-8", "replace")
    if ok and status:
        raise Failed("%s: status %s: %s" % (
            " ".join(args[-6:]), status, out.strip()[-800:]))
    return out


def missing():
    """Why no lab can be built here, or None."""
    if os.geteuid():
        return "not root"
    if not os.path.exists("/dev/net/tun"):
        return "no /dev/net/tun"
    if not all(has_client(v) for v in VERSIONS) and not shutil.which("go"):
        return "no go to build the clients with"
    return None


def has_client(version):
    return all(os.access(os.path.join(CACHE, "v" + version, p), os.X_OK)
               for p in ("tailscale", "tailscaled"))


def build_client(version):
    """`go install` into the cache, whole or not at all."""
    if has_client(version):
        return
    at = os.path.join(CACHE, "v" + version)
    new = tempfile.mkdtemp(dir=os.path.dirname(at) if os.path.isdir(
        CACHE) else os.makedirs(CACHE) or CACHE)
    begun = time.monotonic()
    run("go", "install", "tailscale.com/cmd/tailscale@v" + version,
        "tailscale.com/cmd/tailscaled@v" + version, seconds=900,
        env={"GOBIN": new, "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"})
    shutil.rmtree(at, ignore_errors=True)
    os.rename(new, at)
    print("built tailscale %s in %.0f s" % (version, time.monotonic() - begun),
          flush=True)


class Host:
    """A namespace on the bridge."""

    def __init__(self, lab, name, address):
        self.lab, self.name, self.address = lab, name, address
        self.ns = "%s-%s" % (lab.prefix, name)
        run("ip", "netns", "add", self.ns)
        self.exec("ip", "link", "set", "lo", "up")

    def exec(self, *args, **kw):
        return run("ip", "netns", "exec", self.ns, *args, **kw)

    def start(self, args, log, env=None, wrap=()):
        """A lasting program of this host; ended with the lab."""
        claim(not closing.is_set(), "the run is being stopped")
        out = open(os.path.join(self.lab.logs, log), "ab")
        p = subprocess.Popen(
            ["ip", "netns", "exec", self.ns, *wrap, *args],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            env={**os.environ, **(env or {})}, start_new_session=True)
        out.close()
        return p

    def end(self):
        """Ends what runs in it, by pid, and takes it away."""
        for sig in (signal.SIGTERM, signal.SIGKILL):
            pids = run("ip", "netns", "pids", self.ns, ok=False).split()
            for pid in pids:
                try:
                    os.kill(int(pid), sig)
                except (ProcessLookupError, ValueError):
                    pass
            try:
                until("end", 6, lambda: not run(
                    "ip", "netns", "pids", self.ns, ok=False).split())
                break
            except Failed:
                continue
        run("ip", "netns", "del", self.ns, ok=False)


class Server(Host):
    """cairn behind its private nginx, by the script of `make run`."""

    def __init__(self, lab):
        super().__init__(lab, "s", SERVER)
        self.home = os.path.join(lab.folder, "home")
        self.url = "http://%s:%d" % (SERVER, HTTP)
        self.keeper, self.wrap = None, ()
        self.env = {"CAIRN_HOME": self.home, "CAIRN_LISTEN": SERVER,
                    "NO_BUILD": "1", "CAIRN_BUILD": BUILD,
                    "CAIRN_NGINX_WORKERS": "1"}
        # A bridge without an address of its own takes the lowest of its
        # ports': a new port could change it, and whoever knew the old one sent
        # into the void until ARP asked again, up to a minute later.
        for args in (("add", "br0", "address", BRIDGE, "type", "bridge"),
                     ("set", "br0", "up")):
            self.exec("ip", "link", *args)
        for address in (SERVER, ELSEWHERE + "1"):
            self.exec("ip", "addr", "add", address + "/24", "dev", "br0")
        self.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")

    def plug_in(self, port, address):
        """A port of the bridge that has this link-layer address."""
        self.exec("ip", "link", "add", port, "address", address, "type", "veth",
                  "peer", "name", port + "-far")
        self.exec("ip", "link", "set", port, "master", "br0", "up")

    def begin(self):
        log = os.path.join(self.lab.logs, "server.log")
        at = os.path.getsize(log) if os.path.exists(log) else 0
        self.keeper = self.start(["scripts/run.sh"], "server.log",
                                 env=self.env, wrap=self.wrap)

        def ready():
            with open(log, encoding="utf-8", errors="replace") as f:
                f.seek(at)
                text = f.read()
            if self.keeper.poll() is not None:
                raise Failed("server does not start: " + text[-2000:])
            return "cairn runs." in text
        until("server ready", 30, ready)

    def stop(self):
        """As Ctrl-C: every process gone within 10 s."""
        self.keeper.terminate()
        try:
            status = self.keeper.wait(10)
        except subprocess.TimeoutExpired:
            raise Failed("the server does not end within 10 s")
        claim(status == 0, "make run ended with %s" % status)
        left = [f for f in os.listdir(self.home) if f.endswith(".sock")]
        claim(not left, "sockets left behind: %s" % left)

    def restart_in(self, client):
        """With the /etc of a client on this host, as it is out there."""
        self.stop()
        self.wrap = ("unshare", "-m", "sh", "-c",
                     'mount --bind "$1" /etc && shift && exec "$@"', "sh",
                     os.path.join(client.folder, "etc"))
        self.begin()

    def power_off(self):
        """Everything of this host at once, without a word."""
        for pid in run("ip", "netns", "pids", self.ns).split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.keeper.wait(10)
        until("nothing runs", 10, lambda: not run(
            "ip", "netns", "pids", self.ns).split())

    def pid(self, program):
        found = [p for p in run("ip", "netns", "pids", self.ns).split()
                 if parent(p) == self.keeper.pid and comm(p) == program[:15]]
        return int(found[0]) if found else 0

    def kill(self, program, sig=signal.SIGKILL):
        """Ends one program and waits until the keeper has another."""
        old = until(program + " runs", 10, lambda: self.pid(program))
        os.kill(old, sig)
        until(program + " runs again", 15,
              lambda: self.pid(program) not in (0, old))

    def cairn(self, *args, ok=True, seconds=20):
        return self.exec(os.path.join(TOP, BUILD, "bin/cairn"), "--home",
                         self.home, *args, ok=ok, seconds=seconds)

    def json(self, *args):
        out = self.cairn(*args, "-o", "json")
        try:
            return json.loads(out)
        except ValueError:
            raise Failed("no JSON from cairn %s: %s" % (args, out[:500]))

    def user(self, name):
        """The user's id; made if it is not there."""
        for u in self.json("users", "list") or []:
            if u["name"] == name:
                return str(u["id"])
        return str(self.json("users", "create", name)["id"])

    def key(self, *flags, user="alice"):
        owner = ("-u", self.user(user)) if user else ()
        return self.json("preauthkeys", "create", *owner, *flags)["key"]

    def nodes(self):
        return self.json("nodes", "list") or []

    def node(self, name):
        """The row whose DNS name is `name`, or None."""
        for n in self.nodes():
            if n.get("given_name", n.get("name")) == name:
                return n
        return None

    def node_id(self, name):
        n = self.node(name)
        claim(n, "the server knows no node %s: %s" % (
            name, [x.get("given_name") for x in self.nodes()]))
        return str(n["id"])

    def log(self):
        with open(os.path.join(self.lab.logs, "server.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()


def parent(pid):
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8") as f:
            return int(f.read().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0


def comm(pid):
    try:
        with open("/proc/%s/comm" % pid, encoding="utf-8") as f:
            return f.read().strip()
    except OSError:
        return ""


class Client(Host):
    """One tailscaled."""

    def __init__(self, lab, name, number, version=NEWEST, tun=True):
        super().__init__(lab, str(number), NET + str(10 + number))
        self.hostname, self.version, self.tun = name, version, tun
        self.folder = os.path.join(lab.folder, "c%d" % number)
        self.socket = os.path.join(self.folder, "s")
        self.logfile = "client-%d-%s.log" % (number, name)
        self.daemon, self.env, self.url = None, {}, None
        self.flags = ["--no-logs-no-support"]
        self.connect(number)
        self.make_etc()

    def connect(self, number):
        server, port = self.lab.server, "v%d" % number
        run("ip", "link", "add", "eth0", "netns", self.ns, "type", "veth",
            "peer", "name", port, "netns", server.ns)
        server.exec("ip", "link", "set", port, "master", "br0", "up")
        self.exec("ip", "link", "set", "eth0", "up")
        self.set_address(self.address)

    def move_to(self, address):
        """What a laptop does that moves to another network.

        A client drops the connections of an address that it lost, but only if
        the new network is not the old one too, and not in the first change
        that it sees: so it is given one of no weight.
        """
        self.exec("ip", "addr", "add", "10.99.9.9/32", "dev", "eth0")
        until("%s has seen a first change" % self.hostname, 20,
              lambda: "LinkChange: " in self.said())
        self.set_address(address)

    def said(self):
        with open(os.path.join(self.lab.logs, self.logfile),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def set_address(self, address):
        self.exec("ip", "addr", "flush", "dev", "eth0", "scope", "global")
        self.exec("ip", "addr", "add", address + "/24", "dev", "eth0")
        self.exec("ip", "route", "replace", "default", "via",
                  address.rpartition(".")[0] + ".1")
        self.address = address

    def make_etc(self):
        etc = os.path.join(self.folder, "etc")
        self.fill_etc(etc)
        for f, text in (("resolv.conf", "nameserver %s\n" % SERVER),
                        ("hostname", self.hostname + "\n"),
                        ("hosts", "127.0.0.1 localhost %s\n" % self.hostname)):
            with open(os.path.join(etc, f), "w", encoding="utf-8") as out:
                out.write(text)

    def fill_etc(self, etc):
        os.makedirs(etc)
        for f in ("passwd", "group", "nsswitch.conf", "protocols", "services"):
            if os.path.exists("/etc/" + f):
                shutil.copy("/etc/" + f, etc)
        shutil.copytree("/etc/ssl", os.path.join(etc, "ssl"), symlinks=True)

    def resolv_conf(self):
        with open(os.path.join(self.folder, "etc", "resolv.conf"),
                  encoding="utf-8") as f:
            return f.read()

    def binary(self, program):
        return os.path.join(CACHE, "v" + self.version, program)

    def begin(self, **env):
        """Starts tailscaled and waits until it answers."""
        inside = 'mount --bind "$1" /etc && mount -t tmpfs none /var/lib && ' \
            'hostname "$2" && shift 2 && exec "$@"'
        self.daemon = self.start(
            [self.binary("tailscaled"), "--statedir=" + self.folder,
             "--socket=" + self.socket, "--port=41641", "--tun="
             + ("tailscale0" if self.tun else "userspace-networking"),
             *self.flags], self.logfile,
            env={"TS_DEBUG_FIREWALL_MODE": "nftables", "HOME": self.folder,
                 **self.env, **env},
            wrap=("unshare", "-m", "-u", "sh", "-c", inside, "sh",
                  os.path.join(self.folder, "etc"), self.hostname))
        until("%s answers" % self.hostname, 15,
              lambda: self.status().get("BackendState"))
        return self

    def stop(self, sig=signal.SIGTERM):
        os.kill(self.daemon.pid, sig)
        self.daemon.wait(15)

    def cli(self, *args, ok=True, seconds=60):
        return self.exec(self.binary("tailscale"), "--socket=" + self.socket,
                         *args, ok=ok, seconds=seconds)

    def inside(self, *args, **kw):
        """A command that sees this host's /etc, so its resolv.conf, too."""
        return run("nsenter", "-t", str(self.daemon.pid), "-m", "-n", "-u",
                   *args, **kw)

    def status(self):
        out = self.cli("status", "--json", ok=False, seconds=10)
        try:
            return json.loads(out)
        except ValueError:
            return {}

    def netmap(self):
        return json.loads(self.cli("debug", "netmap", ok=False) or "{}") or {}

    def localapi(self, path, method="GET"):
        return self.exec("curl", "-s", "--max-time", "20", "--unix-socket",
                         self.socket, "-X", method,
                         "http://local-tailscaled.sock/localapi/v0/" + path,
                         ok=False)

    def metric(self, name):
        for line in self.cli("debug", "metrics").splitlines():
            if line.startswith(name + " "):
                return int(float(line.split()[1]))
        return 0

    def up_args(self, key=None):
        args = ["up", "--login-server=" + (self.url or self.lab.server.url),
                "--hostname=" + self.hostname, "--timeout=40s", "--reset"]
        return args + (["--auth-key=" + key] if key else [])

    def up(self, key=None, *more, ok=True):
        """Joins by key; a fresh one if none is given."""
        out = self.cli(*self.up_args(key or self.lab.server.key()), *more,
                       ok=ok, seconds=60)
        if ok:
            self.wait_state("Running")
        return out

    def joins_after_all(self, key, *more):
        """After a refusal.  From 1.90 on a client tries what was refused once
        more meanwhile, and `up` may end with those words although what it asked
        for is granted."""
        self.up(key, *more, ok=False)
        self.wait_state("Running")

    def reauth(self, key, *more):
        """A running machine logs in again and has another node key."""
        self.until_other_key(lambda: self.up(key, *more, "--force-reauth"))

    def reauth_by_web(self, let_in, *more):
        """The same by a link: let_in(url) approves."""
        def once():
            up, url = self.up_by_web("--force-reauth", *more, again=True)
            let_in(url)
            return up
        self.until_other_key(once)

    def until_other_key(self, login):
        """The client may forget that it logs in (docs/PROTOCOL.md): it does not
        get a new key by what was granted, and is told again."""
        before = self.self_node()["PublicKey"]

        def other():
            s = self.status()
            return s.get("BackendState") == "Running" and \
                (s.get("Self") or {}).get("PublicKey") not in (before, None)
        for last in (False, False, True):
            up = login()
            try:
                until("another key", 10, other)
            except Failed:
                if last:
                    raise
                if isinstance(up, subprocess.Popen):
                    up.kill()
                continue
            if isinstance(up, subprocess.Popen) and up.wait(20):
                raise Failed("tailscale up failed")
            return

    def up_by_web(self, *more, again=False):
        """Begins to join without a key; (process, the URL that it prints).
        `again`: while it runs; then 1.80 may tell the URL in its status alone,
        after `up` has ended well by what the old key got, or forget that it
        should log in, as in until_other_key.
        """
        log = "up-%s-%d.log" % (self.hostname, next(numbers))

        def begin():
            p = self.start([self.binary("tailscale"), "--socket=" + self.socket,
                            "up", "--login-server=" + self.lab.server.url,
                            "--hostname=" + self.hostname, *more], log)
            p.log = os.path.join(self.lab.logs, log)
            return p
        old = self.status().get("AuthURL")
        p, ended = begin(), 0

        def url():
            nonlocal p, ended
            with open(p.log, encoding="utf-8") as f:
                found = re.findall(r"http\S+/register/\S+", f.read())
            if found or not again:
                return found and found[-1]
            told = self.status().get("AuthURL")
            if told and told != old:
                return told
            if p.poll() == 0:
                ended = ended or time.monotonic()
                if time.monotonic() > ended + 3:
                    p, ended = begin(), 0
            return None
        url = until("a URL to log in", 20, url)
        return p, url

    def state(self):
        return self.status().get("BackendState")

    def wait_state(self, state, seconds=30):
        until("%s is %s (it is %s)" % (self.hostname, state, self.state()),
              seconds, lambda: self.state() == state)
        return self

    def ips(self):
        return self.status().get("TailscaleIPs") or []

    @property
    def ip4(self):
        return next((i for i in self.ips() if "." in i), None)

    @property
    def ip6(self):
        return next((i for i in self.ips() if ":" in i), None)

    def self_node(self):
        return self.status().get("Self") or {}

    def peers(self):
        """DNS label → peer, as the client sees them."""
        return {p["DNSName"].split(".")[0]: p
                for p in (self.status().get("Peer") or {}).values()}

    def sees(self, name, seconds=15, **members):
        """Waits for a peer of that name with these members; gives it."""
        def found():
            peer = self.peers().get(name)
            return peer and all(peer.get(k) == v
                                for k, v in members.items()) and peer
        return until("%s sees %s %s" % (self.hostname, name, members or ""),
                     seconds, found)

    def misses(self, name, seconds=15):
        until("%s no longer sees %s" % (self.hostname, name), seconds,
              lambda: name not in self.peers())

    def ping(self, other, *flags, seconds=40):
        """`tailscale ping` until an answer comes; its output."""
        end = time.monotonic() + seconds
        while True:
            out = self.cli("ping", "--timeout=3s", *flags, other, ok=False,
                           seconds=seconds)
            if "pong from" in out:
                return out
            if time.monotonic() > end:
                raise Failed("%s cannot ping %s: %s" % (
                    self.hostname, other, out.strip()[-300:]))

    def meets(self, other):
        """Packets of WireGuard have gone both ways: a first one that comes
        before the other has heard of this one is lost and tried again after
        5 s, when ssh has given up."""
        self.sees(other.hostname, Online=True)
        other.sees(self.hostname, Online=True)
        self.ping(other.ip4, "--tsmp")

    def ping_direct(self, other, seconds=30):
        def direct():
            return " via " + NET in self.cli(
                "ping", "--timeout=3s", "-c=10", other, ok=False)
        until("%s reaches %s directly" % (self.hostname, other), seconds,
              direct)

    def block_udp(self, on=True):
        """Everything but STUN to the server goes nowhere."""
        for rule in (("-d", NET + "0/24", "!", "--dport", str(STUN)),):
            self.exec("iptables", "-I" if on else "-D", "OUTPUT", "-p", "udp",
                      *rule, "-j", "DROP")


class ServerClient(Client):
    """One tailscaled on the server's own host, so in its namespace."""

    def __init__(self, lab, name, number):  # no namespace of its own
        self.lab, self.name, self.address = lab, str(number), SERVER
        self.ns = lab.server.ns
        self.hostname, self.version, self.tun = name, NEWEST, True
        self.folder = os.path.join(lab.folder, "c%d" % number)
        self.socket = os.path.join(self.folder, "s")
        self.logfile = "client-%d-%s.log" % (number, name)
        self.daemon, self.env, self.url = None, {}, None
        self.flags = ["--no-logs-no-support"]
        self.make_etc()

    def fill_etc(self, etc):
        """All of it: the server may run with it too."""
        os.makedirs(self.folder)
        run("cp", "-a", "/etc", etc)
        for f in ("resolv.conf", "hostname", "hosts"):  # may be links
            run("rm", "-f", os.path.join(etc, f))

    def end(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(15)


SERVE = """
import socket, sys
s = socket.create_server((sys.argv[1], int(sys.argv[2])), family=
    socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
print('ready', flush=True)
while True:
    c, _ = s.accept()
    with c:
        while (b := c.recv(65536)):
            c.sendall(b)
"""
TALK = """
import socket, sys, os
c = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=15)
want = os.urandom(int(sys.argv[3]))
got = b''
for i in range(0, len(want), 32768):
    c.sendall(want[i:i + 32768])
    n = min(len(want), i + 32768)
    while len(got) < n:
        b = c.recv(65536)
        if not b:
            sys.exit('cut after %d bytes' % len(got))
        got += b
sys.exit(got != want)
"""


def tcp(a, b, address=None, count=100000, port=7777):
    """`count` bytes from a to b and back, over TCP on b's tailnet address."""
    address = address or b.ip4
    echo = subprocess.Popen(
        ["ip", "netns", "exec", b.ns, "python3", "-c", SERVE, address,
         str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        claim(echo.stdout.readline().startswith(b"ready"),
              "%s cannot listen on %s" % (b.hostname, address))
        a.exec("python3", "-c", TALK, address, str(port), str(count),
               seconds=60)
    finally:
        echo.kill()
        echo.communicate()


class Lab:
    """A server and its clients, for one test or a group of them.

    with Lab("name") as lab:
        a = lab.client("a")
    """

    def __init__(self, name):
        claim(not closing.is_set(), "the run is being stopped")
        with lock:
            number = next(numbers)
        self.prefix = "cl%x-%d" % (os.getpid(), number)
        self.folder = tempfile.mkdtemp(prefix="cl.")
        self.logs = os.path.join(LOGS, re.sub(r"\W+", "-", name))
        shutil.rmtree(self.logs, ignore_errors=True)
        os.makedirs(self.logs)
        self.clients, self.server, self.shared = [], None, {}
        standing.add(self)

    def __enter__(self):
        try:
            self.server = Server(self)
            self.server.begin()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        for c in self.clients:
            try:
                c.end()
            except Failed:
                pass
        if self.server:
            self.server.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        standing.discard(self)

    def host(self, name, version=NEWEST, tun=True):
        """A client that is not running yet."""
        c = Client(self, name, len(self.clients) + 1, version, tun)
        self.clients.append(c)
        return c

    def client(self, name, version=NEWEST, key=None, tun=True, more=()):
        """A client that has joined.  1.90 logs its maps: see docs/CLIENTS.md
        on what it loses."""
        c = self.host(name, version, tun)
        if version == MIDDLE:
            c.env["TS_DEBUG_MAP"] = "1"
        c.begin()
        c.up(key, *more)
        return c

    def on_server(self, name, key=None, more=()):
        """A client on the server's own host that has joined."""
        c = ServerClient(self, name, len(self.clients) + 1)
        self.clients.append(c)
        c.begin()
        c.up(key, *more)
        return c

    def pair(self, version=NEWEST):
        """Two that see each other; the same two at the next call."""
        if "pair" + version not in self.shared:
            n = version.replace(".", "-")
            a, b = (self.client("%s-%s" % (x, n), version) for x in "ab")
            a.sees(b.hostname, Online=True)
            b.sees(a.hostname, Online=True)
            self.shared["pair" + version] = (a, b)
        return self.shared["pair" + version]
