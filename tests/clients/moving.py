"""moving: a server that goes to another host, or back in time."""
import os

from lab import HTTPS, NEWEST, OLDEST, SERVER, claim, tcp, until
from tests import test

PASSPHRASE = "a passphrase of the tests"


def move(lab, backup, passphrase):
    """Ends the server and starts its backup in another home, at the same
    address."""
    s = lab.server
    s.stop()
    s.home += "-moved"
    s.env["CAIRN_HOME"] = s.home
    said = s.json("restore", backup, "--passphrase-file", passphrase)
    s.begin()
    return said


@test("a backup in another home is the same server to its machines", "moving",
      20, versions=(OLDEST, NEWEST))
def moved(lab, v):
    a, b = lab.client("a", v), lab.client("b", v)
    spare = lab.server.key("--reusable")
    passphrase = os.path.join(lab.folder, "passphrase")
    with open(passphrase, "w", encoding="ascii") as f:
        f.write(PASSPHRASE + "\n")
    backup = os.path.join(lab.folder, "cairn.backup")
    lab.server.cairn("backup", backup, "--passphrase-file", passphrase)
    late = lab.client("late", v)  # of whom the backup knows nothing
    ips = a.ips(), b.ips()

    said = move(lab, backup, passphrase)
    claim(said["keys"] == 1, said)
    tcp(a, b)  # what is between machines does not need the server
    for x, y in ((a, b), (b, a)):
        x.sees(y.hostname, 60, Online=True)
        x.misses(late.hostname, 60)
        claim(x.state() == "Running", x.state())
        x.ping(y.ip4)
    claim((a.ips(), b.ips()) == ips, "addresses changed")

    out = lab.client("c", v, key=lab.server.key())
    a.sees(out.hostname, 15)
    refused = lab.host("d", v).begin()
    said = refused.up(spare, ok=False)
    claim("has been revoked" in said, said)
    late.up(lab.server.key(), "--force-reauth")
    until("the late one is back", 30, lambda: late.state() == "Running")
    a.sees(late.hostname, 15)


@test("clients take another key of the server when they are started", "moving",
      20, versions=(OLDEST, NEWEST) if os.environ.get("TEST_LONG")
      else (NEWEST,))
def another_key(lab, v):
    """And one that was only replaced lets them in till its time is over."""
    s = lab.server
    a = lab.client("e", v)
    ips = a.ips()
    s.json("rotate", "seal", "--force")  # nobody notices
    s.json("rotate", "pepper", "--force")
    b = lab.client("f", v)  # by a key that handlers know by the new one

    def online():
        n = s.node(a.hostname)
        return n and n.get("online")

    def cut():
        """Ends all tunnels: a worker that is started again."""
        s.kill("cairn-worker")

    s.json("rotate", "noise-key", "--force")
    cut()
    b.sees(a.hostname, 60, Online=True)
    until("it is online", 60, online)

    claim(s.json("rotate", "noise-key", "--end-old", "--force")["ended"] == 1,
          "the old key was not answered")
    cut()
    tcp(a, b)  # what is between machines does not need the server
    a.stop()
    a.begin()
    a.wait_state("Running")
    until("it is back", 30, online)
    claim(a.ips() == ips, "addresses changed")
    claim(b.state() == "Running", b.state())
    log = s.log()
    claim("server key read" in log, "the worker did not take the key")
    b.stop()
    b.begin()
    b.sees(a.hostname, 30, Online=True)


@test("a machine is moved to another URL by a login, and keeps its addresses",
      "moving", 10, versions=(NEWEST,))
def another_url(lab, v):
    """The old one leads here as long as there is anybody who knows it."""
    s = lab.server
    a = lab.host("g", v)
    a.env["SSL_CERT_FILE"] = os.path.join(s.home, "tls/cert.pem")
    a.begin()
    a.up()
    ips, old = a.ips(), s.node(a.hostname)["id"]
    s.cairn("settings", "set", "url", "https://%s:%d" % (SERVER, HTTPS))
    other = lab.client("h", v)  # by the old one
    a.sees(other.hostname, 30, Online=True)
    claim(a.state() == "Running", a.state())

    a.url = "https://%s:%d" % (SERVER, HTTPS)
    a.up(s.key(), "--force-reauth")
    until("its URL is the new one", 10, lambda: a.url in a.cli("debug",
                                                               "prefs"))
    claim(a.ips() == ips, "addresses changed: %s" % a.ips())
    claim(s.node(a.hostname)["id"] == old, "it is another machine")
    a.sees(other.hostname, 30, Online=True)
    a.ping(other.ip4)
