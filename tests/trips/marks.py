"""marks: texts with a mark before and behind, so that a page, a log or an answer
can be asked whether each stands in it as text, whole, and as nothing else.

A mark is letters and digits, which nothing escapes: where one is found, what lies
between it and its end must be what was sent, or as much of it as there was room
for.  Had a text become markup, it would end early or stand where no text stands.
"""
import json
import os
import re
import unicodedata
import urllib.parse
import xml.parsers.expat

from instance import TOP, claim

BEGIN, END = re.compile(r"q([0-9a-f]{4})x"), "x%sq"
ROOM = 12  # of both marks
# What no terminal and no reader is given: control characters, and marks that
# turn the text behind them round.
HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e"
                    "\u2066-\u2069]")
LABEL = re.compile("[a-z0-9-]*")  # what a name of a machine is made of
# What a form carries for a person is kept byte for byte, and shown to nobody.
KEPT = re.compile('<input type="hidden" name="[^"]*" value="[^"]*"')
# Random: now and then one looks like a mark.
TOKEN = re.compile('(name="(?:csrf|once|was)" value=")[^"]*"')
NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TEXT_ATTRIBUTES = {"value", "title", "placeholder", "aria-label", "content",
                   "data-label", "alt"}
ADDRESSES = {"href", "action", "data-live-url", "src"}
ADDRESS = re.compile(r"[\w%./?=&+~:#-]*", re.A)
LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (debug|info|warn|error) cairn[a-z-]* "
    r"[^=\"\\]+?( [a-z_]+=([^\s\"\\=]+|\"([^\"\\]|\\[\"\\]|\\x[0-9a-f]{2})*\"))*")


def texts():
    """The two hundred."""
    with open(os.path.join(TOP, "tests/fixtures/hostile/texts.json"),
              encoding="utf-8") as f:
        return json.load(f)


def loose(text):
    """Without what is made harmless on the way: blanks, and what does not show
    and may have become a question mark."""
    return "".join(c for c in text if c not in "?\ufffd" and not c.isspace()
                   and unicodedata.category(c) not in ("Cc", "Cf", "Cn"))


def written(text):
    """As it is, and as it stands in the source of a policy."""
    return (text, json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1])


class Pieces:
    """What a page says, and where: found, as [(element, attribute or None, text)];
    and its elements with their attributes.  Pages are well-formed XML too, so that
    a strict reader can be asked."""

    def __init__(self, text):
        self.found, self.open, self.elements = [], [""], []
        parser = xml.parsers.expat.ParserCreate()
        parser.ordered_attributes = parser.buffer_text = True
        parser.buffer_size = 1 << 20
        parser.StartElementHandler = self.begin
        parser.EndElementHandler = lambda tag: self.open.pop()
        parser.CharacterDataHandler = lambda text: self.found.append(
            (self.open[-1], None, text))
        parser.CommentHandler = lambda text: self.found.append(
            ("", "comment", text))
        parser.ProcessingInstructionHandler = lambda *text: self.found.append(
            ("", "instruction", " ".join(text)))
        parser.Parse(text.encode(), True)

    def begin(self, tag, attrs):
        names = attrs[::2]
        self.open.append(tag)
        self.elements.append((tag, tuple(sorted(n.lower() for n in names))))
        self.found += zip([tag] * len(names), names, attrs[1::2])

    def words(self):
        return "".join(text for _, attribute, text in self.found
                       if attribute is None)


class Marks:
    """What was sent by one test, and what of it has been seen."""

    def __init__(self):
        self.sent, self.seen = [], {}

    def put(self, field, text, most=None):
        """The text as it is to be sent; of at most that many characters."""
        number = "%04x" % len(self.sent)
        if most:
            text = text[:most - ROOM]
        self.sent.append((field, text))
        return "q%sx%s%s" % (number, text, END % number)

    def lines(self, field, words, most):
        """As few texts as can hold all of the words."""
        room, line = most - ROOM, ""
        for word in words:
            word = word[:room]
            if line and len(line) + 1 + len(word) > room:
                yield self.put(field, line, most)
                line = ""
            line += (" " if line else "") + word
        yield self.put(field, line, most)

    def fields(self):
        return {field for field, _ in self.sent}

    def stands(self, where, text, at):
        """What lies behind the mark at `at` is what was sent."""
        number = BEGIN.match(text, at).group(1)
        claim(int(number, 16) < len(self.sent), "%s: no such mark, %r" % (
            where, text))
        field, sent = self.sent[int(number, 16)]
        got, whole, _ = text[at + 6:].partition(END % number)
        if not whole:
            got = got.split("…")[0]
        claim(LABEL.match(got).end() >= (len(got) if whole else 40) or
              any(loose(form) == loose(got) or not whole and (
            loose(form).startswith(loose(got)) or
            loose(got).startswith(loose(form))) for form in written(sent)),
            "%s: %s was sent as %r and stands as %r" % (
                where, field, sent, got))
        self.seen.setdefault(field, set()).add(number)

    def in_text(self, where, text):
        """How many marks it holds; each with what was sent behind it."""
        found = [m.start() for m in BEGIN.finditer(text)]
        for at in found:
            self.stands(where, text, at)
        return len(found)

    def on_page(self, path, page, sacred=(), cut=()):
        """Whatever was sent is text on this person.Page, to a strict reader and to
        one of HTML.  sacred: elements that keep a text byte for byte; cut: those
        that show lines of it, numbered."""
        told = TOKEN.sub(r'\1"', page.text)
        text = KEPT.sub(lambda m: HIDDEN.sub("?", NO_XML.sub(
            "?", m[0])).replace("&#13;", "?"), told)
        if sacred:
            text = NO_XML.sub("?", text)
        try:
            strict = Pieces(text)
        except xml.parsers.expat.ExpatError as e:
            raise AssertionError("%s: %s: %r" % (
                path, e, text.split("\n")[e.lineno - 1][
                    max(e.offset - 200, 0):e.offset + 50])) from e
        claim(strict.elements == page.shape and
              (sacred or strict.words() == "".join(page.words)),
              "%s: two readers see two pages" % path)
        count = 0
        for element, attribute, piece in strict.found:
            where = "%s <%s %s>" % (path, element, attribute or "")
            if element not in sacred or attribute:
                claim(not HIDDEN.search(piece), "%s: %r" % (where, piece))
            if not BEGIN.search(piece):
                continue
            if element in cut and not attribute:
                count += len(BEGIN.findall(piece))
                continue
            if attribute in ADDRESSES:
                claim(ADDRESS.fullmatch(piece), "%s: %r" % (where, piece))
                piece = urllib.parse.unquote_plus(piece)
            else:
                claim(attribute is None or attribute in TEXT_ATTRIBUTES,
                      "%s holds %r" % (where, piece))
                claim(element not in ("script", "style"), where)
            count += self.in_text(where, piece)
        claim(count == len(BEGIN.findall(told)),
              "%s: %d of %d marks stand where text stands" % (
                  path, count, len(BEGIN.findall(told))))

    def in_log(self, text):
        """One event, one line, nothing that a terminal obeys: how many lines tell
        of what was sent."""
        count = 0
        for line in text.split("\n"):
            claim(not HIDDEN.search(line) and "\t" not in line,
                  "in the log: %r" % line)
            if BEGIN.search(line):
                claim(LOG_LINE.fullmatch(line), "no event: %r" % line)
                count += 1
        return count

    def in_terminal(self, what, text, plain=True):
        """Lines of text: no bytes that a terminal obeys, and, where nothing is
        escaped, no text that goes on in another line."""
        for line in text.split("\n"):
            claim(not HIDDEN.search(line), "%s says %r" % (what, line))
            if plain:
                self.in_text(what, line)
