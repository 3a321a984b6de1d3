"""`python -m classroom release`, `collect`, `grade`, `report`, `forget`."""

from gptlib.__main__ import Commands, main

COMMANDS: Commands = {
    "release": ("classroom.release", "make the sheets of a class, each student's own"),
    "collect": ("classroom.collect", "take in what came back, whatever it lies in"),
    "grade": ("classroom.grade", "run it where it can harm nobody, and judge it"),
    "report": ("classroom.report", "write points and pages, for students and teacher"),
    "forget": ("classroom.forget", "delete all that is known of a student"),
}

if __name__ == "__main__":
    main(commands=COMMANDS, program="python -m classroom")
