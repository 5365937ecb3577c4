"""walk_people: what people do to machines, each other, policy and settings.
"""
import collections
import json

import grammar
import truth as model
from walk_stage import Differs
from walk_words import BAD_LABELS, LABELS, LOGINS, ROLES, ROUTES, SOON, TAGS


class People:
    """A part of Walk (walk.py)."""

    def do_routes(self):
        n = self.node(lambda n: n.routes) or self.node()
        if not n:
            return False
        got = self.r.sample(n.routes, self.r.randint(0, len(n.routes)))
        if self.r.random() < 0.2:
            got.append(self.r.choice(ROUTES))
        self.stage.do("routes", n.id, json.dumps(got))
        n.approved = set(got)
        if n.approved & set(model.EXITS):
            n.approved |= set(model.EXITS)
        return True

    def do_rename(self):
        n = self.node()
        if not n:
            return False
        label = self.r.choice(LABELS + BAD_LABELS + ["", ""])
        got = self.stage.ask("rename", n.id, label)
        wanted = label.lower()
        bad = label in BAD_LABELS or (label and self.t.is_taken(wanted, n))
        if bool(bad) != ("error" in got):
            raise Differs("n%d renamed to %r: %s" % (n.id, label, got))
        if not bad:
            n.pinned = bool(label)
            n.label = wanted or self.t.free_label(
                model.label_of(n.hostname), n)
        return True

    def do_tag(self):
        n = self.node()
        if not n:
            return False
        tags = sorted(self.r.sample(TAGS, self.r.randint(1, 2)))
        other = self.t.row_of(n.place, None)
        bad = not self.t.may_tag(tags) or (other and other is not n)
        got = self.stage.ask("tag", n.id, json.dumps(tags))
        if bool(bad) != ("error" in got):
            raise Differs("n%d tagged %s: %s" % (n.id, tags, got))
        if not bad:
            if n.user:
                n.expires = 0
            n.user, n.tags = None, tags
        return True

    def do_expire(self):
        n = self.node()
        if not n:
            return False
        after = self.r.choice([-1, 0, SOON, 86400, 40 * 86400])
        self.stage.do("expire", n.id, after)
        row = self.stage.do("row", n.id)
        self.take_expiry(n, row["expires"], after if after >= 0 else 0.1)
        return True

    def do_extend(self):
        n = self.node(lambda n: n.expires) or self.node()
        if not n:
            return False
        self.stage.do("extend", n.id)
        self.take_expiry(n, self.stage.do("row", n.id)["expires"],
                         model.KEY_DAYS * 86400 if n.user else 0)
        return True

    def do_delete(self):
        n = self.node()
        if not n or len(self.t.nodes) < 4:
            return False
        self.stage.do("delete", n.id)
        self.t.forget(n)
        return True

    def do_approve(self):
        n = self.node(lambda n: n.hidden) if self.r.random() < 0.7 \
            else self.node()
        if not n:
            return False
        n.hidden = not n.hidden
        self.stage.do("approve", n.id, int(not n.hidden))
        return True

    def do_user_add(self):
        free = [x for x in LOGINS
                if x not in [u.login() for u in self.t.users.values()]]
        if not free:
            return False
        self.add_user(self.r.choice(free), self.r.choice(ROLES))
        return True

    def do_user_change(self):
        """The name, the address, or what is shown."""
        r = self.r
        u = r.choice(list(self.t.users.values()))
        name, email, display = u.name, u.email, u.display
        what = r.randint(0, 2)
        if what == 0:
            name = "name-%d-%d" % (u.id, r.randint(1, 5))
        elif what == 1:
            email = "mail-%d-%d@example.com" % (u.id, r.randint(1, 3))
        else:
            display = r.choice(["", "Zoë", "A \"quoted\" <one>"])
        self.stage.do("user_change", u.id, name, email, display)
        u.name, u.email, u.display = name, email, display
        return True

    def do_user_role(self):
        u = self.r.choice(list(self.t.users.values()))
        u.role = self.r.choice(ROLES)
        self.stage.do("user_role", u.id, u.role)
        return True

    def do_user_delete(self):
        if len(self.t.users) < 3:
            return False
        u = self.r.choice([u for u in self.t.users.values() if u.id != 1])
        mine = [n for n in self.t.nodes.values() if n.user == u.id]
        heir = self.r.choice([0] + [x for x in self.t.users if x != u.id])
        bad = heir and any(self.t.row_of(n.place, heir) for n in mine)
        got = self.stage.ask("user_delete", u.id, heir)
        if bool(bad) != ("error" in got):
            raise Differs("user %d deleted for %d: %s" % (u.id, heir, got))
        if bad:
            return True
        for n in mine:
            if heir:
                n.user = heir
            else:
                self.t.forget(n)
        del self.t.users[u.id]
        self.kept_keys = [k for k in self.kept_keys if k[1] != u.id]
        return True

    def do_policy(self):
        net = self.t.fixture()
        net["tailnet"]["domains"] = self.t.public_domains()
        seen = collections.Counter()
        g = grammar.Grammar(self.r, net, seen)
        made = g.policy()
        made.pop("ipsets", None)
        for rule in made.get("nodeAttrs") or []:
            rule.pop("ipPool", None)
        if self.r.random() < 0.1:
            made["nodeAttrs"] = (made.get("nodeAttrs") or []) + [
                {"target": ["*"], "attr": ["nextdns:no-device-info"]}]
        if self.r.random() < 0.1:
            made["acls"] = [{"action": "drop", "src": ["*"], "dst": ["*:*"]}]
        text = json.dumps(made, ensure_ascii=False)
        self.set_policy(text)
        return True

    def set_policy(self, text):
        refusal = self.t.verdict(text)
        got = self.stage.ask("policy", text)
        if (refusal is None) == ("error" in got):
            raise Differs("a policy: the model says %s, the server %s\n%s"
                          % (refusal, got, text))
        if refusal is None:
            self.t.take_policy(text)

    def do_open_policy(self):
        """One under which people meet."""
        self.set_policy(json.dumps({
            "tagOwners": {t: [] for t in TAGS},
            "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}],
            "autoApprovers": {"routes": {"10.33.0.0/16": ["tag:a"]},
                              "exitNode": ["tag:b"]}}))
        return True

    def do_setting(self):
        name, values = self.r.choice([
            ("magic_dns", ["true", "false"]), ("taildrop", ["true", "false"]),
            ("auto_update", ["true", "false"]),
            ("tailnet_name", ["", "Example", "Zoë \"x\""]),
            ("dns_domain", ["cairn.internal", "tail.example.org"])])
        value = self.r.choice(values)
        self.stage.do("set", name, value)
        self.t.settings[name] = value
        return True
