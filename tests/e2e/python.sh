#!/bin/sh
# CPython: children by the hundred, threads, sockets, processes forked with
# threads alive, and all its ways to end.
. "$(dirname "$0")/../lib/e2e.sh"
need python3

scenario() {
	cat >children.py <<'END'
import os, signal, subprocess, sys
print(sorted(os.listdir("/proc/self/fd"), key=int))
out = [subprocess.run(["/bin/echo", str(i)], capture_output=True, text=True).stdout
       for i in range(100)]
print(sum(map(int, out)))
print(subprocess.run(["/bin/false"]).returncode, os.system("exit 3"))
try:
    subprocess.run(["/none/such"])
except FileNotFoundError as e:
    print(e)
try:
    subprocess.run(["/bin/sleep", "30"], timeout=0.05)
except subprocess.TimeoutExpired:
    print("timeout")
p = subprocess.Popen(["/bin/cat"], stdin=-1, stdout=-1, start_new_session=True,
                     preexec_fn=lambda: None)
print(p.communicate(b"through cat"))
p = subprocess.Popen(["/bin/sleep", "30"])
p.send_signal(signal.SIGTERM)
print(p.wait())
print(os.popen("echo from popen").read(), end="")
pid = os.posix_spawn("/bin/echo", ["echo", "spawned"], os.environ)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(sorted(subprocess.check_output(["env", "-0"]).split(b"\0")[:-1])
      == sorted(k + b"=" + v for k, v in os.environb.items()))
END
	cat >threads.py <<'END'
import asyncio, concurrent.futures as cf, os, queue, select, socket, threading
def serve(s, n):
    for _ in range(n):
        c, _a = s.accept()
        with c:
            while d := c.recv(65536):
                c.sendall(d.upper())
s = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(s, 20), daemon=True).start()
def ask(i):
    with socket.create_connection(s.getsockname()) as c:
        c.sendall(b"hello %d " % i * 1000)
        c.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: c.recv(4096), b""))
with cf.ThreadPoolExecutor(8) as pool:
    print(sorted(len(r) for r in pool.map(ask, range(20))))
try:
    socket.create_connection(("127.0.0.1", 1), timeout=5)
except OSError as e:
    print(e)
try:
    socket.getaddrinfo("no.such.name.invalid", 80)
except socket.gaierror as e:
    print(e.errno)
async def echo():
    srv = await asyncio.start_unix_server(
        lambda r, w: asyncio.ensure_future(answer(r, w)), "sock")
    async with srv:
        r, w = await asyncio.open_unix_connection("sock")
        w.write(b"async\n"); await w.drain()
        print(await r.readline())
        w.close()
async def answer(r, w):
    w.write((await r.readline()).title()); await w.drain(); w.close()
asyncio.run(echo())
a, b = socket.socketpair()
b.setblocking(False)
try:
    b.recv(1)
except BlockingIOError as e:
    print(e)
a.close()
try:
    while True:
        b.send(b"x")
except BrokenPipeError as e:
    print(e)
q = queue.Queue()
for i in range(200):
    threading.Thread(target=q.put, args=(i,)).start()
print(sum(q.get() for _ in range(200)))
pid = os.fork()
if pid == 0:
    print("child of a threaded process", flush=True)
    t = threading.Thread(target=print, args=("its thread",)); t.start(); t.join()
    os._exit(9)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
	cat >pool.py <<'END'
import multiprocessing as mp
def square(x): return x * x
if __name__ == "__main__":
    for method in "fork", "spawn", "forkserver":
        with mp.get_context(method).Pool(2) as pool:
            print(method, pool.map(square, range(10)))
END
	python3 children.py
	echo "status $?"
	python3 threads.py
	echo "status $?"
	python3 pool.py
	python3 -c 'import sys; print("bye"); sys.exit(5)'
	echo "exit $?"
	python3 -c 'import os; os._exit(6)'
	echo "_exit $?"
	python3 -c 'raise ValueError("told so")'
	echo "exception $?"
	python3 -c 'import os; os.abort()'
	echo "abort $?"
	python3 -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'
	echo "signal $?"
	python3 -c 'import atexit; atexit.register(print, "atexit"); print("main")'
	python3 -c 'import os; os.execv("/bin/echo", ["echo", "exec"])'
	python3 -c 'import ctypes; print(hasattr(ctypes.CDLL(None), "sqlite3_open"))'
	echo 'print(input())' >ask.py
	echo answer | python3 ask.py
}

compare /python3 /echo
