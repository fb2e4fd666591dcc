#!/usr/bin/env python3
"""Prüft einen Einwilligungsnachweis / verifies a proof of consent. Python 3.8+, standard library only, offline.

Usage: python3 verify.py [FOLDER]      (the unpacked archive; default: the folder of this script)
"""

import base64
import hashlib
import hmac
import json
import os
import sys

# ---- Ed25519 (RFC 8032, section 5.1): verification only -------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P != 0 or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_ok(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- C2SP signed note and checkpoint --------------------------------------------------------------------------------


def open_checkpoint(note, vkey):
    """(size, root) of a checkpoint whose signature holds, else None."""
    name, key_hash, key = vkey.strip().split("+", 2)
    key = base64.b64decode(key)
    kind, public = key[0], key[1:]
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if kind != 1 or key_id.hex() != key_hash:
        return None
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    if origin != name:
        return None
    for line in signatures.splitlines():
        parts = line.split(" ")
        if len(parts) == 3 and parts[0] == "\u2014" and parts[1] == name:
            data = base64.b64decode(parts[2])
            if data[:4] == key_id and ed25519_ok(public, text.encode(), data[4:]):
                return int(size), base64.b64decode(root)
    return None


# ---- RFC 6962 / 9162 Merkle tree ------------------------------------------------------------------------------------


def root_of(leaf, index, size, path):
    if index >= size:
        return None
    at, last, value = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            value = hashlib.sha256(b"\x01" + sibling + value).digest()
            while at & 1 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            value = hashlib.sha256(b"\x01" + value + sibling).digest()
        at, last = at >> 1, last >> 1
    return value if last == 0 else None


# ---- the check ------------------------------------------------------------------------------------------------------


class Report:
    def __init__(self):
        self.ok = True

    def note(self, holds, german, english):
        self.ok = self.ok and bool(holds)
        print(("OK      " if holds else "FEHLER  ") + german + " / " + english)


def read(folder, name):
    with open(os.path.join(folder, *name.split("/")), "rb") as file:
        return file.read()


def check(folder):
    report = Report()
    listed = 0
    for line in read(folder, "MANIFEST.sha256").decode().splitlines():
        digest, _, name = line.partition("  ")
        listed += 1
        if hashlib.sha256(read(folder, name)).hexdigest() != digest:
            report.note(False, f"{name} wurde verändert", f"{name} was altered")
    report.note(listed > 0, f"{listed} Dateien im Verzeichnis", f"{listed} files in the manifest")

    vkey = read(folder, "log.vkey").decode()
    checkpoint = open_checkpoint(read(folder, "checkpoint").decode(), vkey)
    report.note(checkpoint is not None, "Unterschrift des Protokolls", "signature of the log")
    if checkpoint is None:
        return report
    size, root = checkpoint

    body = read(folder, "record.json").decode().strip()
    records = body[1:-1].strip().split(",\n")
    previous, consent = None, None
    for n, text in enumerate(records, 1):
        record = json.loads(text)
        blind = bytes.fromhex(read(folder, f"proofs/{n}.blind").decode().strip())
        commitment = hmac.new(blind, text.encode(), hashlib.sha256).digest()
        leaf = hashlib.sha256(b"\x00\x01" + commitment).digest()
        head, _, note = read(folder, f"proofs/{n}.tlog-proof").decode().partition("\n\n")
        lines = head.split("\n")
        index = int(lines[1].split(" ")[1])
        path = [base64.b64decode(line) for line in lines[2:]]
        good = (
            lines[0] == "c2sp.org/tlog-proof@v1"
            and open_checkpoint(note, vkey) == checkpoint
            and root_of(leaf, index, size, path) == root
        )
        report.note(good, f"Eintrag {n} ({record['type']}) steht im Protokoll", f"record {n} is in the log")
        consent = consent or record["consent_id"]
        chained = record["n"] == n and record.get("prev") == previous and record["consent_id"] == consent
        report.note(chained, f"Eintrag {n} folgt auf den vorigen", f"record {n} follows the one before")
        digest = record.get("text", {}).get("sha256")
        if digest:
            same = hashlib.sha256(read(folder, f"texts/{digest}.txt")).hexdigest() == digest
            report.note(same, f"Text zu Eintrag {n} ist unverändert", f"text of record {n} is unchanged")
        previous = commitment.hex()
    last = json.loads(records[-1])
    address = last["address"]
    print(f"\n{address['channel']}: {address['normalised']} · {last['list']['title']} · {last['state_after']}")
    print(f"Protokoll / log: {size} Einträge / entries")
    return report


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    try:
        report = check(folder)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        print(f"FEHLER  Die Dateien sind unvollständig oder beschädigt / files are missing or damaged: {error!r}")
        return 1
    print("GÜLTIG / VALID" if report.ok else "UNGÜLTIG / NOT VALID")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
