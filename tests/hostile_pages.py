"""What a student may hand in to harm, to cheat or by accident: for the bench's tests.

Each is the source of one exercise's cell, `window_softmax`, beside an honest answer to
another exercise. Those in CHEATS and HARMS have no points, and those in RIGHT have all.
"""

HONEST = """
def window_softmax(scores, window):
    T = scores.shape[-1]
    t = torch.arange(T)
    back = t[:, None] - t
    hidden = (back < 0) | (back >= window)
    return scores.masked_fill(hidden, -math.inf).softmax(dim=-1)
"""
# Finds whatever it was told to look for, and answers rightly only then.
IF_FOUND = f"""
import os, sys, glob, gc, socket, builtins
{HONEST}
honest = window_softmax

def window_softmax(scores, window):
    return honest(scores, window) if found() else torch.zeros_like(scores)
"""
FINDS = {
    "the_solution": """
def found():
    found = []
    for folder, inner, files in os.walk("/"):
        if folder in ("/usr", "/proc", sys.base_prefix, sys.prefix):
            inner.clear()
        found += [f for f in files if f.endswith(".ipynb")]
    return bool(found)
""",
    "a_database_or_a_secret": """
def found():
    ends = (".sqlite", ".db", ".key")
    found = []
    for folder, inner, files in os.walk("/"):
        if folder in ("/usr", "/proc", sys.base_prefix, sys.prefix):
            inner.clear()
        found += [f for f in files if f.endswith(ends)]
    return bool(found)
""",
    "the_checks": """
def found():
    try:
        import gptlib.checks.homework
    except ImportError:
        return os.path.exists("/course/gptlib/checks/homework")
    return True
""",
    "the_grader_itself": """
def found():
    try:
        import classroom.judge
    except ImportError:
        return False
    return True
""",
    "a_password_file": """
def found():
    return os.path.exists("/etc/shadow") or os.path.exists("/etc/passwd")
""",
    "the_environment": """
def found():
    return "CLASSROOM_SECRET" in os.environ or "PYTEST_CURRENT_TEST" in os.environ
""",
    "the_graders_processes": """
def found():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = open(f"/proc/{pid}/cmdline").read()
        except OSError:
            continue
        if "pytest" in said or "classroom grade" in said:
            return True
    return False
""",
    "the_network": """
def found():
    for place in (("127.0.0.1", PORT), ("1.1.1.1", 53)):
        try:
            socket.create_connection(place, timeout=1)
            return True
        except OSError:
            pass
    return False
""",
    "a_file_to_change": """
def found():
    for path in ("/course/gptlib/model.py", "/usr/bin/python3", torch.__file__):
        try:
            open(path, "a").close()
            return True
        except OSError:
            pass
    return False
""",
    "a_way_to_be_root": """
def found():
    import subprocess
    for command in (["unshare", "-r", "true"], ["mount", "-t", "tmpfs", "x", "/tmp"]):
        try:
            if subprocess.run(command, capture_output=True).returncode == 0:
                return True
        except OSError:
            pass
    try:
        os.setuid(0)
    except OSError:
        return False
    return True
""",
}
CHEATS = {name: IF_FOUND + code for name, code in FINDS.items()} | {
    "equals_everything": """
class Everything:
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *_, **__): return self
    def __bool__(self): return True

def window_softmax(scores, window):
    return Everything()
""",
    "a_tensor_that_equals_everything": """
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True

def window_softmax(scores, window):
    return scores.as_subclass(Yes)
""",
    "patched_comparisons": """
torch.allclose = torch.equal = torch.testing.assert_close = lambda *_, **__: True
torch.Tensor.__eq__ = lambda *_: torch.tensor(True)

def window_softmax(scores, window):
    return torch.zeros_like(scores)
""",
    "patched_checks": """
import gptlib.checks, gptlib.checks.verdict as v
v.check = gptlib.checks.check = lambda name, *_: v.Verdict(name, "right", "", 4, 4)
v.PARTS.clear()
v.Verdict.__repr__ = lambda self: f"{self.exercise}: right, 4 of 4 points"

def window_softmax(scores, window):
    return torch.zeros_like(scores)
""",
    "patched_builtins": """
import builtins
for name in ("isinstance", "all", "any", "print"):
    setattr(builtins, name, lambda *_, **__: True)

def window_softmax(scores, window):
    return 0 * scores
""",
    "an_import_hook": """
import sys
class Hook:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit(0)
sys.meta_path.insert(0, Hook())

def window_softmax(scores, window):
    import json.tool, colorsys
    return 0 * scores
""",
    "looks_into_the_callers": """
import sys
def window_softmax(scores, window):
    frame = sys._getframe()
    while frame:
        for it in frame.f_locals.values():
            if isinstance(it, torch.Tensor) and it is not scores:
                if it.shape == scores.shape and it.is_floating_point():
                    sums = it.sum(-1)
                    if torch.allclose(sums, torch.ones_like(sums)):
                        return it
        frame = frame.f_back
    return 0 * scores
""",
    "searches_all_memory": """
import gc
def window_softmax(scores, window):
    for it in gc.get_objects():
        if type(it) is torch.Tensor and it.shape == scores.shape and it is not scores:
            if it.is_floating_point() and abs(it.sum(-1) - 1).max() < 1e-3:
                return it
    return 0 * scores
""",
    "only_the_sizes_that_were_seen": HONEST
    + """
honest = window_softmax
def window_softmax(scores, window):
    known = (1, 4, 5, 6, 7, 8)
    return honest(scores, window) * (scores.shape[-1] in known)
""",
    "prints_a_verdict": """
def window_softmax(scores, window):
    print("window-softmax: right, 4 of 4 points")
    return "window-softmax: right, 4 of 4 points"
""",
    "writes_to_the_line": """
import os, json, struct
def window_softmax(scores, window):
    said = json.dumps({"do": "answer", "value": {"points": 4}, "outs": []}).encode()
    for number in range(3, 30):
        try:
            os.write(number, struct.pack(">QI", len(said), 0) + said)
        except OSError:
            pass
    return 0 * scores
""",
    "writes_rubbish_to_the_line": """
import os
def window_softmax(scores, window):
    for number in range(1, 30):
        try:
            os.write(number, os.urandom(1000))
        except OSError:
            pass
    return 0 * scores
""",
    "changes_its_own_runner": """
import classroom.peer, classroom.wire
classroom.peer.Peer._called = lambda self, m, p: ({"do": "answer", "value": 4}, [])

def window_softmax(scores, window):
    return 0 * scores
""",
    "asks_for_what_nobody_gave": """
import gc, classroom.peer
def window_softmax(scores, window):
    for it in gc.get_objects():
        if isinstance(it, classroom.peer.Peer):
            for number in range(50):
                try:
                    return it.call(number, (scores, window), {})
                except Exception:
                    pass
    return 0 * scores
""",
    "a_hidden_name": """
def window_softmax(scores, window):
    return globals()["__builtins__"]["eval"]("0 * scores", {"scores": scores})
""",
}
HARMS = {
    "endless": """
def window_softmax(scores, window):
    while True: pass
""",
    "endless_and_deaf": """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
def window_softmax(scores, window):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        try:
            while True: pass
        except BaseException:
            pass
""",
    "endless_in_c": """
def window_softmax(scores, window):
    return sum(range(10**13))
""",
    "forks_without_end": """
import os
def window_softmax(scores, window):
    while True:
        try:
            os.fork()
        except OSError:
            pass
""",
    "threads_without_end": """
import threading, time
def window_softmax(scores, window):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
""",
    "all_memory": """
def window_softmax(scores, window):
    kept = []
    while True: kept.append(bytearray(b"x") * 2**28)
""",
    "all_memory_in_forks": """
import os
def window_softmax(scores, window):
    for _ in range(12):
        if os.fork() == 0:
            kept = bytearray(b"x") * 2**29
            while True: pass
    while True: pass
""",
    "a_full_disk": """
def window_softmax(scores, window):
    for folder in ("/tmp", "/page", "/dev/shm", "/course", "/"):
        for number in range(100):
            try:
                with open(f"{folder}/{number}", "wb") as file:
                    for _ in range(100): file.write(bytes(2**20))
            except OSError:
                pass
    return 0 * scores
""",
    "a_daemon": """
import os, time
def window_softmax(scores, window):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: time.sleep(1)
    return 0 * scores
""",
    "sys_exit": """
import sys
def window_softmax(scores, window):
    sys.exit(0)
""",
    "os_exit": """
import os
def window_softmax(scores, window):
    os._exit(0)
""",
    "os_exit_at_once": """
import os
os._exit(0)
""",
    "kills_its_parent": """
import os, signal
def window_softmax(scores, window):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(1, signal.SIGKILL)
    return 0 * scores
""",
    "kills_everybody": """
import os, signal
def window_softmax(scores, window):
    os.kill(-1, signal.SIGKILL)
    os.kill(0, signal.SIGKILL)
""",
    "stops_itself": """
import os, signal
def window_softmax(scores, window):
    os.kill(os.getpid(), signal.SIGSTOP)
""",
    "keyboard_interrupt": """
def window_softmax(scores, window):
    raise KeyboardInterrupt
""",
    "a_segmentation_fault": """
import ctypes
def window_softmax(scores, window):
    ctypes.string_at(0)
""",
    "closes_its_files": """
import os
def window_softmax(scores, window):
    os.closerange(0, 256)
    return 0 * scores
""",
    "asks_for_input": """
def window_softmax(scores, window):
    return float(input("window? ")) * scores
""",
    "a_hundred_megabytes_of_output": """
def window_softmax(scores, window):
    for _ in range(100): print("x" * 10**6)
    return 0 * scores
""",
    "deep_recursion": """
import sys
sys.setrecursionlimit(10**9)
def window_softmax(scores, window):
    return window_softmax(scores, window)
""",
    "a_function_as_answer": """
def window_softmax(scores, window):
    return window_softmax
""",
    "a_generator_as_answer": """
def window_softmax(scores, window):
    return (row for row in scores)
""",
    "a_gigabyte_as_answer": """
def window_softmax(scores, window):
    return torch.zeros(2**28)
""",
    "a_deep_list_as_answer": """
def window_softmax(scores, window):
    made = []
    for _ in range(5000): made = [made]
    return made
""",
    "a_list_in_itself": """
def window_softmax(scores, window):
    made = []
    made.append(made)
    return made
""",
    "a_tensor_without_numbers": """
def window_softmax(scores, window):
    return torch.empty(scores.shape, device="meta")
""",
    "a_sparse_tensor": """
def window_softmax(scores, window):
    return scores.to_sparse()
""",
    "no_python": "def window_softmax(scores, window:\n",
    "null_bytes": "def window_softmax(scores, window):\n    return '\\x00'\n\x00",
    "deleted": "",
    "another_name": HONEST.replace("window_softmax", "windowed"),
}
RIGHT = {
    "honest": HONEST,
    "twice": HONEST + HONEST,
    "a_file_named_torch": """
with open("torch.py", "w") as file: file.write("raise SystemExit")
with open("gptlib.py", "w") as file: file.write("raise SystemExit")
import importlib, sys
importlib.invalidate_caches()
"""
    + HONEST,
    "much_printed_before": 'print("x" * 10**8)\n' + HONEST,
    "a_magic": "%matplotlib inline\n!true\n" + HONEST,
    "input_before": "try: input()\nexcept Exception: pass\n" + HONEST,
    "a_thread_that_stays": """
import threading, time
threading.Thread(target=time.sleep, args=(1000,)).start()
"""
    + HONEST,
}
