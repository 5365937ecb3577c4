"""rust: the other client of Tailscale's makers, tailscale-rs: a library with a
network stack of its own; rust_axum is a program that serves a page with it.

Of relays it knows no pins (0.6.1), and a lab's has a self-signed certificate:
what is said goes directly.
"""
import os
import shutil

from lab import CACHE, NET, Host, Skipped, claim, run, until
from programs import built
from tests import test

PAGE = "from Rust\n"
NAME = "cairn-rust-axum"


def make(sources, folder):
    """What the program is made of is kept beside it: ten minutes of work."""
    made = os.path.join(CACHE, "rust-target")
    run("cargo", "build", "--release", "--locked", "--manifest-path",
        os.path.join(sources, "Cargo.toml"), seconds=3600,
        env={"CARGO_TARGET_DIR": made})
    shutil.copy(os.path.join(made, "release", NAME), folder)


def program():
    may = os.environ.get("TEST_LONG") and shutil.which("cargo")
    folder = built("rust_axum", make if may else None)
    if not folder:
        raise Skipped("not built yet; where cargo is, `make test-long` does")
    return os.path.join(folder, NAME)


class Rust(Host):
    """A host without a tailscaled: the program is its own."""

    def __init__(self, lab, name, key):
        super().__init__(lab, "rs", NET + "150")
        lab.clients.append(self)  # ended with them
        lab.server.exec("ip", "link", "add", "eth0", "netns", self.ns, "type",
                        "veth", "peer", "name", "vrs", "netns", lab.server.ns)
        lab.server.exec("ip", "link", "set", "vrs", "master", "br0", "up")
        self.exec("ip", "link", "set", "eth0", "up")
        self.exec("ip", "addr", "add", self.address + "/24", "dev", "eth0")
        self.daemon = self.start(
            [program(), lab.server.url, key, name,
             os.path.join(lab.folder, name + ".json")], "rust.log")


@test("a client in Rust joins and serves a page to another", "first", 15)
def serves(lab):
    program()
    a, _ = lab.pair()
    rusty = Rust(lab, "rusty", lab.server.key())
    peer = a.sees("rusty", 20, Online=True)
    # It misses the addresses of its start at times (0.6.1), and then tells of
    # no endpoint; one that comes later it does see.
    rusty.exec("ip", "addr", "add", NET + "151/24", "dev", "eth0")
    address = [i for i in peer["TailscaleIPs"] if "." in i][0]

    def page():
        return a.exec("curl", "-s", "--max-time", "3", "http://%s/" % address,
                      ok=False)
    until("its page", 40, lambda: page() == PAGE)
    lab.server.cairn("nodes", "delete", "--force", "-i",
                     lab.server.node_id("rusty"))
    a.misses("rusty")
    claim(page() != PAGE, "it still serves")
    rusty.daemon.terminate()
