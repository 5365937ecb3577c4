"""person: somebody with a browser as far as the server can tell: cookies, links,
forms.  No scripts; everything must work without."""
import html.parser
import http.client
import time
import urllib.parse

from instance import claim

PASSWORD = "correct horse battery"


class Page(html.parser.HTMLParser):
    """What a page holds: links, forms, the shape of its markup, its text."""

    def __init__(self, status, head, text):
        super().__init__()
        self.status, self.head, self.text = status, head, text
        self.links, self.forms, self.shape, self.ids = [], [], [], []
        self.words, self.attributes = [], {}
        self.form = self.area = self.select = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = {k: v if v is not None else "" for k, v in attrs}
        self.shape.append((tag, tuple(sorted(k for k, _ in attrs))))
        if "id" in a:
            self.ids.append(a["id"])
        if tag == "body":
            self.attributes = a
        if tag == "a" and "href" in a:
            self.links.append(a["href"])
        if tag == "form":
            self.form = {"action": a.get("action", ""), "id": a.get("id", ""),
                         "method": a.get("method", "get"), "fields": [],
                         "texts": [], "buttons": []}
            self.forms.append(self.form)
        if self.form is None or "name" not in a:
            if tag == "option" and self.select is not None:
                self.option(a)
            return
        if tag == "button":
            self.form["buttons"].append((a["name"], a.get("value", "")))
        elif tag == "input" and a.get("type") in ("checkbox", "radio"):
            self.form["fields"].append(
                [a["name"], a.get("value", "on"), "checked" in a])
        elif tag == "input":
            self.form["fields"].append([a["name"], a.get("value", ""), True])
            if a.get("type", "text") not in ("hidden", "password"):
                self.form["texts"].append(a["name"])
        elif tag == "textarea":
            self.form["texts"].append(a["name"])
            self.area = [a["name"], "", True]
            self.form["fields"].append(self.area)
        elif tag == "select":
            self.select = [a["name"], None, True]
            self.form["fields"].append(self.select)

    def option(self, a):
        if self.select[1] is None or "selected" in a:
            self.select[1] = a.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data):
        if self.area is not None:
            self.area[1] += data
        self.words.append(data)

    def of(self, ident):
        """The form of that id."""
        found = [f for f in self.forms if f["id"] == ident]
        claim(found, "no %s on this page (%d): %s" % (
            ident, self.status, self.text[:2000]))
        return found[0]


def fields_of(form, **more):
    """What a browser would send: a list of pairs."""
    sent = [(n, v or "") for n, v, on in form["fields"] if on and n not in more]
    for name, value in more.items():
        if value is not None:
            sent.append((name, value))
    return sent


class Person:
    """One browser, from one address."""

    def __init__(self, port, source="127.0.0.1"):
        self.port, self.source = port, source
        self.cookies, self.page = {}, None
        self.seconds = 0.0

    def connection(self):
        return http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30,
            source_address=(self.source, 0))

    def ask(self, method, path, body=None, headers=()):
        c = self.connection()
        h = dict(headers)
        if self.cookies:
            h.setdefault("Cookie", "; ".join(
                "%s=%s" % kv for kv in self.cookies.items()))
        if body is not None:
            h.setdefault("Content-Type", "application/x-www-form-urlencoded")
        begun = time.monotonic()
        c.request(method, path, body, h)
        answer = c.getresponse()
        text = answer.read().decode("utf-8", "replace")
        self.seconds = time.monotonic() - begun
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            rest = rest.split(";")[0]
            if rest:
                self.cookies[name] = rest
            else:
                self.cookies.pop(name, None)
        c.close()
        self.page = Page(answer.status, answer.headers, text)
        return self.page

    def get(self, path):
        return self.ask("GET", path)

    def send(self, form, raw=None, headers=(), **fields):
        body = raw if raw is not None else urllib.parse.urlencode(
            fields_of(form, **fields))
        return self.ask("POST", form["action"], body, headers)

    def follow(self):
        """Goes where the last answer leads."""
        while self.page.status in (301, 303):
            self.get(self.page.head["Location"])
        return self.page

    def sign_in(self, name, password=PASSWORD):
        self.get("/login")
        self.send(self.page.of("form-login"), name=name, password=password)
        claim(self.page.status == 303, "%s cannot sign in: %d" % (
            name, self.page.status))
        return self


def set_up(server, name="ann"):
    """The owner, by the setup link."""
    link = server.cairn("setup-link").split()[-1]
    owner = Person(server.http)
    path = urllib.parse.urlsplit(link).path
    form = owner.get(path).of("form-setup")
    owner.send(form, name=name, email="", password=PASSWORD,
               password_again=PASSWORD, org="Acme",
               base_domain="net.example.org", policy="open")
    claim(owner.page.status == 303, "no setup: %s" % owner.page.text[:1500])
    return owner
