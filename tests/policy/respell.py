"""respell: a policy as text, plainly or as strangely as HuJSON allows.

Both spellings say the same, so an engine must give the same bytes for them:
comments, spare commas, white space, escapes, the case of member names, members
that are null, white space around names.
"""
import json

from world import chance


class Raw(str):
    """Text that goes into the policy as it stands: what no writer writes."""


class Plain:
    """The ordinary spelling."""

    def space(self):
        return ""

    def comma(self):
        return ""

    def string(self, s, _trimmed):
        return json.dumps(s, ensure_ascii=False)

    def name(self, s):
        return s

    def nulls(self, _kind, _have):
        return []


class Strange:
    """Every liberty, at random."""

    def __init__(self, r):
        self.r = r
        self.busy = r.choice([0.05, 0.2, 0.6])

    def space(self):
        r = self.r
        if not chance(r, self.busy):
            return ""
        return r.choice([
            " ", "\t", "\n", "\r\n", "  \n\t", "/**/", "/* a \" { [ , */",
            "// to the end, \"even\" /* this\n", "/* zoë\n * // two lines */ ",
            "//\n", "/***/\n"])

    def comma(self):
        return "," + self.space() if chance(self.r, self.busy) else ""

    def string(self, s, trimmed):
        r = self.r
        if trimmed and chance(r, self.busy / 3):
            s = r.choice([" ", "\t", "\u00a0", "\u2003 ", "\n"]) + s + \
                r.choice(["", " ", "\u3000"])
        if not chance(r, self.busy):
            return json.dumps(s, ensure_ascii=chance(r, 0.3) and
                              max(s, default="a") < "\ud800")
        return '"%s"' % "".join(
            r.choice(["\\u%04x", "\\u%04X"]) % ord(c)
            if ord(c) < 0xd800 and chance(r, 0.3)
            else json.dumps(c, ensure_ascii=False)[1:-1]
            if c != "/" else r.choice(["/", "\\/"]) for c in s)

    def name(self, s):
        if not chance(self.r, self.busy):
            return s
        return "".join(self.r.choice([c.lower(), c.upper()]) for c in s)

    def nulls(self, kind, have):
        """Members that are not there, said to be null; those of the top are
        told apart by some rules, and so are old and new names."""
        lower = {h.lower() for h in have}
        return [k for k in kind if k.lower() not in lower and
                k not in ("users", "ports", "allow", "src", "dst", "accept")
                and chance(self.r, self.busy / 4)]


def listed(s, open_, items, close):
    if not items:
        return open_ + s.space() + close
    gap = s.space
    return open_ + gap() + (gap() + "," + gap()).join(items) + gap() + \
        s.comma() + close


def anything(v, s):
    """Inside app and derpMap: the bytes of values count, blanks do not."""
    if isinstance(v, Raw):
        return str(v)
    if isinstance(v, dict):
        return listed(s, "{", ["%s%s:%s%s" % (
            json.dumps(k, ensure_ascii=False), s.space(), s.space(),
            anything(x, s)) for k, x in v.items()], "}")
    if isinstance(v, list):
        return listed(s, "[", [anything(x, s) for x in v], "]")
    return json.dumps(v, ensure_ascii=False)


def members(v, kind, s, top):
    free, out = "*" in kind, []
    known = {k.lower(): k for k in kind}
    for k, x in v.items():
        inner = kind["*"] if free else kind.get(known.get(k.lower()))
        name = k if free or k not in kind else s.name(k)
        out.append("%s%s:%s%s" % (s.string(name, False), s.space(), s.space(),
                                  write(x, inner, s)))
    if not free and not top:
        out += ["%s: null" % s.string(k, False) for k in s.nulls(kind, v)]
    return listed(s, "{", out, "}")


def write(v, kind, s, top=False):
    """kind: what policy_model.SHAPE says stands here; None: anything."""
    if isinstance(v, Raw):
        return str(v)
    if isinstance(v, dict) and isinstance(kind, dict):
        return members(v, kind, s, top)
    if isinstance(v, list) and isinstance(kind, list):
        return listed(s, "[", [write(x, kind[0], s) for x in v], "]")
    if isinstance(v, str) and kind in ("text", "raw text"):
        return s.string(v, kind == "text")
    return anything(v, s)


def spelled(policy, shape, s):
    return s.space() + write(policy, shape, s, True) + s.space()
