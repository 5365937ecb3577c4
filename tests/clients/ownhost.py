"""ownhost: a client on the server's own host, which is an exit node, accepts
routes and gets its names by MagicDNS, and what comes back after what.

        PREFIX-far 198.51.100.7 --- PREFIX-s 10.99.0.1 --- ann, gate …
        203.0.113.7 on its lo       cairn, nginx, tailscaled: one /etc

The far host knows no way to the others' addresses: it answers what comes from
the server's host alone.  It is behind a router, itself, since an exit node
leads nobody into the networks that it stands in.
"""
import os
import signal
import threading

from lab import HTTP, HTTPS, Host, claim, until
from policy import OPEN, PORT, listening, obey, opens, reaches
from routes import APPROVED, carries, leads_to, router, viewer
from tests import DOMAIN, test

GROUP = "server's own machine"
NET, FAR = "10.96.0.0/24", "203.0.113.7"
BACK_SECONDS = 60  # who was refused asks again after 10 s


def far_host(lab):
    far = Host(lab, "far", FAR)
    far.hostname = "far"
    lab.clients.append(far)  # ended with them
    here = lab.server.exec
    here("ip", "link", "add", "far0", "type", "veth", "peer", "name", "eth0",
         "netns", far.ns)
    here("ip", "addr", "add", "198.51.100.1/24", "dev", "far0")
    here("ip", "link", "set", "far0", "up")
    far.exec("ip", "addr", "add", "198.51.100.7/24", "dev", "eth0")
    far.exec("ip", "addr", "add", FAR + "/32", "dev", "lo")
    far.exec("ip", "link", "set", "eth0", "up")
    here("ip", "route", "add", FAR, "via", "198.51.100.7")
    return far


def at_home(lab):
    """The machine on the server's host, who uses it as exit node, a router, the
    far host; the same at each call."""
    if "home" not in lab.shared:
        obey(lab, **APPROVED)
        far = far_host(lab)
        a = viewer(lab, "ann")
        g = router(lab, "gate", NET, "10.99.0.0/16")
        s = lab.on_server("host", key=lab.server.key(user="alice"), more=(
            "--accept-routes", "--advertise-exit-node"))
        lab.server.cairn("nodes", "approve-routes", "-i",
                         lab.server.node_id("host"), "-r", "0.0.0.0/0,::/0")
        # All names of the server's host are asked in the tailnet from now on.
        lab.server.cairn("dns", "nameservers", "add", g.ip4)
        lab.server.cairn("dns", "set", "--override-local", "true")
        a.sees("host", ExitNodeOption=True)
        a.cli("set", "--exit-node=" + s.ip4)
        lab.shared["home"] = s, a, g, far
        lab.server.restart_in(s)
    return lab.shared["home"]


def whole(lab):
    """All of it works, from whatever it came back."""
    s, a, g, far = at_home(lab)
    until("the host's machine runs", BACK_SECONDS,
          lambda: s.state() == "Running")
    a.sees("host", BACK_SECONDS, Online=True)
    carries(s, g, NET, seconds=BACK_SECONDS)
    claim(leads_to(s, a.address) == "br0", "the server has lost its network")
    claim(leads_to(s, "10.96.0.1") == "tailscale0", "no routes at all")
    until("the names are there", 20, lambda: s.exec(
        "dig", "+short", "+time=1", "+tries=1", "@100.100.100.100",
        "ann." + DOMAIN, ok=False).split() == [a.ip4])
    claim("100.100.100.100" in s.resolv_conf(), s.resolv_conf())
    until("its home is the own relay", 30,
          lambda: s.self_node().get("Relay") == "cairn")
    with listening(far, PORT, address=FAR):
        until("ann reaches far through the exit node", 30,
              lambda: reaches(a, FAR))


@test("a machine on the server's own host is an exit node through which others' "
      "traffic passes", GROUP, 20)
def exit_node(lab):
    s, a, _, far = at_home(lab)
    whole(lab)
    with listening(far, PORT, address=FAR):
        opens(a, FAR)
        a.cli("set", "--exit-node=")
        until("no way without it", 10, lambda: not reaches(a, FAR))
        a.cli("set", "--exit-node=" + s.ip4)
        until("a way again", 20, lambda: reaches(a, FAR))


@test("the server goes on while the client on its host hangs, is gone, and is "
      "back, though its names are asked there", GROUP, 40)
def client_away(lab):
    s, a, _, _ = at_home(lab)
    os.kill(s.daemon.pid, signal.SIGSTOP)
    try:
        lab.client("while-it-hangs").ping(a.ip4)
        lab.server.kill("cairn-worker")
        lab.client("after-a-restart").ping(a.ip4)
    finally:
        os.kill(s.daemon.pid, signal.SIGCONT)
    s.stop(signal.SIGKILL)
    lab.client("while-it-is-gone").ping(a.ip4)
    s.begin()
    whole(lab)


def stop_both(lab, s):
    s.stop()
    lab.server.stop()


@test("the server and the client on its host come back in either order",
      GROUP, 60)
def orders(lab):
    s = at_home(lab)[0]
    stop_both(lab, s)
    s.begin()
    lab.server.begin()
    whole(lab)
    stop_both(lab, s)
    lab.server.begin()
    s.begin()
    whole(lab)


def doors(lab, shut):
    """nginx is not there: who knocks is refused."""
    for port in (HTTP, HTTPS):
        lab.server.exec("iptables", "-I" if shut else "-D", "INPUT", "-p",
                        "tcp", "--dport", str(port), "-j", "REJECT",
                        "--reject-with", "tcp-reset")


@test("they come back when nginx is the last to be there", GROUP, 40)
def nginx_last(lab):
    s = at_home(lab)[0]
    stop_both(lab, s)
    doors(lab, True)
    lab.server.begin()
    s.begin()
    until("it was refused", 20, lambda: "connection refused" in
          s.said()[-20000:])
    doors(lab, False)
    whole(lab)


@test("after a reboot of the server's host all is back by itself", GROUP, 40)
def reboot(lab):
    """Killed as they stand, the names of the host still asked in the tailnet;
    then all start at once."""
    s = at_home(lab)[0]
    lab.server.power_off()
    s.daemon.wait(15)
    claim("100.100.100.100" in s.resolv_conf(), "it was put back")
    t = threading.Thread(target=s.begin)
    t.start()
    lab.server.begin()
    t.join()
    whole(lab)
