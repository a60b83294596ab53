#!/bin/sh
# A program forks 3000 children, a tenth of which die by kill -9, while its
# exporter is asked without end: the count never falls and is exact at the end.
. "$(dirname "$0")/../lib/e2e.sh"
. "$(dirname "$0")/../lib/ask.sh"

ask_settings
ask_calls

mkfifo input
LD_PRELOAD=$TEST_SHIM ./calls storm 3000 3 <input >out &
program=$!
exec 9>input
cat >scrape.py <<'END'
import re, socket, sys, time

path, total, last, asked = sys.argv[1], int(sys.argv[2]), 0, 0
end = time.monotonic() + 100
begun = False
while last != total:
    if time.monotonic() > end:
        sys.exit(f"{last} calls of {total}, asked {asked} times")
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        text = b"".join(iter(lambda: s.recv(1 << 16), b"")).decode()
    except OSError:
        if begun:
            raise
        time.sleep(0.01)  # it is not there yet
        continue
    finally:
        s.close()
    if not begun:
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        begun = True
    count = sum(map(int, re.findall(r"^calls\.count .* count=(\d+) ", text,
                                    re.M)))
    asked += 1
    if count < last or count > total:
        sys.exit(f"{count} calls after {last}")
    last = count
print("asked", asked, "times")
END
python3 scrape.py "$TELEMETRY_ASK_SOCKET" 9003 >scraped 2>&1 &
scraper=$!
wait_for grep -q begun scraped || fail "no answer: $(cat scraped log)"
echo >&9
wait $scraper || fail "$(cat scraped log)"
exec 9>&-
wait $program || fail "the program failed: $(cat out log)"
grep -q '^unchanged$' out || fail "it noticed: $(cat out)"
[ ! -s log ] || fail "logged: $(cat log)"
tail -n 1 scraped
