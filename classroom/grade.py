"""`python -m classroom grade`: each page in its own sandbox, judged from outside.

A page that was graded is left as it is. Stopped at any moment, a second call goes on
where the first one stopped: what a page got is written in one step, or not at all.
"""

import contextlib
import hashlib
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Annotated, Literal

import nbformat
import torch
from tqdm import tqdm
from tyro.conf import Positional, arg

from classroom.attempts import counting
from classroom.judge import Grade, judge, plain_text
from classroom.sandbox import Bubblewrap, Trusted, build_course, sandbox
from classroom.session import Session
from classroom.store import ClassFolder
from gptlib.checks import check
from gptlib.checks.operations import Noted
from gptlib.checks.own import DRAWS, own_sizes
from gptlib.guard.values import checked_whole
from gptlib.lab.pages import checkout, homework, read_page

JUDGE_SECONDS = 600  # of processor time
PAGE_SECONDS = 1200  # after which a page's judge is ended
JUDGE_BYTES = 6 * 2**30  # of address space
SEEDS = 3
KNOWN = {0, 1, 2}  # sizes that a student's own check shows


@dataclass(frozen=True)
class GradeConfig:
    """Run what came in where it can harm nobody, and judge it."""

    folder: Positional[Path]
    """The class's folder."""
    jobs: int = 2
    """How many pages run at once."""
    attempt: Literal["last", "first"] = "last"
    """Which attempt counts: last (the last on time, else the last late one), first."""
    again: bool = False
    """Grade also what was graded before; points given by hand stay."""
    students: tuple[str, ...] = ()
    """Only theirs, by id; nobody named is everybody."""
    trusted: bool = False
    """Without a sandbox: students' code then runs as you, and can do what you can."""
    dry_run: Annotated[bool, arg(name="dry-run")] = False
    """Say what would be graded, and grade nothing."""

    def __post_init__(self):
        checked_whole("jobs", self.jobs, least=1, most=64)


Draws = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True)
class Work:
    """A page to grade."""

    attempt: int
    student: str
    sheet: str
    notebook: Path
    digest: str


@dataclass(frozen=True)
class Bench:
    """What every judge needs, made once and inherited by its process."""

    root: Path
    box: Bubblewrap | Trusted
    keys: dict[str, str]
    draws: dict[int, Draws]  # of each attempt, by exercise


def grade(config: GradeConfig) -> None:
    """Grade what counts and is not graded yet; a line for each page.

    Raises:
        FileNotFoundError: there is no such class.
        NoSandbox: students' code cannot be shut in here.
    """
    folder = ClassFolder(config.folder)
    work = list(_open_work(folder, config))
    if config.dry_run:
        print(*(f"{it.student}: {it.sheet}" for it in work), sep="\n")
        print(f"{len(work)} to grade; nothing was run")
        return
    if not work:
        print("nothing to grade: what counts has its grades (--again grades it anew)")
        return
    _warm_up()
    with tempfile.TemporaryDirectory(prefix="classroom-") as place:
        Path(place).chmod(0o755)
        box = sandbox(build_course(Path(place)), config.trusted)
        if config.trusted:
            print("TRUSTED: no sandbox; students' code runs as you", file=sys.stderr)
        keys = {it.id: folder.key(it.id) for it in folder.students()}
        draws = {it.attempt: drawn(folder, it.digest) for it in work}
        bench = Bench(checkout(), box, keys, draws)
        started = time.monotonic()
        for done, seconds, grades, note in _all(bench, work, config.jobs):
            _keep(folder, bench, done, seconds, grades, note)
        print(f"{len(work)} graded in {time.monotonic() - started:.0f} s")


def _warm_up() -> None:
    """What a first verdict imports is imported here, and not in every judge."""
    torch.set_num_threads(1)
    check("window-softmax", lambda scores, window: scores)
    with Noted():
        torch.ones(1).exp()


def drawn(folder: ClassFolder, digest: str) -> Draws:
    """What the check of each exercise begins with; see `verdict`.

    The class's secret and the page decide: the same page has the same for ever, and
    nobody can learn them from an earlier one. Sizes are none that a student's own check
    has.
    """
    from gptlib.checks.verdict import PARTS

    found = {}
    for exercise in PARTS:
        words = ("draw", digest, exercise)
        digits = [int(folder.derived(*words, str(n)), 16) for n in range(40)]
        sizes = [n % 20 for n in digits if n % 20 not in KNOWN]
        chosen = list(dict.fromkeys(sizes))[:SEEDS]
        found[exercise] = [(n, digits[place] >> 1) for place, n in enumerate(chosen)]
    return found


def _open_work(folder: ClassFolder, config: GradeConfig) -> Iterator[Work]:
    known = {it.id for it in folder.students()}
    if unknown := [it for it in config.students if it not in known]:
        raise ValueError(
            f"no student {unknown[0]!r} in {config.folder}: see its roster"
        )
    done = {row[0] for row in folder.db.execute("select attempt from runs")}
    for row in counting(folder.db, config.attempt):
        wanted = not config.students or row["student"] in config.students
        if wanted and (config.again or row["id"] not in done):
            path = folder.path / row["notebook"]
            yield Work(row["id"], row["student"], row["sheet"], path, row["digest"])


Done = tuple[Work, float, list[Grade], str]


def _all(bench: Bench, work: list[Work], jobs: int) -> Iterator[Done]:
    """Judge all pages, `jobs` at once, each in a process of its own."""
    context, waiting = multiprocessing.get_context("fork"), list(reversed(work))
    running: dict[Connection, tuple] = {}
    with tqdm(total=len(work), unit=" pages", disable=None) as bar:
        while waiting or running:
            while waiting and len(running) < jobs:
                it = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_judged, args=(bench, it, theirs))
                process.start()
                theirs.close()
                running[ours] = (it, process, time.monotonic())
            for ready in wait(list(running), timeout=1.0):
                it, process, began = running.pop(ready)
                yield it, time.monotonic() - began, *_answer(ready, process)
                bar.update()
            for _, process, began in running.values():
                if time.monotonic() - began > PAGE_SECONDS:
                    process.kill()  # its pipe closes, and is found above


def _answer(ready: Connection, process) -> tuple[list[Grade], str]:
    """What a judge found, or why it found nothing."""
    try:
        grades, note = ready.recv(), ""
    except EOFError:
        grades, note = [], "its judge ended without a verdict"
    if isinstance(grades, str):
        grades, note = [], grades
    ready.close()
    process.join()
    return grades, note


def _be_small() -> None:
    """Limit the memory and the time of this process, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows, macOS
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (JUDGE_BYTES, JUDGE_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (JUDGE_SECONDS, JUDGE_SECONDS))


def _judged(bench: Bench, work: Work, answer: Connection) -> None:
    """In a process of its own: judge a page and send what it got."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _be_small()
    try:
        page = next(it for it in homework(bench.root) if it.name == work.sheet)
        key = bench.keys[work.student]
        sizes = {exercise: own_sizes(exercise, key) for exercise in DRAWS}
        session = Session(bench.box.start, sizes)
        mine = nbformat.read(work.notebook, as_version=4)
        reading = read_page(page.course)
        found = judge(
            mine, reading, key, bench.draws[work.attempt].__getitem__, session
        )
    except Exception as error:  # the teacher is told, and the next page goes on
        found = plain_text(f"{type(error).__name__}: {error}", 500)
    answer.send(found)


def _keep(
    folder: ClassFolder,
    bench: Bench,
    work: Work,
    seconds: float,
    grades: list[Grade],
    note: str,
) -> None:
    """Write what a page got, all of it in one step; say it in a line."""
    draws = repr(sorted(bench.draws[work.attempt].items()))
    seed = hashlib.sha256(draws.encode()).hexdigest()[:12]
    row = (work.attempt, seed, _course(bench), bench.box.name, round(seconds, 2), note)
    with folder.writing() as db:
        db.execute("delete from runs where attempt = ?", (work.attempt,))
        db.execute("delete from grades where attempt = ?", (work.attempt,))
        db.execute("insert into runs values (?, ?, ?, ?, ?, ?)", row)
        for it in grades:
            words = (it.points, it.most, it.status, it.words, it.code)
            db.execute(
                "insert into grades values (?, ?, ?, ?, ?, ?, ?)",
                (work.attempt, it.exercise, *words),
            )
    points, most = sum(it.points for it in grades), sum(it.most for it in grades)
    said = note or f"{points:g} of {most:g} points"
    tqdm.write(f"{work.student}: {work.sheet}: {said}, {seconds:.1f} s")


def _course(bench: Bench) -> str:
    from importlib.metadata import version

    return version("gptlib")


CONFIG, command = GradeConfig, grade
