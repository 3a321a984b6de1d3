"""Where a student's code runs: it can read the course, and reach nothing else.

bubblewrap gives it a system of its own: no network, no file of anybody's, no process of
anybody's, and limits on what it may use. The course in it has no answers.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gptlib
from classroom.syscalls import refusing
from gptlib.guard.files import DATA

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(gptlib.__file__).resolve().parent
# Of gptlib's checks, what holds no answer.
HARMLESS = ("verdict.py", "limits.py", "own.py", "finished.py", "finished_names.py")
OURS = ("__init__.py", "wire.py", "modules.py", "exchange.py", "peer.py", "inside")
MEGABYTE = 2**20
LIMITS = {
    "as": 6144 * MEGABYTE,  # of address space; PyTorch alone asks for 3 GB
    "cpu": 240,  # seconds
    "fsize": 64 * MEGABYTE,
    "nofile": 256,
    "nproc": 32,
    "core": 0,
}
SPACE = 64 * MEGABYTE  # of files in all
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/page",
    "LANG": "C.UTF-8",
    "PYTHONPATH": "/course",
    "PYTHONWARNINGS": "ignore",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",  # a file torch.py beside the page is nobody's torch
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "MPLCONFIGDIR": "/page",
    "IPYTHONDIR": "/page",
}
# As the sandbox sees it: behind links, no folder is where it seems to be.
PREFIX = os.path.realpath(sys.prefix)
PYTHON = sys.executable.replace(sys.prefix, PREFIX, 1)
INSTALL = "apt-get install bubblewrap"


class NoSandbox(RuntimeError):
    """Students' code cannot be shut in here."""


def build_course(folder: Path) -> Path:
    """Write the course as students' code may see it; its path.

    It has all of gptlib but its checks and the workbook, and of the bench what runs
    inside.
    """
    course = folder / "course"
    hidden = shutil.ignore_patterns("__pycache__", "checks", "lab", "_data")
    shutil.copytree(PACKAGE, course / "gptlib", ignore=hidden)
    checks = course / "gptlib" / "checks"
    checks.mkdir()
    for name in HARMLESS:
        shutil.copy(PACKAGE / "checks" / name, checks / name)
    inside = Path(__file__).parent
    shutil.copy(inside / "inside" / "checks.py", checks / "__init__.py")
    (course / "classroom").mkdir()
    for name in OURS:
        copy = shutil.copytree if (inside / name).is_dir() else shutil.copy
        copy(inside / name, course / "classroom" / name)
    shutil.copytree(DATA, course / "data", ignore=shutil.ignore_patterns("*.png"))
    for path in [course, *course.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return course


@dataclass(frozen=True)
class Trusted:
    """No sandbox: a teacher's own decision."""

    course: Path
    name: str = "trusted"

    def start(self) -> subprocess.Popen:
        """A process that serves one page."""
        env = ENVIRONMENT | {"PYTHONPATH": str(self.course), "PATH": os.environ["PATH"]}
        for name in ("HOME", "MPLCONFIGDIR", "IPYTHONDIR"):
            env[name] = str(self.course.parent)
        return _started([sys.executable, "-m", "classroom.inside"], env)


@dataclass(frozen=True)
class Bubblewrap:
    """A sandbox by bubblewrap.

    Args:
        course: what `build_course` wrote.
        user: who the code is outside the sandbox, where we are root; or None.
    """

    course: Path
    user: int | None = None
    name: str = "bubblewrap"

    def start(self) -> subprocess.Popen:
        """A process that serves one page."""
        refused = refusing()
        if not refused:
            return _started(self.command(), {})
        with tempfile.TemporaryFile() as file:
            file.write(refused)
            file.seek(0)
            return _started(self.command(refused=file.fileno()), {}, file.fileno())

    def command(self, *inner: str, refused: int | None = None) -> list[str]:
        """The whole command line.

        Args:
            inner: what to run in place of the page's server.
            refused: the descriptor of a file with a filter of the kernel's calls.
        """
        inner = inner or (PYTHON, "-m", "classroom.inside")
        binds, stage = self._binds(), []
        if self.user is not None:
            stage, binds = self._staged(binds)
        mounts = [word for here, there in binds for word in ("--ro-bind", here, there)]
        limits = [f"--{name}={value}" for name, value in LIMITS.items()]
        environment = [w for k, v in ENVIRONMENT.items() for w in ("--setenv", k, v)]
        return [
            *stage,
            *(tool("bwrap"), "--unshare-all", "--unshare-user", "--disable-userns"),
            *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "page"),
            *("--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"),
            # First, for the course may lie there.
            *("--size", str(SPACE), "--tmpfs", "/tmp"),
            *mounts,
            *(word for it in self._hidden(binds) for word in ("--tmpfs", it)),
            *(word for link in LINKS for word in ("--symlink", *link)),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--size", str(SPACE), "--tmpfs", "/page", "--chdir", "/page"),
            *("--size", str(SPACE), "--tmpfs", "/dev/shm"),
            *("--remount-ro", "/", "--remount-ro", "/dev"),
            *environment,
            *(() if refused is None else ("--seccomp", str(refused))),
            *(tool("prlimit"), *limits, "--"),
            *inner,
        ]

    def _binds(self) -> list[tuple[str, str]]:
        """What is seen inside, read-only: (where it is, where it is seen)."""
        prefixes = [sys.base_prefix, sys.prefix, sysconfig.get_paths()["purelib"]]
        needed = ["/usr", *prefixes]
        found = [it for it in dict.fromkeys(map(os.path.realpath, needed))]
        outer = [it for it in found if not any(_within(it, o) for o in found)]
        seen = [(it, it) for it in outer]
        extra = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
        seen += [(it, it) for it in extra if os.path.exists(it)]
        real = [it for it in ("/lib", "/lib64", "/bin") if not os.path.islink(it)]
        seen += [(it, it) for it in real if os.path.isdir(it)]
        return [*seen, (str(self.course), "/course")]

    def _hidden(self, binds: list[tuple[str, str]]) -> list[str]:
        """Folders that are not to be seen where something around them is.

        That is the course with its answers, as a checkout or as it was installed.
        """
        installed = sysconfig.get_paths()["purelib"]
        ours = [Path(installed, name) for name in ("gptlib", "classroom")]
        names = ("gptlib", "classroom", "notebooks", "tests", ".git", "workbook")
        ours += [ROOT / name for name in names]
        ours += [Path(installed, "transformers")]  # others' finished pieces
        seen = [there for _, there in binds if there != "/course"]
        return [
            str(it)
            for it in ours
            if it.is_dir() and any(it.is_relative_to(there) for there in seen)
        ]

    def _staged(self, binds: list) -> tuple[list[str], list[tuple[str, str]]]:
        """As root: what only root can reach is shown to the user by mounts of its own.

        A new mount namespace, the mounts, and then the user: three programs, each of
        which starts the next.
        """
        stage = f"{self.course.parent}/stage"
        script, moved = [], []
        for number, (here, there) in enumerate(binds):
            place = f"{stage}/{number}"
            make = "mkdir -p" if os.path.isdir(here) else "touch"
            script.append(f"{make} '{place}' && mount --bind '{here}' '{place}'")
            moved.append((place, there))
        steps = [f"mount -t tmpfs -o size=1m,mode=755 stage '{stage}'", *script]
        text = f"mkdir -p '{stage}' && {' && '.join(steps)} && exec \"$@\""
        unshared = [tool("unshare"), "--mount", "--propagation", "private", "--"]
        shell = ["/bin/sh", "-c", text, "sh"]
        ids = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        return [*unshared, *shell, tool("setpriv"), *ids, "--"], moved


LINKS = [
    (os.readlink(it), it)
    for it in ("/lib", "/lib64", "/bin", "/sbin")
    if os.path.islink(it)
]


def _within(inner: str, outer: str) -> bool:
    return inner != outer and Path(inner).is_relative_to(outer)


def tool(name: str) -> str:
    """The path of a program.

    Raises:
        NoSandbox: it is not installed.
    """
    found = shutil.which(name)
    if not found:
        raise NoSandbox(f"{name} is not installed: {INSTALL}")
    return found


def _started(command: list[str], env: dict, *passed: int) -> subprocess.Popen:
    """The process, whose stdin and stdout are one socket.

    A pipe is a file, which a page that may write files could open by its number.
    (Windows has no such files, and a socket can be no stdin there.)
    """
    if sys.platform == "win32":
        both = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        return subprocess.Popen(command, **both, stderr=subprocess.DEVNULL, env=env)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env=env,
            pass_fds=passed,
            start_new_session=True,
        )
        process.stdin, process.stdout = ours.makefile("wb"), ours.makefile("rb")
    return process


def sandbox(course: Path, trusted: bool = False) -> Bubblewrap | Trusted:
    """The sandbox that this machine has.

    Raises:
        NoSandbox: it has none, and why.
    """
    if trusted:
        return Trusted(course)
    if sys.platform != "linux":
        raise NoSandbox(
            "students' code can be shut in on Linux only: grade in a Linux machine, or "
            "in the container of classroom/Containerfile (its first lines say how)"
        )
    made = Bubblewrap(course, 64_000 if os.geteuid() == 0 else None)
    try_out(made)
    return made


def try_out(made: Bubblewrap) -> None:
    """Start something harmless.

    Raises:
        NoSandbox: it does not run; what was said, and what helps.
    """
    code = "import os; print(os.getuid(), len(os.listdir('/course')))"
    command = made.command(PYTHON, "-c", code)
    done = subprocess.run(command, capture_output=True, text=True, env={})
    if done.returncode == 0 and done.stdout == "1000 3\n":
        return
    said = " ".join((done.stderr or done.stdout).split())[:300]
    raise NoSandbox(
        f"bubblewrap does not run here ({said}). On Ubuntu 24.04 this lets it: "
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; in a "
        "container it needs the flags that classroom/Containerfile names"
    )
