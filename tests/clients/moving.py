"""moving: a server that goes to another host, or back in time."""
import os

from lab import NEWEST, OLDEST, claim, tcp, until
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
