"""Verifies DKIM signatures with dkimpy: verify_dkim.py KEY.pem MAIL... The public half of KEY answers every DNS question."""

import subprocess
import sys

try:
    import dkim
except ImportError:
    sys.exit("dkimpy is missing: run tests/peers --install")

key, mails = sys.argv[1], sys.argv[2:]
pem = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True, text=True).stdout
public = "".join(line for line in pem.splitlines() if not line.startswith("-"))
record = f"v=DKIM1; k=rsa; p={public}".encode()
asked = set()


def dns(name, timeout=5):
    asked.add(name)
    return record


bad = []
for path in mails:
    with open(path, "rb") as file:
        raw = file.read()
    # A Maildir keeps bare line feeds; on the wire it was CRLF.
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if not dkim.DKIM(raw).verify(dnsfunc=dns):
        bad.append(path)
if bad:
    sys.exit(f"{len(bad)} of {len(mails)} not verified, first: {bad[0]}")
print(f"{len(mails)} verified, asked {sorted(asked)}")
