"""A relay for `tests/bakery`: takes every mail and writes it into a folder. Arguments: port, folder."""
import itertools
import pathlib
import socketserver
import sys

number = itertools.count(1)


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 relay.example ESMTP")
        while line := self.rfile.readline(4096):
            word = line[:4].upper()
            if word == b"EHLO":
                self.wfile.write(b"250-relay.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
            elif word == b"DATA":
                self.say("354 go on")
                mail = []
                while (line := self.rfile.readline(65536)) not in (b".\r\n", b""):
                    mail.append(line)
                pathlib.Path(sys.argv[2], f"{next(number)}-{id(self)}.eml").write_bytes(b"".join(mail).replace(b"\r\n", b"\n"))
                self.say("250 2.0.0 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 2.1.0 ok")


class Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Relay(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
