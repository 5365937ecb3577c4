"""oracle_tests: tests and sshTests that hold, or do not, as the model says.

A random entry would almost never hold.  So the model is asked, destination by
destination, and the answer is written under accept or deny; one entry in some
is written the wrong way round.
"""
import json

from world import chance


def approved(model, fx, policy):
    """The model's policy, with approvals made where none are given."""
    net = model.Tailnet(fx)
    p = model.Policy(json.dumps(policy), net)
    for n in net.nodes:
        if n.approved is None:
            net.approve(n, lambda route, n=n: p.approves(n, route))
    p.validate()
    return p


def with_port(g, host, proto):
    if ":" in host and not host.startswith(("tag:", "group:")):
        host = g.r.choice(["[%s]", "%s"]) % host
    if proto in ("icmp", "1"):
        return host + ":0"
    return host + ":" + g.r.choice(["22", "80", "443", "53", "8000", "9999"])


def one_test(g, p):
    r = g.r
    t = {"src": g.alias("test src", r.choice(
        ["user", "user", "tag", "host", "IPv4", "IPv6", "group", "member",
         "tagged", "domain", "outside"]))}
    if chance(r, 0.4):
        t["proto"] = r.choice(["tcp", "udp", "icmp", "sctp", "6", "17", "1",
                               "TCP"])
    for _ in range(r.randint(1, 3)):
        kind = r.choice(["user", "group", "tag", "tag", "host", "IPv4",
                         "IPv6", "outside"])
        d = with_port(g, g.alias("test dst", kind), t.get("proto"))
        for side in r.sample(["accept", "deny"], 2):
            if p.run_test({**{k: t[k] for k in ("src", "proto") if k in t},
                           side: [d]}):
                t.setdefault(side, []).append(d)
                break
    return t


def one_ssh_test(g, p):
    r = g.r
    t = {"src": g.alias("sshTest src", r.choice(
        ["user", "user", "tag", "host", "IPv4", "IPv6", "group", "member",
         "tagged", "domain"])),
        "dst": [g.alias("sshTest dst", r.choice(["user", "tag", "host", "IPv4",
                                                 "IPv6"]))
                for _ in range(r.randint(1, 2))]}
    if chance(r, 0.1):
        t["dst"] = ["autogroup:self"]
    for login in r.sample(["root", "ubuntu", "alice", "a b", "émile",
                           "group:foo"], r.randint(1, 3)):
        for side in ("accept", "check", "deny"):
            if p.run_ssh_test({"src": t["src"], "dst": t["dst"],
                               side: [login]}):
                t.setdefault(side, []).append(login)
                break
    return t


def wrong_way(r, t, sides):
    """The same entry with one verdict moved, or as it was."""
    full = [s for s in sides if t.get(s)]
    if full:
        a = r.choice(full)
        b = r.choice([s for s in sides if s != a])
        t.setdefault(b, []).append(t[a].pop())


def entries(g, p, one, sides, holds):
    r, got = g.r, []
    for _ in range(r.randint(0, 3)):
        t = one(g, p)
        if chance(r, 0.04):
            wrong_way(r, t, sides)
        elif not holds(t):  # a source or a destination that names nobody
            continue
        if chance(r, 0.05):
            t["srcPostureAttrs"] = {"node:os": "macos", "custom:n": 1}
        got.append(t)
    return got


def add_tests(model, g, fx, policy):
    """Adds the two sections to a policy that is right."""
    p = approved(model, fx, policy)
    if chance(g.r, 0.8):
        policy["tests"] = entries(g, p, one_test, ("accept", "deny"),
                                  p.run_test)
    if policy.get("ssh") and chance(g.r, 0.8):
        policy["sshTests"] = entries(g, p, one_ssh_test,
                                     ("accept", "check", "deny"),
                                     p.run_ssh_test)
