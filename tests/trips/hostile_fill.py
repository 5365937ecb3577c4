"""hostile_fill: whatever somebody can write into a cairn, with hostile texts in it:
what machines say of themselves, what people type into forms, what the command
line takes, what stands in addresses and headers.

Each answer on the way is looked at; Filler.fill leaves an instance whose every list
is full of them.  Forms are found on the pages, so a new one is filled too.
"""
import json
import os
import re
import subprocess
import urllib.parse

from instance import BIN, claim
from person import PASSWORD, Person

# What a form takes where a hostile text is refused.
GOOD = {"name": "", "email": "", "org": "Acme", "base_domain": "",
        "tags": "", "display_name": "", "expires": "", "typed": "",
        "key_expiry_days": "180", "ephemeral_minutes": "30",
        "ipv4_prefix": "100.64.0.0/10", "ipv6_prefix": "fd7a:115c:a1e0::/48"}
# They end the session, or have no text that is shown.
NOT_SENT = ("form-logout", "form-password", "form-theme")
TOKENS = ("csrf", "once", "was", "confirm")
# Pages that keep a text as it was written, and where.
SACRED = {"/admin/policy": ("textarea", "code", "span", "pre", "del", "ins"),
          "/admin/access": ("textarea",)}
# Pages that show a part of what was sent, and where: a line of a draft; a word
# of several that a rule cannot have; what a log wrote of it, and escaped.
CUT = {"/admin/access": ("pre",), "/admin/logs": ("code",),
       "/admin/policy/rules": ("pre", "a", "p", "td")}
HOSTINFO = ("OS", "OSVersion", "IPNVersion", "Distro", "DistroVersion",
            "DistroCodeName", "App", "Package", "DeviceModel", "Machine",
            "GoArch", "GoVersion", "Cloud", "Env",
            "FrontendLogID", "BackendLogID", "ServicesHash", "ExitNodeID")


# Addresses of pages that say what was asked for, and others.
SHOWN = ("/admin/machines?q=%s", "/admin/users?q=%s", "/admin/keys?q=%s",
         "/admin/access?src=%s&dst=%s&port=%s&proto=%s",
         "/admin/network?by=%s&focus=%s&view=%s", "/login?next=/%s",
         "/admin/machines?owner=%s&os=%s&status=%s&tag=%s")
OTHERS = ("/admin/machines?sort=%s&page=%s&route=%s",
          "/admin/users?role=%s&status=%s",
          "/admin/keys?status=%s&owner=%s&tag=%s",
          "/admin/policy?template=%s&line=%s",
          "/admin/policy/history/1?with=%s", "/admin/audit?page=%s",
          "/admin/machines/new?os=%s&routes=%s&key=%s&after=%s",
          "/connect/%s", "/register/%s", "/admin/users/%s", "/setup/%s",
          "/%s", "/apple/%s")

# They ask before something is done, and show a name.
ASK = ("/delete", "/revoke")


def in_header(text):
    """As much of it as HTTP lets through."""
    return re.sub("[^\x20-\x7e\x80-\xff]", "", text).encode("latin-1")


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for v in value.values() if isinstance(value, dict) else value:
            yield from texts_in(v)


class Filler:
    """One instance being filled.  whole: each text by itself, else as many in one
    as a field takes, which is as much text in fewer requests."""

    def __init__(self, server, owner, marks, words, whole=False,
                 who=("ann", PASSWORD)):
        self.server, self.owner, self.who = server, owner, who
        self.marks, self.words, self.whole = marks, words, whole
        self.line = 240 if whole else 600
        self.statuses, self.browsers = {}, 0

    def each(self, field, most):
        if not self.whole:
            return self.marks.lines(field, self.words, most)
        return (self.marks.put(field, word, most) for word in self.words)

    def fill(self):
        """What is stored and shown; the links of machines that ask."""
        key = self.server.json("preauthkeys", "create", "-u", "1",
                               "--reusable", "-e", "0")["key"]
        self.machines(key)
        links = self.waiting()
        self.people()
        self.keys()
        self.organisation()
        self.policy()
        self.malformed(key)
        return links

    # ---- asking ----

    def look(self, path, page):
        """The page holds what was sent as text, and nothing broke."""
        self.statuses[page.status] = self.statuses.get(
            page.status, 0) + 1
        claim(page.status < 500, "%s: %d %s" % (path, page.status, page.text))
        for name, value in page.head.items():
            claim(re.fullmatch(r"[A-Za-z-]+", name) and "\n" not in value and
                  not name.lower().startswith("x-forged"),
                  "%s: header %s: %r" % (path, name, value))
        if "html" in (page.head.get("Content-Type") or ""):
            self.marks.on_page(path, page, next(
                (v for k, v in SACRED.items() if path.startswith(k)), ()),
                cut=next((v for k, v in CUT.items() if path.startswith(k)),
                         ()))
        return page

    def get(self, path, headers=()):
        return self.look(path, self.owner.ask("GET", path, None, headers))

    def send(self, form, **fields):
        """429: that was one session's share of a minute; it is time for
        another, with another browser."""
        path = form["action"]
        page = self.owner.send(form, **fields)
        if page.status == 429:
            self.sign_in()
            # What belongs to the session before is sent by the form anew.
            return None
        return self.look(path, page)

    def sign_in(self):
        """As somebody whose browser calls itself something else each time."""
        words = self.words[8 * self.browsers:8 * self.browsers + 8]
        self.browsers += 1
        self.owner.cookies.clear()
        form = self.owner.get("/login").of("form-login")
        page = self.owner.send(
            form, headers={"User-Agent": in_header(" ".join(words))},
            name=self.who[0], password=self.who[1])
        claim(page.status == 303, "no sign-in: %d" % page.status)

    def submit(self, path, ident, values, good=None):
        """Sends the form; what it refuses is replaced and sent again, until it is
        done: the last page."""
        values, good = dict(values), {**GOOD, **(good or {})}
        page = None
        for _ in range(6):
            if page is None:
                page = self.get(path)
            form = page.of(ident)
            page = self.send(form, **values)
            if page is None:
                continue
            if page.status not in (409, 422):
                return page
            prefix = ident[len("form-"):] + "-"
            for wrong in re.findall(r'id="([\w-]+)-error"', page.text):
                name = wrong[len(prefix):]
                if name in values:
                    values[name] = good.get(name, "")
            if not page.forms or ident not in [f["id"] for f in page.forms]:
                return page
        return page

    # ---- machines ----

    def machines(self, key):
        """Each with one of the texts in all that it says of itself."""
        lines = []
        told = self.marks.lines("account", self.words, self.line)
        for i, word in enumerate(self.words):
            says = {m: self.marks.put(m, word) for m in HOSTINFO}
            says["Hostname"] = self.marks.put("Hostname", word, 250)
            says["Services"] = [{"Proto": self.marks.put("Proto", word),
                                 "Port": 1, "Description":
                                 self.marks.put("Service", word)}]
            says["NetInfo"] = {"LinkType": self.marks.put("LinkType", word),
                               "FirewallMode": self.marks.put("Firewall",
                                                              word)}
            says["RoutableIPs"] = ["10.%d.0.0/16" % (i % 250), "0.0.0.0/0",
                                   "::/0"]
            line = {"Hostinfo": says, "Endpoints": ["192.0.2.1:1"]}
            account = next(told, None) if i < 20 else None
            if account:
                line.update(Action="DISCONNECT_NODE", Details=account)
            lines.append(line)
        self.join(key, lines)

    def join(self, key, lines, fine=True):
        path = os.path.join(self.server.home, "said.json")
        with open(path, "w", encoding="utf-8") as f:
            for line in lines:
                f.write(json.dumps(line) + "\n")
        p = subprocess.run(
            [os.path.join(BIN, "fake_join"), "--url", self.server.url,
             "--auth-key", key, "--said", path], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120, check=False)
        said = p.stdout.decode("utf-8", "replace")
        claim(p.returncode == 0 or not fine, said[-2000:])
        return said

    def malformed(self, key):
        """What a client may say but nobody takes: prefixes, tags, endpoints,
        and a key that is none."""
        lines = []
        for line in self.marks.lines("refused", self.words, self.line):
            lines += [{"Hostinfo": {"RoutableIPs": [line]}},
                      {"Hostinfo": {"RequestTags": ["tag:" + line]}},
                      {"Hostinfo": {}, "Endpoints": [line]}]
        self.join(key, lines, fine=False)
        for line in self.marks.lines("key", self.words[::10], self.line):
            self.join(line, [{"Hostinfo": {}}], fine=False)

    def waiting(self):
        """Machines that ask, half of them turned away with a reason."""
        reasons = list(self.marks.lines("reason", self.words, self.line))
        lines = [{"Hostinfo": {
            "Hostname": self.marks.put("asks", word, 250),
            "OS": self.marks.put("asks more", word),
            "OSVersion": self.marks.put("asks more", word),
            "IPNVersion": self.marks.put("asks more", word)}}
            for word in self.words[:2 * len(reasons)]]
        links = re.findall(r"/register/(hskey-authreq-[\w-]+)",
                           self.join("", lines, fine=False))
        links = list(dict.fromkeys(links))
        claim(len(links) >= len(reasons), "%d wait" % len(links))
        for link, reason in zip(links, reasons):
            self.cairn("auth", "reject", "--auth-id", link, "--reason", reason)
        return ["/register/" + link for link in links]

    # ---- the command line ----

    def cairn(self, *args):
        """Its answer is well-formed, whatever it was given."""
        said = self.server.cairn(*[a.replace("\0", "") for a in args],
                                 ok=False)
        self.marks.in_terminal("cairn " + " ".join(args[:2]), said,
                               "-o" not in args)
        return said

    def command_line(self):
        for i, line in enumerate(self.marks.lines("picture", self.words, self.line)):
            self.cairn("users", "create", "cli%d" % i, "-d",
                       self.marks.put("cli name", line[6:-6], 64))
            self.cairn("users", "create", "pic%d" % i, "-p",
                       "https://example.org/" + line)
            self.cairn("users", "create", line)
            self.cairn("users", "create", "e%d" % i, "-e", line)
            self.cairn("nodes", "rename", "-i", "1", line)
            whole = self.marks.put("list", line[6:-6].replace(",", ";"))
            self.cairn("nodes", "tag", "-i", "1", "-t", whole)
            self.cairn("nodes", "approve-routes", "-i", "1", "-r", whole)
            self.cairn("settings", "set", "tailnet_name", line)
            self.cairn("settings", "set", line, line)
            # A destination is taken apart at ':' and '/', and told so.
            whole = self.marks.put("end", line[6:-6].translate(
                str.maketrans(":/", ";|")))
            self.cairn("policy", "who", line, whole)
            self.cairn("nodes", "attr", "set", "1", "custom:a%d" % i, line)
            self.cairn("nodes", "attr", "set", "1", "custom:" + line, "x")
            self.cairn("users", "list", "-n", line)
        self.server.cairn("settings", "set", "tailnet_name", "Acme")

    def answers(self):
        """Every list of the command line, in each of its forms."""
        import yaml

        for args in (("users", "list"), ("nodes", "list"),
                     ("nodes", "list-routes"), ("preauthkeys", "list"),
                     ("policy", "history"), ("settings", "list"),
                     ("nodes", "attr", "get", "1")):
            self.cairn(*args)
            said = {form: self.cairn(*args, "-o", form) for form in (
                "json", "json-line", "yaml")}
            value = json.loads(said["json"])
            claim(said["json-line"].count("\n") == 1 and
                  json.loads(said["json-line"]) == value, args)
            lost = set(texts_in(value)) - set(texts_in(
                yaml.safe_load(said["yaml"])))
            claim(not lost, "cairn %s -o yaml lacks %r" % (args, lost))
            for text in texts_in(value):
                self.marks.in_text("cairn %s -o json" % " ".join(args), text)
        path = os.path.join(self.server.home, "draft.hujson")
        for line in self.marks.lines("draft", self.words, self.line):
            with open(path, "w", encoding="utf-8") as f:
                f.write("// %s\n{\"grants\": [{\"src\": [%s]}]}" % (
                    line.replace("\n", " "), json.dumps(line)))
            for verb in ("check", "diff", "set"):
                self.cairn("policy", verb, "-f", path)

    # ---- forms ----

    def people(self):
        for i, word in enumerate(self.each("display_name", 64)):
            page = self.submit("/admin/users/new", "form-user-new", {
                "name": "h%d" % i, "sign_in": "none", "display_name": word,
                "email": self.marks.put("email", word[6:-6])})
            claim(page.status == 303, "no user: %d" % page.status)

    def keys(self):
        for word in self.each("description", 50):
            page = self.submit("/admin/keys/new", "form-key", {
                "description": word}, {"description": "refused"})
            claim(page.status == 200, "no key: %d" % page.status)

    def organisation(self):
        """It stands on every page, the next one of these too."""
        for line in self.each("org", 64):
            self.submit("/admin/settings/general", "form-settings-general",
                        {"org": line})

    def policy(self):
        """Versions with a note and comments, and texts that are wrong."""
        for line in self.marks.lines("note", self.words, 200):
            text = "// %s\n{\"grants\": []}\n" % re.sub(
                "[\r\n\u2028]", " ", self.marks.put("comment", line[6:-6]))
            page = self.submit("/admin/policy", "form-policy",
                               {"text": text, "note": line, "do": "save"})
            claim(page.status in (303, 422), "%r: %s" % (text, page.text))
        for word in self.each("rule", self.line):
            q = json.dumps(word, ensure_ascii=False)
            self.submit("/admin/policy", "form-policy", {
                "do": "check", "note": "",
                "text": '{"groups": {"group:x": [%s]}, "grants": [{"src": '
                        '[%s], "dst": ["*"], "ip": ["*"]}]}' % (q, q)})

    def any_form(self, start):
        """Every form that the pages hold: all texts of a form at once, and now
        and then all that it sends."""
        kinds = {}
        for path, page in self.crawl([start], 3):
            for form in page.forms:
                if form["method"] == "post" and form["id"] not in NOT_SENT:
                    kinds.setdefault((re.sub(r"\d+", "N", form["id"]), re.sub(
                        r"\d+", "N", form["action"])), (path, form["id"]))
        for path, ident in kinds.values():
            for i, line in enumerate(self.marks.lines(
                    ident, self.words, self.line)):
                form = self.form_at(path, ident)
                if not form or not form["texts"] and i > 2:
                    break  # what it was about is gone, or nobody writes in it
                names = form["texts"]
                if i % 8 == 0 or not names:
                    names = {n for n, _, _ in form["fields"]
                             if n not in TOKENS and "password" not in n}
                pressed = form["buttons"][i % len(form["buttons"])
                                          :][:1] if form["buttons"] else ()
                self.send(form, **{**dict(pressed),
                                   **{n: line for n in names}})
        return kinds

    def form_at(self, path, ident):
        """None when the page has it no more."""
        page = self.get(path)
        if page.status == 303:  # its own act has ended the session
            self.sign_in()
            page = self.get(path)
        return next((f for f in page.forms if f["id"] == ident), None)

    def crawl(self, starts, most=10 ** 6):
        """All pages that links lead to, of those that differ by a number at most
        so many: (path, page)."""
        todo, done, kinds = list(starts), set(), {}
        while todo:
            path = todo.pop(0)
            kind = re.sub(r"\d+", "N", path)
            room = most if self.whole or not kind.endswith(ASK) else 10
            if path in done or "sort=" in path or kinds.get(kind, 0) >= room:
                continue
            done.add(path)
            kinds[kind] = kinds.get(kind, 0) + 1
            page = self.get(path)
            yield path, page
            if page.status in (301, 303):
                page.links.append(page.head["Location"])
            for link in page.links:
                at = urllib.parse.urljoin(path, link).split("#")[0]
                if re.match("/(?!/|static/)", at):
                    todo.append(at)

    # ---- addresses and headers ----

    def addresses(self):
        """As a parameter, as a part of the path, in each header."""
        for field, paths, most in (("address", SHOWN, 200),
                                   ("odd address", OTHERS, self.line)):
            for line in self.marks.lines(field, self.words, most):
                headers = {h: in_header(line) for h in (
                    "Referer", "User-Agent", "X-Forwarded-For",
                    "Accept-Language", "X-Real-IP")}
                for path in paths:
                    self.get(path.replace("%s", urllib.parse.quote(
                        line, safe="")), headers)

    def strangers(self):
        """Sign-ins that fail, by names that nobody has."""
        for i, line in enumerate(self.marks.lines("login", self.words, 1000)):
            p = Person(self.server.http, "127.0.1.%d" % (1 + i))
            page = p.get("/login")
            page = p.send(page.of("form-login"), name=line, password="x" * 12)
            self.look("/login", page)
            page = p.send(page.of("form-login"), name=line[6:250],
                          password="x" * 12)
