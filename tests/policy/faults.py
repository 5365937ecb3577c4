"""faults: what can be wrong with a policy, one thing at a time.

MESSAGES has a pattern for every text of refusal that policy_model.py knows; a
text that none of them matches is a fault of the list.  FAULTS breaks a policy,
SYNTAX breaks its text.  The first fault in the order of checking decides, and a
policy may get two.
"""
import re

from respell import Raw
from world import chance

MESSAGES = {
    "eof value": r"hujson: .*: parsing value: unexpected EOF",
    "eof after name": r"hujson: .*: parsing object after name: unexpected EOF",
    "eof in object":
        r"hujson: .*: parsing object after value: unexpected EOF",
    "eof in array": r"hujson: .*: parsing array after value: unexpected EOF",
    "eof in string": r"hujson: .*: parsing string: unexpected EOF",
    "eof in comment": r"hujson: .*: parsing comment: unexpected EOF",
    "start of value": r"hujson: .*: invalid character .* at start of value",
    "start of name":
        r"hujson: .*: invalid character .* at start of object name",
    "after name": r"hujson: .*: invalid character .* after object name",
    "after object value": r"hujson: .*: invalid character .* after object "
                          r"value \(expecting ',' or '}'\)",
    "after array value": r"hujson: .*: invalid character .* after array "
                         r"value \(expecting ',' or ']'\)",
    "after top": r"hujson: .*: invalid character .* after top-level value",
    "literal": r"hujson: .*: invalid literal: .*",
    "depth": r"hujson: .*: exceeded max depth",
    "duplicate": r'hujson: .*: duplicate object member name ".*"',
    "array": r".*: must be array",
    "object": r".*: must be object",
    "text": r".*: must be (raw )?text",
    "bool": r".*: must be bool",
    "NUL": r".*: contains NUL",
    "unknown": r'json: unknown field ".*"',
    "twice": r'.*: ".*" given twice',
    "group prefix": r"groups\[.*\]: group names must start with 'group:'",
    "recursive": r'groups\[.*\]: ".*": group members cannot be recursive',
    "host": r'hosts\[".*"\]: ".*": invalid address',
    "tag prefix": r"tagOwners\[.*\]: tags must start with 'tag:'",
    "tag empty": r"tagOwners\[.*\]: tag names must not be empty",
    "tag letter":
        r"tagOwners\[.*\]: tag names must start with a letter, after 'tag:'",
    "tag bytes": r"tagOwners\[.*\]: tag names can only contain numbers, "
                 r"letters, or dashes",
    "owner": r'tagOwners\[.*\]: ".*" is not valid',
    "route approver": r'autoApprovers.routes\[.*\]: ".*" is not valid',
    "exit approver": r'autoApprovers.exitNode: ".*" is not valid',
    "approved route": r"autoApprovers.routes\[.*\]: invalid CIDR",
    "both members":
        r'cannot use both "autogroup:member" and "autogroup:members"',
    "acl action": r'action=".*" is not supported',
    "src tag": r'src=tag not found: ".*"',
    "dst tag": r'dst=".*": tag not found: ".*"',
    "tag": r'tag not found: ".*"',
    "via tag": r'tag ".*" not found',
    "via": r"via can only be a tag",
    "group": r'group not found: ".*"',
    "autogroup": r'unknown autogroup: ".*"',
    "dst side": r'".*" not valid on the dst side of a rule',
    "src side": r'".*" not valid on the src side of a rule',
    "nonroot": r'"autogroup:nonroot" not valid here',
    "address": r'".*": invalid address',
    "self": r"autogroup:self can only be used with users, groups, or "
            r"supported autogroups",
    "danger": r"cannot use autogroup:danger-all as a dst",
    "colon": r'dst=".*": hostport must contain a colon \(":"\)',
    "no ports": r'(dst=".*": )?invalid port list: ""',
    "dashes": r'(dst=".*": )?port range ".*": too many dashes\(-\)',
    "first port": r'(dst=".*": )?port range ".*": invalid first integer',
    "last port": r'(dst=".*": )?port range ".*": invalid last integer',
    "port 0": r"(dst=\".*\": )?port range \".*\": first port must be >0, or "
              r"use '\*' for wildcard",
    "port order":
        r'(dst=".*": )?port range ".*": first port must be >= last port',
    "proto ports": r'dst=".*": protocol ".*" does not support specific ports, '
                   r'only "\*" is allowed',
    "ip proto ports": r'ip ".*": protocol ".*" does not support specific '
                      r'ports, only "\*" is allowed',
    "proto": r'proto name ".*" not known; use protocol number 0-255',
    "ip comma": r'ip ".*": one port or range per entry',
    "ip proto": r'ip ".*": empty protocol',
    "no ip": r"ip and app can not both be empty",
    "cap name": r"capability name must have the form \{domain\}/\{path\}",
    "cap domain": r"capability name must not be in the tailscale.com domain",
    "internet app": r"cannot use app grants with autogroup:internet",
    "default route": r'dst ".*": to allow all IP addresses, use "\*" or '
                     r'"autogroup:internet"',
    "no action": r"action must be specified",
    "action": r'".*" is not a valid action',
    "ssh src": r'invalid src ".*"',
    "ssh dst": r'invalid dst "[^"]*"',
    "ssh same user":
        r'invalid dst ".*": a user may only be reached by the same user',
    "ssh tag source": r'invalid dst ".*": source ".*" is a tag',
    "check from tag": r'action "check" is not valid with source ".*"',
    "no users": r"users must be specified",
    "ssh user": r'user ".*" is not valid',
    "env": r"acceptEnv values cannot be empty",
    "duration": r'time: invalid duration ".*"',
    "unit": r'time: unknown unit ".*" in duration ".*"',
    "no unit": r'time: missing unit in duration ".*"',
    "negative": r"checkPeriod -.* must be a positive duration",
    "period max": r"checkPeriod .* is above the max \(168h\)",
    "period accept": r'checkPeriod is only valid with action "check"',
    "ssh domain": r"\[ssh\] .* is not associated with this Tailnet and cannot "
                  r"be used in user:\*@<domain> expressions",
    "domain": r"(?!\[ssh\]).* is not associated with this Tailnet and cannot be "
              r"used in user:\*@<domain> expressions",
    "target": r'nodeAttrs target ".*" is not valid',
    "pool": r"IPPool\(.*\): invalid CIDR",
    "pool outside": r"IPPool\(.*\): network outside 100.64.0.0/10",
    "pool reserved": r"IPPool\(.*\): network within reserved range",
    "ssh test dst": r'SSH tests dst contains disallowed element ".*"',
    "ssh test tag": r'SSH tests dst contains unknown tag ".*"',
    "tests": r"test\(s\) failed",
}


def kind_of(text):
    """The message's name in MESSAGES; None: nobody's."""
    for name, pattern in MESSAGES.items():
        if re.fullmatch(pattern, text, re.S):
            return name
    return None


# ---- where a fault goes -----------------------------------------------------
FRESH = {
    "acls": lambda: {"action": "accept", "src": ["*"], "dst": ["*:*"]},
    "grants": lambda: {"src": ["*"], "dst": ["*"], "ip": ["*"]},
    "ssh": lambda: {"action": "check", "src": ["autogroup:owner"],
                    "dst": ["autogroup:self"], "users": ["root"]},
    "nodeAttrs": lambda: {"target": ["*"], "attr": ["x"]},
    "tests": lambda: {"src": "autogroup:tagged", "accept": ["192.0.2.1:1"]},
    "sshTests": lambda: {"src": "autogroup:tagged", "dst": ["192.0.2.1"],
                         "deny": ["root"]},
}


def rule(p, r, section):
    """One rule of the section, a new one if need be or by chance."""
    p[section] = p.get(section) or []
    if not p[section] or chance(r, 0.2):
        p[section].insert(r.randint(0, len(p[section])), FRESH[section]())
    return r.choice(p[section])


def into(r, where, name, value):
    """Puts a value at some place of a list."""
    where[name] = list(where.get(name) or [])
    where[name].insert(r.randint(0, len(where[name])), value)


def insert(section, member, *values):
    def fault(p, r, _g):
        into(r, rule(p, r, section), member, r.choice(values))
    return fault


def replace(section, member, *values):
    def fault(p, r, _g):
        rule(p, r, section)[member] = r.choice(values)
    return fault


def free(section, name, value):
    """A member under a free name, at some place of the object."""
    def fault(p, r, _g):
        items = list((p.get(section) or {}).items())
        v = value(r) if callable(value) else value
        n = name(r) if callable(name) else name
        items = [i for i in items if i[0] != n]
        items.insert(r.randint(0, len(items)), (n, v))
        p[section] = dict(items)
    return fault


def remove(section, *names):
    def fault(p, r, _g):
        rule(p, r, section).pop(r.choice(names), None)
    return fault


def approver(section, *values):
    def fault(p, r, _g):
        aa = p["autoApprovers"] = p.get("autoApprovers") or {}
        if section == "exitNode":
            into(r, aa, "exitNode", r.choice(values))
        else:
            aa["routes"] = aa.get("routes") or {}
            into(r, aa["routes"], r.choice(["10.0.0.0/8", "fd00::/8"]),
                 r.choice(values))
    return fault


def bad_route_key(p, r, _g):
    aa = p["autoApprovers"] = p.get("autoApprovers") or {}
    aa["routes"] = aa.get("routes") or {}
    aa["routes"][r.choice(["10.0.0.1", "10.0.0.0/33", "x", "fd00::/129",
                           "10.0.0.0/08", "srv"])] = ["tag:a"]


def recursive_groups(p, r, _g):
    p["groups"]["group:outer"] = ["group:inner"]
    p["groups"]["group:inner"] = r.choice([[], ["group:outer"]])


def bad_proto(p, r, _g):
    """In a rule without destinations the model finds it after all else."""
    a = rule(p, r, "acls")
    a["proto"], a["dst"] = r.choice(BAD_PROTOS), a.get("dst") or ["*:*"]


def both_members(p, r, _g):
    into(r, p["groups"], "group:ops", "autogroup:member")
    into(r, p["groups"], "group:ops", "autogroup:members")


def self_source(section):
    def fault(p, r, g):
        rl = rule(p, r, section)
        into(r, rl, "dst", "autogroup:self" +
             (":*" if section == "acls" else ""))
        into(r, rl, "src", r.choice([g.tags[0], "srv", "10.0.0.1",
                                     "autogroup:tagged"]))
    return fault


# The model does not look into these: golden cases do.
UNSEEN = ("derpMap", "postures", "ipsets", "OneCGNATRoute", "services")


def without_unseen(p):
    """What is left of a policy whose text will be broken anywhere."""
    for k in UNSEEN:
        p.pop(k, None)
    if p.get("autoApprovers"):
        p["autoApprovers"].pop("services", None)


def wrong_type(p, r, _g):
    """Any value of the wrong type, at a place that exists."""
    where = p
    for _ in range(r.randint(0, 3)):
        keys = list(where) if isinstance(where, dict) else \
            list(range(len(where)))
        inner = [k for k in keys if isinstance(where[k], (dict, list)) and
                 where[k] and k not in ("app", "srcPostureAttrs") + UNSEEN]
        if not inner:
            break
        where = where[r.choice(inner)]
    keys = [k for k in where if k not in UNSEEN] \
        if isinstance(where, dict) else list(range(len(where)))
    if keys:
        where[r.choice(keys)] = r.choice(
            [1, True, "text", {}, [], None, {"a": 1}, [[]], -1.5e3])


def not_bool(p, r, _g):
    p[r.choice(["randomizeClientPort", "disableIPv4"])] = r.choice(
        ["true", 1, []])


def nul(p, r, _g):
    r.choice([
        lambda: into(r, rule(p, r, "acls"), "src", "tag:a\0"),
        lambda: into(r, rule(p, r, "ssh"), "acceptEnv", "\0"),
        lambda: p["hosts"].update({"srv": "10.0.0.1\0"}),
        lambda: rule(p, r, "grants").update({"app": {"e.com/c": ["\0"]}})])()


def unknown(p, r, _g):
    where = r.choice([p, rule(p, r, "acls"), rule(p, r, "ssh"),
                      rule(p, r, "grants"), rule(p, r, "tests")])
    where[r.choice(["expires", "extraDNSNames", "Src2", "note", "allow",
                    "ports", "é"])] = r.choice([[], None, "x", {}])


def twice(p, r, _g):
    section, member = r.choice([
        ("acls", "src"), ("acls", "dst"), ("ssh", "users"),
        ("grants", "src"), ("nodeAttrs", "target")])
    rl = rule(p, r, section)
    rl[r.choice([member.upper(), member.capitalize()])] = r.choice(
        [[], None, rl.get(member)])
    if section == "acls" and chance(r, 0.5):
        rl["users" if member == "src" else "ports"] = []


def duplicate(p, r, _g):
    name = r.choice(["groups", "hosts", "tagOwners", "derpMap"])
    p[name] = Raw(r.choice([
        '{"a": [], "a": []}', '{"a": 1, "b": {"a": 1}, "\\u0061": 2}',
        '{"é": [], "\\u00e9": 2}']))


def depth(p, r, _g):
    n = r.choice([95, 96, 97, 98, 200])  # within four brackets
    rule(p, r, "grants")["app"] = {"example.com/c": Raw(r.choice(
        ["[" * n + "]" * n, "[" + '{"a":' * (n - 1) + "1" + "}" * (n - 1) +
         "]"]))}


def literals(p, r, _g):
    rule(p, r, "grants")["app"] = {"example.com/c": Raw("[%s]" % r.choice([
        "01", "nul", "tru", "+1", "1.", ".5", "1e", "-", "True", "NaN",
        '"\\x41"', '"\\u12G4"', '"a\tb"', '"a\nb"', "1" * 80, "x" * 80,
        '"%s\\q"' % ("y" * 80), "0x10", "1_000", "undefined"]))}


def old_names(p, r, _g):
    """Not wrong at all: older spellings."""
    a = rule(p, r, "acls")
    if "src" in a and "dst" in a:
        a["users"], a["ports"] = a.pop("src"), a.pop("dst")
    for t in p.get("tests") or []:
        if "accept" in t:
            t["allow"] = t.pop("accept")


BAD_PORTS = ["", "0", "0-100", "0-65535", "ssh", "22-", "-22", "1-2-3",
             "80-22", "65536", "22, 80", "22,,80", "1-70000", "22,", "1-x",
             "+22", "99999999999"]
BAD_ALIASES = ["%bogus%", "10.0.0.1-10.0.0.9", "010.0.0.1", "10.0.0.0/33",
               "fe80::1%eth0", "::ffff:1.2.3.4", "10.0.0.0/255.0.0.0", "alice",
               "", "1.2.3", "fd00::/0128", "group", "é"]
BAD_PROTOS = ["tls", "0", "256", "06", "*", "-1", "icmp ", "1000", "icmpv6"]
BAD_GROUPS = ["group:none", "group:", "group:x@example.com"]
BAD_AUTO = ["autogroup:nobody", "autogroup:", "autogroup:Member"]
BAD_TAGS = ["tag:none", "tag:", "tag:A", "tag:b:22"]
FOREIGN = ["example.org", "nonexistent.example.com", "EXAMPLE.COM", "*",
           "gmail.com", "ample.com"]
CAPS_BAD = ["tailscale.com/cap/relay-target", "tailscale.com/cap/ingress",
            "tailscale.com/funnel", "tailscale.com/cap/drive-sharer"]
PERIODS_BAD = ["abc", "7d", "90", "", "-1m", "169h", "168h0m1s", "-1.5ms",
               "1h1", ".", "1.5.5h", "9999999999h", "-", "-500us", "1h-1m",
               "200h", "-0.5ns", "10 m", "2540400h10m10s", "-1h0.5s", "-3ns"]

FAULTS = [
    wrong_type, wrong_type, wrong_type, not_bool, nul, unknown, unknown, twice,
    duplicate, depth, literals, old_names,
    free("groups", lambda r: r.choice(["devs", "Group:x", ""]), []),
    recursive_groups, both_members,
    free("hosts", lambda r: r.choice(["", "a@b", "x"]),
         lambda r: r.choice(["10.0.0.0/33", "tag:a", "10.0.0.1", ""])),
    free("tagOwners", "x", []), free("tagOwners", "tag:", []),
    free("tagOwners", lambda r: r.choice(["tag:1a", "tag:сервер", "tag:-"]),
         []),
    free("tagOwners", lambda r: r.choice(["tag:a_b", "tag:aé", "tag:a b"]),
         []),
    free("tagOwners", "tag:a", lambda r: [r.choice(
        ["*", "10.0.0.1", "srv", "autogroup:self", "autogroup:internet",
         "alice", "autogroup:shared", "autogroup:nobody"] + BAD_GROUPS +
        BAD_TAGS)]),
    approver("routes", "*", "10.0.0.1", "srv", "autogroup:self",
             "autogroup:shared"),
    approver("routes", *BAD_GROUPS, *BAD_TAGS, *BAD_AUTO),
    approver("exitNode", "*", "fd00::/8", "autogroup:internet",
             "autogroup:danger-all", "autogroup:nonroot"),
    bad_route_key,
    replace("acls", "action", "deny", "", "Accept", "check"),
    remove("acls", "action"),
    insert("acls", "src", *BAD_TAGS), insert("grants", "src", *BAD_TAGS),
    insert("acls", "dst", *[t + ":22" for t in BAD_TAGS]),
    insert("grants", "dst", *BAD_TAGS),
    insert("nodeAttrs", "target", *BAD_TAGS), insert("ssh", "src", *BAD_TAGS),
    insert("ssh", "dst", *BAD_TAGS), insert("grants", "via", *BAD_TAGS),
    insert("grants", "via", "*", "group:eng", "10.0.0.0/8", "alice@x", ""),
    insert("acls", "src", *BAD_GROUPS, *BAD_AUTO),
    insert("grants", "dst", *BAD_GROUPS, *BAD_AUTO),
    insert("ssh", "src", *BAD_GROUPS, *BAD_AUTO),
    insert("nodeAttrs", "target", *BAD_GROUPS, *BAD_AUTO),
    insert("acls", "src", *BAD_ALIASES), insert("grants", "src", *BAD_ALIASES),
    insert("acls", "dst", *[a + ":*" for a in BAD_ALIASES]),
    insert("grants", "dst", *BAD_ALIASES),
    insert("nodeAttrs", "target", *BAD_ALIASES),
    insert("acls", "src", "autogroup:self", "autogroup:internet",
           "autogroup:nonroot"),
    insert("grants", "src", "autogroup:self", "autogroup:internet",
           "autogroup:nonroot"),
    insert("acls", "dst", "autogroup:nonroot:*", "autogroup:shared:22"),
    insert("grants", "dst", "autogroup:nonroot", "autogroup:shared"),
    insert("nodeAttrs", "target", "autogroup:nonroot"),
    self_source("acls"), self_source("grants"),
    insert("acls", "dst", "autogroup:danger-all:*", "autogroup:danger-all:x"),
    insert("grants", "dst", "autogroup:danger-all"),
    insert("acls", "dst", "*", "autogroup", "10.0.0.1", "", "srv"),
    insert("acls", "dst", "autogroup:self", "tag:a", "group:eng", "fd00::a"),
    insert("acls", "dst", *["srv:" + p for p in BAD_PORTS]),
    insert("acls", "dst", *["[fd00::1]:" + p for p in BAD_PORTS]),
    insert("grants", "ip", *BAD_PORTS, "icmp", "tcp", "*:"),
    insert("grants", "ip", *["tcp:" + p for p in BAD_PORTS]),
    insert("grants", "ip", *[p + ":*" for p in BAD_PROTOS], ":22", "tcp:22,80",
           "tcp:22:80"),
    insert("grants", "ip", "icmp:22", "47:1-2", "ipv6-icmp:443"),
    bad_proto, replace("acls", "proto", "icmp", "gre", "58"),
    replace("grants", "ip", [], None, []),
    replace("grants", "app", {
        "https://example.com/cap": []}, {"plain": [1]}, {"a://b": []}),
    replace("grants", "app", *[{c: [1]} for c in CAPS_BAD]),
    insert("grants", "dst", "0.0.0.0/0", "::/0", "0.0.0.1/0", "::1/0"),
    lambda p, r, g: rule(p, r, "grants").update(
        app={"example.com/c": []}, dst=["autogroup:internet"]),
    remove("ssh", "action"), replace("ssh", "action", "", " ", None),
    replace("ssh", "action", "deny", "Accept", "ACCEPT", "reject"),
    insert("ssh", "src", "*", "srv", "10.0.0.1", "autogroup:danger-all",
           "autogroup:self", "alice"),
    insert("ssh", "dst", "*", "srv", "net", "10.0.0.1", "group:eng",
           "autogroup:owner", "user:*@example.com", "autogroup:internet"),
    lambda p, r, g: rule(p, r, "ssh").update(
        dst=["alice@example.com"], src=["bob@example.com"]),
    lambda p, r, g: rule(p, r, "ssh").update(
        src=[g.tags[0], "autogroup:member"], dst=[r.choice(
            ["autogroup:self", "autogroup:member", "autogroup:members"])]),
    lambda p, r, g: rule(p, r, "ssh").update(
        action="check", src=["autogroup:owner", "autogroup:tagged"],
        dst=[g.tags[0]]),
    replace("ssh", "users", [], None), remove("ssh", "users"),
    insert("ssh", "users", "", "*", "0", "1000", " "),
    insert("ssh", "users", *["localpart:*@" + d for d in FOREIGN]),
    insert("ssh", "src", *["user:*@" + d for d in FOREIGN]),
    insert("acls", "src", *["user:*@" + d for d in FOREIGN]),
    insert("ssh", "acceptEnv", ""),
    lambda p, r, g: rule(p, r, "ssh").update(
        action="check", src=["autogroup:owner"], users=["root"],
        checkPeriod=r.choice(PERIODS_BAD), dst=["autogroup:self"],
        acceptEnv=[]),
    lambda p, r, g: rule(p, r, "ssh").update(
        action="check", src=["autogroup:owner"], users=["root"],
        checkPeriod=r.choice(PERIODS_BAD), dst=["autogroup:self"],
        acceptEnv=[]),
    lambda p, r, g: rule(p, r, "ssh").update(
        action="accept", src=["autogroup:owner"], users=["root"],
        checkPeriod="1h", dst=["autogroup:self"], acceptEnv=[]),
    insert("nodeAttrs", "target", "autogroup:self", "autogroup:internet",
           "autogroup:danger-all"),
    insert("nodeAttrs", "ipPool", "100.64.0.1", "x", "100.64.0.0/33"),
    insert("nodeAttrs", "ipPool", "10.0.0.0/8", "100.0.0.0/8", "::/64"),
    insert("nodeAttrs", "ipPool", "100.100.100.0/24", "100.64.0.0/10",
           "100.115.92.7/32", "100.100.0.128/25"),
    insert("sshTests", "dst", "autogroup:internet", "10.0.0.0/8", "a/b"),
    insert("sshTests", "dst", "tag:a:22", *BAD_TAGS),
    insert("sshTests", "dst", "group:none", "*", "net", "192.0.2.9", ""),
    replace("sshTests", "src", "", "*", "tag:none", "10.0.0.0/8",
            "autogroup:self"),
    replace("tests", "src", "", "*", "net", "group:none", "autogroup:owner",
            "10.0.0.1/32"),
    insert("tests", "accept", *["srv:" + p for p in BAD_PORTS], "srv", "net:22",
           "10.0.0.1/32:22", "autogroup:internet:443", "*:22", "srv:22,80",
           "srv:*", "tag:none:22", "autogroup:self:22", "srv:22-23"),
    replace("tests", "proto", "gre", "tls", "icmp", "58", "0"),
    remove("tests", "accept", "deny", "src"),
]


def spoil(p, r, g):
    """One fault, now and then two."""
    r.choice(FAULTS)(p, r, g)
    if chance(r, 0.15):
        try:
            r.choice(FAULTS)(p, r, g)
        except (AttributeError, KeyError, TypeError, ValueError):
            pass  # the first one left nothing to break there


# ---- faults of the text -----------------------------------------------------
def cut(text, r):
    return text[:r.randint(1, len(text))]


def swap(text, r):
    at = r.randint(0, len(text) - 1)
    c = r.choice("{}[]:,\"/*\\ \n019-ntx'\x01é\u200b\ufeff@&=\u3000")
    return r.choice([text[:at] + text[at + 1:], text[:at] + c + text[at:],
                     text[:at] + c + text[at + 1:]])


def at_token(text, r):
    """A wrong byte where a token begins or ends: names, colons, commas."""
    at = r.choice([i for i, c in enumerate(text) if c in "{}[]:,\""])
    return text[:at] + r.choice("}]:,x!'\"{[0\\") + \
        text[at + r.choice([0, 1]):]


def tail(text, r):
    return text + r.choice(["{}", ",", "x", "/*", "/* *", "//", "// end",
                            "]", "\0", "/", "\n\n;"])


def head(text, r):
    return r.choice(["\ufeff", ",", "/", "[", "//\n", "/* */ ", "\\"]) + text


def other(text, r):
    return r.choice(["[]", "null", "1", "\"text\"", " ", "// only\n", "{", "",
                     "true", "{,}", "{\"acls\":[,]}", "{\"a\"", "{\"a\":",
                     "{\"a\" 1}", "{1:2}", "[1 2]", "[1,,2]", "{\"acls\" /*",
                     "{\"acls\": [] \"x\": 1}", "{'acls': []}", "{acls: []}"])


SYNTAX = [cut, cut, swap, swap, swap, at_token, at_token, at_token, tail, head,
          other]
