"""netmap: what a stock client makes of the map messages of its streams
(spec/map-and-state.md 1.2 to 1.4).

It shares no code with the server or with its other tests.  What a client would
stumble over is kept in `wrong`, in words.
"""
import json

ZERO_TIME = "0001-01-01T00:00:00Z"
# What a patch may carry, and the member of the node that it becomes.
PATCHED = {"DERPRegion": "HomeDERP", "Cap": "Cap", "CapMap": "CapMap",
           "Endpoints": "Endpoints", "Key": "Key", "DiscoKey": "DiscoKey",
           "KeySignature": "KeySignature", "Online": "Online",
           "LastSeen": "LastSeen", "KeyExpiry": "KeyExpiry"}


def lowest(o):
    """Without members that say nothing."""
    return {k: v for k, v in o.items()
            if v not in (None, False, "", [], {}) or k == "Online"}


class Netmap:
    def __init__(self):
        self.wrong = []
        self.messages = 0
        self.pinged = False   # asked whether it is there
        self.begin()

    def begin(self):
        """A new stream: nothing of the last one is remembered."""
        self.self = None
        self.peers, self.filters, self.profiles = {}, {}, {}
        self.filter_sent = False
        self.ssh = self.dns = self.derp = self.domain = None
        self.health, self.display = None, {}

    def take(self, text):
        m = json.loads(text)
        self.messages += 1
        self.pinged = self.pinged or bool(m.get("PingRequest"))
        if m.get("KeepAlive"):
            if text != '{"KeepAlive":true}' and \
                    set(m) != {"KeepAlive", "PingRequest"}:
                self.wrong.append("a keep-alive with content: " + text)
            return
        if self.self is None and not m.get("Node"):
            self.wrong.append("the first message lacks Node")
        self.take_peers(m)
        if m.get("Node"):
            self.self = m["Node"]
        self.take_rest(m)
        if self.self and self.self["ID"] in self.peers:
            self.wrong.append("it is its own peer")

    def take_peers(self, m):
        changed = m.get("PeersChanged") or []
        removed = m.get("PeersRemoved") or []
        patches = m.get("PeersChangedPatch") or []
        ids = [p["ID"] for p in changed] + removed + \
            [p["NodeID"] for p in patches]
        if len(ids) != len(set(ids)):
            self.wrong.append("one id twice in a message: %s" % json.dumps({k: v for k, v in m.items() if k.startswith("Peers")}))
        if m.get("Peers"):
            if ids:
                self.wrong.append("Peers beside deltas")
            if [p["ID"] for p in m["Peers"]] != \
                    sorted({p["ID"] for p in m["Peers"]}):
                self.wrong.append("Peers are not sorted by id")
            self.peers = {}
            changed = m["Peers"]
        for i in removed:
            if self.peers.pop(i, None) is None:
                self.wrong.append("removed, and never was there: %d" % i)
        for p in changed:
            if "Online" not in p:
                self.wrong.append("a peer without Online")
            if "Hostinfo" not in p:
                self.wrong.append("a peer without Hostinfo")
            self.peers[p["ID"]] = dict(p)
        for p in patches:
            self.patch(p)

    def patch(self, p):
        node = self.peers.get(p["NodeID"])
        if node is None:
            self.wrong.append("a patch for %d, which it does not have"
                              % p["NodeID"])
            return
        for name, value in p.items():
            if name == "NodeID" or value is None:
                continue
            if name not in PATCHED:
                self.wrong.append("a patch with " + name)
            elif name == "KeyExpiry" and value == ZERO_TIME:
                node.pop("KeyExpiry", None)
            else:
                node[PATCHED[name]] = value

    def take_rest(self, m):
        for p in m.get("UserProfiles") or []:
            self.profiles[p["ID"]] = p
        if m.get("DERPMap") is not None:
            self.derp = m["DERPMap"]
        if m.get("PacketFilter") is not None:
            self.filters["base"] = m["PacketFilter"]
        pieces = m.get("PacketFilters")
        if pieces is not None:
            self.filter_sent = True
            if "*" in pieces and pieces["*"] is None:
                self.filters = {}
            for name, rules in pieces.items():
                if name == "*":
                    continue
                if rules is None:
                    self.filters.pop(name, None)
                else:
                    self.filters[name] = rules
        if m.get("DNSConfig") is not None:
            self.dns = m["DNSConfig"]
        if m.get("SSHPolicy") is not None:
            self.ssh = m["SSHPolicy"]
        if m.get("Domain"):
            self.domain = m["Domain"]
        if m.get("Health") is not None:
            self.health = m["Health"]
        shown = m.get("DisplayMessages")
        if shown is not None:
            if "*" in shown and shown["*"] is None:
                self.display = {}
            for name, message in shown.items():
                if name != "*" and message is None:
                    self.display.pop(name, None)
                elif name != "*":
                    self.display[name] = message

    def rules(self):
        return [r for name in sorted(self.filters)
                for r in self.filters[name]]
