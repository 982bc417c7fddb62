"""One line that tells how far a long command is"""
import subprocess
import sys
import time

from config.settings import LOGS

BAR = 24


def run(label, command, count, **popen):
    """Run the command, its output to a log, with a counter or a bar

    count gives from the log's text what is done and the total or None.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{label.lower().replace(' ', '-')}.log"
    line = Line(label)
    with open(log, 'w') as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, **popen)
        try:
            while process.poll() is None:
                line.show(*count(_read(log)))
                time.sleep(.5)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        line.fail(log)
    line.end(*count(_read(log)))


def _read(log):
    return log.read_text(errors='replace')


class Line:
    "Redrawn in place on a terminal, written every ten seconds elsewhere"

    def __init__(self, label):
        self.label = label
        self.start = time.monotonic()
        self.interactive = sys.stdout.isatty()
        self.period = .5 if self.interactive else 10
        self.next = self.start

    def show(self, done, total=None):
        "How much is done of the total, a bare count, or a word"
        if time.monotonic() >= self.next:
            self.next += self.period
            self._write(_bar(done, total))

    def end(self, done, total=None):
        self._write(_bar(done, total and done))
        if self.interactive:
            print()

    def fail(self, log):
        if self.interactive:
            print()
        tail = _read(log).splitlines()[-15:]
        sys.exit('\n'.join([*tail, f"{self.label} failed, see {log}"]))

    def _write(self, text):
        seconds = time.monotonic() - self.start
        text = f"{self.label:<22} {text} {seconds:4.0f} s"
        if self.interactive:
            print(f'\r\033[K{text}', end='', flush=True)
        else:
            print(text, flush=True)


def _bar(done, total):
    if not total:
        return f"{done:>{BAR + 6}}"
    filled = '#' * (BAR * done // total)
    return f"[{filled:.<{BAR}}] {100 * done // total:>3}%"
