import errno, select, socket
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(5)
refuses = socket.socket()
refuses.bind(("127.0.0.1", 0))
here, nowhere = server.getsockname(), refuses.getsockname()

def attempt(address):
    s = socket.socket()
    s.setblocking(False)
    assert s.connect_ex(address) == errno.EINPROGRESS
    return s

def error(s):
    select.select([], [s], [])
    return s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

good = attempt(here)                       # SO_ERROR, then bytes
assert error(good) == 0 and good.send(b"x") == 1
bad = attempt(nowhere)                     # SO_ERROR
assert error(bad) == errno.ECONNREFUSED
asked = attempt(nowhere)                   # a second connect
select.select([], [asked], [])
assert asked.connect_ex(nowhere) == errno.ECONNREFUSED
left = attempt(here)                       # closed without asking
left.close()
print(good.getpeername()[1], bad.fileno() >= 0, asked.fileno() >= 0)
