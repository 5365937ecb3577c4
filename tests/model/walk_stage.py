"""walk_stage: the program of stage.c, and what ends a walk.
"""
import json
import os
import struct
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


class Differs(Exception):
    pass


class Stage:
    """The program of stage.c."""

    def __init__(self, build, folder):
        self.leap_file = os.path.join(folder, "leap")
        with open(self.leap_file, "wb") as f:
            f.write(struct.pack("q", 0))
        env = {**os.environ, "MODEL_LEAP": self.leap_file,
               "LD_PRELOAD": os.path.abspath(
                   os.path.join(build, "tests/model/leap.so")),
               "CAIRN_LOG": "warn",
               "ASAN_OPTIONS": "verify_asan_link_order=0:"
               + os.environ.get("ASAN_OPTIONS", "")}
        self.child = subprocess.Popen(
            [os.path.join(build, "tests/model/stage")], cwd=TOP, env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        self.now, self.loud = 0, False

    def ask(self, *words):
        """The answer; "error" in it is the caller's to look at."""
        try:
            self.child.stdin.write(json.dumps(words) + "\n")
            self.child.stdin.flush()
            line = self.child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Differs("the stage ended with %s at %r"
                          % (self.child.wait(), words[:2]))
        got = json.loads(line)
        self.now = got["now"]
        if self.loud:
            print("       %s -> %s" % (json.dumps(words)[:200], line[:150]
                                       .rstrip()), flush=True)
        return got

    def do(self, *words):
        got = self.ask(*words)
        if "error" in got:
            raise Differs("%r is refused: %s" % (words, got["error"]))
        return got

    def end(self):
        """Whether all programs ended well."""
        self.child.stdin.close()
        try:
            return self.child.wait(60) == 0
        except subprocess.TimeoutExpired:
            self.child.kill()
            return False
