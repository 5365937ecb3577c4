#!/usr/bin/env python3
"""install: what `make install` puts where, and that it fits together."""
import os
import shutil
import subprocess

from instance import claim, folder, main, trip


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


@trip("make install puts everything under DESTDIR and PREFIX, and only there")
def install():
    with folder() as path:
        p = subprocess.run(["make", "-s", "install", "PREFIX=/usr",
                            "DESTDIR=" + path], check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           encoding="utf-8", env={
                               k: v for k, v in os.environ.items()
                               if k not in ("MAKEFLAGS", "MAKELEVEL")})
        claim(p.returncode == 0, p.stdout)
        claim(os.listdir(path) == ["usr"], os.listdir(path))
        for f in ("bin/cairn", "libexec/cairn/cairn-fcgi",
                  "libexec/cairn/cairn-worker", "libexec/cairn/cairn-relay"):
            claim(os.access(path + "/usr/" + f, os.X_OK), f)
        said = subprocess.run([path + "/usr/bin/cairn", "version"],
                              capture_output=True, check=True).stdout
        claim(said.strip(), "cairn version says nothing")
        snippet = read(path + "/usr/share/cairn/cairn-locations.conf")
        claim("/usr/share/cairn/www" in snippet and
              "/usr/local" not in snippet, "paths in the snippet")
        claim("include /usr/share/cairn/cairn-locations.conf" in
              read(path + "/usr/share/cairn/nginx.conf.example"), "include")
        units = path + "/usr/lib/systemd/system/"
        for u in ("worker", "fcgi", "relay"):
            claim("ExecStart=/usr/libexec/cairn/cairn-%s " % u in
                  read(units + "cairn-%s.service" % u), u)


@trip("the units of systemd are well-formed")
def units():
    if not shutil.which("systemd-analyze"):
        return "no systemd-analyze here"
    p = subprocess.run(
        ["systemd-analyze", "verify", *(
            "dist/systemd/" + u for u in os.listdir("dist/systemd"))],
        check=False, capture_output=True, encoding="utf-8")
    bad = [l for l in p.stderr.splitlines()
           if "dist/systemd" in l and "not executable" not in l
           and "is not executable" not in l]
    claim(not bad, "\n".join(bad))
    return None


if __name__ == "__main__":
    main()
