"""invariants: what holds for every answer, whatever the policy says.

broken(answer) and taken_away(less, more) return what does not hold.
"""
import functools
import ipaddress

# No source list becomes equal to another by it, so no rule moves.
RULE = {"action": "accept", "src": ["203.0.113.77"], "dst": ["*:4242"]}


@functools.lru_cache(1 << 16)
def interval(text):
    """(low, high) of *, an address, a CIDR without host bits or a-b."""
    if text == "*":
        return 0, 2 ** 128 - 1
    if "-" in text:
        a, b = map(ipaddress.ip_address, text.split("-"))
        if a.version != b.version or a > b:
            raise ValueError("%s is no range" % text)
        return int(a), int(b)
    n = ipaddress.ip_network(text)  # refuses host bits
    return int(n[0]), int(n[-1])


def texts_of(rule):
    yield from rule.get("SrcIPs") or []
    for d in rule.get("DstPorts") or []:
        yield d["IP"]
    for g in rule.get("CapGrant") or []:
        yield from g["Dsts"]


def filter_faults(name, rules):
    bad = []
    for rule in rules:
        for text in texts_of(rule):
            try:
                interval(text)
            except ValueError as e:
                bad.append("%s: filter: %s" % (name, e))
        for d in rule.get("DstPorts") or []:
            first, last = d["Ports"]["First"], d["Ports"]["Last"]
            if not 0 <= first <= last <= 65535:
                bad.append("%s: ports %d-%d" % (name, first, last))
        if set(rule) - {"SrcIPs", "DstPorts", "IPProto", "CapGrant"}:
            bad.append("%s: members %s" % (name, sorted(rule)))
    return bad


def peer_faults(nodes):
    bad = []
    for name, n in nodes.items():
        if name in n["peers"]:
            bad.append("%s is its own peer" % name)
        bad += ["%s sees %s, but not the other way round" % (name, p)
                for p in n["peers"] if name not in nodes[p]["peers"]]
    return bad


def route_faults(name, node):
    """Each prefix but the exit routes comes from one peer at most."""
    bad, seen = [], {}
    for peer, p in node["peers"].items():
        for prefix in p["allowedIPs"]:
            interval(prefix)
            if prefix in ("0.0.0.0/0", "::/0"):
                continue
            if prefix in seen:
                bad.append("%s gets %s from %s and %s" % (
                    name, prefix, seen[prefix], peer))
            seen[prefix] = peer
        if set(p.get("primaryRoutes") or []) - set(p["allowedIPs"]):
            bad.append("%s: primary routes of %s are not allowed" % (
                name, peer))
    return bad


def order_faults(name, rules):
    """SrcIPs sorted without repeats; nothing that could be joined is apart."""
    bad, seen = [], set()
    for rule in rules:
        src = rule.get("SrcIPs") or []
        if src != sorted(set(src), key=lambda s: s.encode()):
            bad.append("%s: SrcIPs out of order: %s" % (name, src))
        if "DstPorts" in rule:
            key = tuple(src), tuple(rule.get("IPProto") or [])
            if key in seen:
                bad.append("%s: two rules for %s" % (name, src))
            seen.add(key)
    return bad


def broken(answer):
    nodes = answer["nodes"]
    bad = peer_faults(nodes)
    for name, n in nodes.items():
        bad += filter_faults(name, n["packetFilter"])
        bad += order_faults(name, n["packetFilter"])
        bad += route_faults(name, n)
    return bad


def tuples(rules):
    return {(s, p, d["IP"], d["Ports"]["First"], d["Ports"]["Last"])
            for rule in rules for s in rule.get("SrcIPs") or []
            for p in rule.get("IPProto") or [0]
            for d in rule.get("DstPorts") or []}


def taken_away(less, more):
    """The answers without and with RULE: nothing may be missing in the second,
    nobody may vanish."""
    if less["status"] != 200 or more["status"] != 200:
        return ["one more rule changes the verdict: %s, %s" % (
            less.get("error"), more.get("error"))] \
            if less["status"] != more["status"] else []
    bad = []
    for name, a in less["nodes"].items():
        b = more["nodes"][name]
        lost = tuples(a["packetFilter"]) - tuples(b["packetFilter"])
        if lost:
            bad.append("%s: one more rule takes away %s" % (name, min(lost)))
        if set(a["peers"]) - set(b["peers"]):
            bad.append("%s: one more rule hides %s" % (
                name, sorted(set(a["peers"]) - set(b["peers"]))))
        if b["packetFilter"][:len(a["packetFilter"])] != a["packetFilter"]:
            bad.append("%s: one more rule changes the others" % name)
    return bad
