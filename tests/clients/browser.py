"""browser: a person's browser beside a lab's server, without scripts."""
import ctypes
import http.client
import os
import socket
import sys
import threading
import urllib.parse

from lab import HTTP, SERVER, TOP, Failed, claim, until

sys.path.append(os.path.join(TOP, "tests", "trips"))  # ours first
from person import PASSWORD, Person  # noqa: E402

CLONE_NEWNET = 0x40000000


def socket_in(namespace):
    """A socket of that network namespace; only a thread of its own enters."""
    made = []

    def enter():
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/run/netns/" + namespace, "rb") as f:
            if libc.setns(f.fileno(), CLONE_NEWNET) == 0:
                made.append(socket.socket())
    t = threading.Thread(target=enter)
    t.start()
    t.join()
    claim(made, "no socket in " + namespace)
    return made[0]


class Connection(http.client.HTTPConnection):
    """To nginx of a lab, or to something else on its host."""

    def __init__(self, namespace, host=SERVER, port=HTTP):
        super().__init__(host, port, timeout=30)
        self.namespace = namespace

    def connect(self):
        self.sock = socket_in(self.namespace)
        self.sock.settimeout(self.timeout)
        self.sock.connect((self.host, self.port))


class Browser(Person):
    """By http, through the lab's nginx."""

    def __init__(self, server):
        super().__init__(HTTP)
        self.server = server

    def connection(self):
        return Connection(self.server.ns)

    def submit(self, ident, **fields):
        """A form of the page that is shown; what it led to."""
        page = self.send(self.page.of("form-" + ident), **fields)
        if page.status != 303:
            raise Failed("form %s: %d: %s" % (ident, page.status,
                                              page.text[:1500]))
        return self.follow()


def owner(lab):
    """A browser that the owner is signed in with; one a lab."""
    if "owner" not in lab.shared:
        link = until("the setup link", 10, lambda: [
            w for w in lab.server.log().split() if "/setup/" in w])[0]
        b = Browser(lab.server)
        b.get(urllib.parse.urlsplit(link).path)
        b.submit("setup", name="olga", email="", password=PASSWORD,
                 password_again=PASSWORD, org="Acme", policy="open")
        lab.shared["owner"] = b
    return lab.shared["owner"]
