"""Verifies both DKIM signatures of each mail with dkimpy: verify_dkim.py KEYS-FOLDER MAIL..."""

import subprocess
import sys

try:
    import dkim
except ImportError:
    sys.exit("dkimpy is missing: run tests/peers --install")


def public(path):
    out = subprocess.run(["openssl", "pkey", "-in", path, "-pubout"], check=True, capture_output=True, text=True).stdout
    return "".join(line for line in out.splitlines() if not line.startswith("-"))


def raw_ed25519(path):
    import base64

    return base64.b64encode(base64.b64decode(public(path))[-32:]).decode()


folder, mails = sys.argv[1], sys.argv[2:]
records = {
    b"rsa._domainkey.krume.example.": f"v=DKIM1; k=rsa; p={public(folder + '/rsa.pem')}".encode(),
    b"ed._domainkey.krume.example.": f"v=DKIM1; k=ed25519; p={raw_ed25519(folder + '/ed.pem')}".encode(),
}
count = 0
for path in mails:
    with open(path, "rb") as file:
        mail = file.read()
    # The test server puts its own lines in front, and keeps bare line feeds.
    mail = mail.replace(b"\r\n", b"\n")
    start = mail.index(b"DKIM-Signature:")
    mail = mail[start:].replace(b"\n", b"\r\n")
    # It also adds one empty line at the end of a mail; trailing empty lines do not count.
    for index in (0, 1):
        verified = dkim.DKIM(mail).verify(idx=index, dnsfunc=lambda name, timeout=5: records[name])
        if not verified:
            sys.exit(f"signature {index} of {path} is not verified:\n{mail.decode(errors='replace')}")
        count += 1
print(f"{count} signatures verified")
