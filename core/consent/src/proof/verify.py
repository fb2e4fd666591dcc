#!/usr/bin/env python3
"""Prüft einen Einwilligungsnachweis / checks a proof of consent. Python 3.8+, standard library only, offline.

python3 verify.py [FOLDER | PROOF.zip] [--key KEY | FILE] [--fetch] [--lang de|en]

FOLDER     the unpacked archive; default: the folder of this script
--key      the sender's public key, or a file with it (one key a line), that did NOT come with this proof
--fetch    read that key from the sender's website (the only use of the network; without it nothing is asked)

It says one of three things, and ends with a number for scripts:
0  GÜLTIG / VALID        nothing was changed, and the given key signed it
3  STIMMIG / CONSISTENT  nothing was changed since somebody signed it with the key in the file itself: compare that key
1  UNGÜLTIG / INVALID    something was changed or is missing, or another key signed it
(2: wrong usage)
"""

import base64
import binascii
import hashlib
import hmac
import io
import json
import locale
import os
import re
import sys
import zipfile

VALID, INVALID, USAGE, CONSISTENT = 0, 1, 2, 3
MAX_SIZE = 64 << 20
MANIFEST = "MANIFEST.sha256"
MAGIC = "rundruf consent proof v1"
MARK = b"rundruf-proof/v1 sha256 "
NAME = re.compile(
    r"beleg\.html|proof\.html|record\.json|sent\.json|log-history\.json|list-changes\.json|checkpoint|log\.vkey|verify\.py|VERIFY\.md|MANIFEST\.sha256"
    r"|texts/[0-9a-f]{64}\.txt|sent/[1-9][0-9]{0,8}\.txt|(proofs|changes)/[1-9][0-9]{0,8}\.(tlog-proof|blind)"
)
# What systems put into folders by themselves.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__"}


class NoProof(Exception):
    """It is not a proof at all: German, English."""


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


def strict_base64(text):
    """Bytes of a base64 text that has one form only, else None."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


class Key:
    """A verifier key, `name+hash+base64`, as Go's sumdb/note reads it."""

    def __init__(self, vkey):
        self.vkey = vkey.strip()
        parts = self.vkey.split("+", 2)
        data = strict_base64(parts[2]) if len(parts) == 3 else None
        if data is None or len(data) != 33 or data[0] != 1 or not parts[0]:
            raise ValueError("not a verifier key: " + self.vkey[:80])
        self.name, self.public = parts[0], data[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != parts[1]:
            raise ValueError("a verifier key whose number does not fit: " + self.vkey[:80])

    def opens(self, note):
        """The text of a note that this key signed, else None."""
        text, gap, signatures = note.partition("\n\n")
        text += "\n"
        for line in signatures.split("\n") if gap else []:
            parts = line.split(" ")
            if len(parts) == 3 and parts[0] == "\u2014" and parts[1] == self.name:
                data = strict_base64(parts[2])
                if data and data[:4] == self.id and ed25519_ok(self.public, text.encode(), data[4:]):
                    return text
        return None

    def opens_alone(self, note):
        """The same, of a note with this one signature and nothing behind it."""
        text = self.opens(note)
        if text is None:
            return None
        rest = note[len(text) :]
        return text if rest.startswith("\n\u2014 ") and rest.endswith("\n") and rest.count("\n") == 2 else None


def keys_of(text):
    """Every key of a text: one a line, empty lines and comments aside."""
    lines = [line.strip() for line in text.splitlines()]
    return [Key(line) for line in lines if line and not line.startswith("#")]


def open_checkpoint(note, key):
    """(size, root) of a checkpoint whose signature holds, else None."""
    text = key.opens(note)
    lines = text.split("\n") if text else []
    if len(lines) < 4 or lines[0] != key.name or not lines[1].isdigit():
        return None
    root = strict_base64(lines[2])
    return (int(lines[1]), root) if root and len(root) == 32 else None


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


# ---- the files ------------------------------------------------------------------------------------------------------


def load_folder(folder):
    files, room = {}, MAX_SIZE
    for place, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f not in LITTER]
        for name in names:
            if name in LITTER:
                continue
            path = os.path.join(place, name)
            room -= os.path.getsize(path)
            if room < 0:
                raise NoProof("es ist zu groß", "it is too large")
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return files


def load_zip(data):
    if len(data) > MAX_SIZE:
        raise NoProof("es ist zu groß", "it is too large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            comment = archive.comment
            if not data.endswith(comment) or data[len(data) - len(comment) - 22 :][:4] != b"PK\5\6":
                raise NoProof("hinter dem Archiv steht etwas", "there is something behind the archive")
            # Our archives end with a digest of themselves; one that was packed anew has no comment, and its contents count.
            if comment and (
                len(comment) != len(MARK) + 64
                or not comment.startswith(MARK)
                or hashlib.sha256(data[:-64]).hexdigest().encode() != comment[-64:]
            ):
                raise NoProof("Bytes des Archivs wurden verändert", "bytes of the archive were changed")
            infos = [i for i in archive.infolist() if not (i.filename.endswith("/") and i.file_size == 0)]
            if len({i.filename for i in infos}) != len(infos):
                raise NoProof("ein Dateiname kommt zweimal vor", "a file name occurs twice")
            if sum(i.file_size for i in infos) > MAX_SIZE:
                raise NoProof("es ist zu groß", "it is too large")
            return {i.filename: archive.read(i) for i in infos}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise NoProof(f"das Archiv ist beschädigt ({error})", f"the archive is damaged ({error})") from error


# ---- the check ------------------------------------------------------------------------------------------------------


class Report:
    def __init__(self):
        self.ok = True
        self.lines = []
        self.notes = []
        self.key = None
        self.verdict = INVALID

    def note(self, holds, german, english):
        self.ok = self.ok and bool(holds)
        self.lines.append((bool(holds), german, english))
        return holds


def check_manifest(files, key, report):
    """Whether the manifest bears the key's signature and names every file as it is."""
    text = key.opens_alone(files[MANIFEST].decode())
    lines = text.split("\n")[:-1] if text else []
    formed = len(lines) > 3 and lines[0] == MAGIC and lines[1] == key.name and re.fullmatch(r"made -?[0-9]+", lines[2])
    named = {MANIFEST}
    for line in lines[3:] if formed else []:
        digest, gap, name = line.partition("  ")
        if not gap or name in named or name not in files or hashlib.sha256(files[name]).hexdigest() != digest:
            report.note(False, f"{name} ist nicht, was das Verzeichnis sagt", f"{name} is not what the manifest says")
        named.add(name)
    for name in sorted(set(files) - named) if formed else []:
        report.note(False, f"{name} steht nicht im Verzeichnis", f"{name} is not in the manifest")
    report.note(
        formed, f"unterschriebenes Verzeichnis von {len(files)} Dateien", f"signed manifest of {len(files)} files"
    )
    return report.ok


def in_log(files, name, text, note, checkpoint):
    """The commitment of a record, and whether the tree of the checkpoint holds it."""
    size, root = checkpoint
    blind = bytes.fromhex(files[name + ".blind"].decode().strip())
    commitment = hmac.new(blind, text.encode(), hashlib.sha256).digest()
    leaf = hashlib.sha256(b"\x00\x01" + commitment).digest()
    head, _, in_proof = files[name + ".tlog-proof"].decode().partition("\n\n")
    lines = head.split("\n")
    index = int(lines[1].split(" ")[1])
    path = [base64.b64decode(line) for line in lines[2:]]
    good = lines[0] == "c2sp.org/tlog-proof@v1" and in_proof == note and root_of(leaf, index, size, path) == root
    return commitment, good


def check(files, trusted=()):
    """Checks the files of a proof (contents by name). `trusted`: keys that did not come with it."""
    report = Report()
    key = report.key = Key(files["log.vkey"].decode())
    for name in sorted(files):
        if not NAME.fullmatch(name):
            report.note(False, f"{name} gehört zu keinem Nachweis", f"{name} belongs to no proof")
    if not check_manifest(files, key, report):
        return report
    note = files["checkpoint"].decode()
    checkpoint = open_checkpoint(note, key)
    if not report.note(checkpoint is not None, "Unterschrift des Stands", "signature of the checkpoint"):
        return report
    size = checkpoint[0]

    body = files["record.json"].decode().strip()
    records = body[1:-1].strip().split(",\n")
    sent = {entry["event"]: entry["message_id"] for entry in json.loads(files["sent.json"])}
    previous, consent = None, None
    for n, text in enumerate(records, 1):
        record = json.loads(text)
        commitment, good = in_log(files, f"proofs/{n}", text, note, checkpoint)
        report.note(good, f"Eintrag {n} ({record['type']}) steht im Protokoll", f"record {n} ({record['type']}) is in the log")
        consent = consent or record["consent_id"]
        chained = record["n"] == n and record.get("prev") == previous and record["consent_id"] == consent
        report.note(chained, f"Eintrag {n} folgt auf den vorigen", f"record {n} follows the one before")
        digest = record.get("text", {}).get("sha256")
        if digest:
            same = hashlib.sha256(files.get(f"texts/{digest}.txt", b"")).hexdigest() == digest
            report.note(same, f"Text zu Eintrag {n} ist unverändert", f"text of record {n} is unchanged")
        outbound = record.get("outbound", {})
        if "body" in outbound:
            there = files.get(f"sent/{n}.txt") == outbound["body"].encode()
            same = hashlib.sha256(outbound["body"].encode()).hexdigest() == outbound["body_sha256"]
            named = sent.get(n) == outbound["message_id"]
            report.note(
                there and same and named,
                f"die Nachricht zu Eintrag {n} liegt bei, wie sie versandt wurde",
                f"the message of record {n} is here as it was sent",
            )
        previous = commitment.hex()
    changes = files.get("list-changes.json", b"[]").decode().strip()[1:-1].strip()
    for n, text in enumerate(changes.split(",\n") if changes else [], 1):
        change = json.loads(text)
        _, good = in_log(files, f"changes/{n}", text, note, checkpoint)
        report.note(
            good and change["type"] == "list_changed",
            f"Angabe {n} des Absenders zur Liste steht im Protokoll",
            f"what the sender said about the list ({n}) is in the log",
        )
        report.notes.append(
            (
                f"Der Absender hat die Liste {change['list']} geändert und sagt, dass sie denselben Zweck hat: {change['reason']}",
                f"The sender has changed the list {change['list']} and says that it has the same purpose: {change['reason']}",
            )
        )
    for entry in json.loads(files["log-history.json"]):
        kind, kept, signed, why = entry["kind"], entry["size"], entry["signed"], entry["reason"]
        if kind == "restore":
            report.notes.append(
                (
                    f"Das Protokoll wurde aus einer Sicherung mit {kept} Einträgen zurückgeholt: {why}",
                    f"The log was brought back from a backup with {kept} entries: {why}",
                )
            )
        else:
            report.notes.append(
                (
                    f"Das Protokoll wurde von einer älteren Kopie mit {kept} Einträgen fortgesetzt, {signed} waren unterschrieben: {why}",
                    f"The log was continued from an older copy with {kept} entries, {signed} had been signed: {why}",
                )
            )
    last = json.loads(records[-1])
    address = last["address"]
    title = f"{address['channel']}: {address['normalised']} · {last['list']['title']} · {last['state_after']}"
    report.notes.append((title + f" · {size} Einträge im Protokoll", title + f" · {size} entries in the log"))
    if trusted:
        ours = any(k.name == key.name and k.public == key.public for k in trusted)
        report.note(ours, "der Schlüssel des Absenders hat unterschrieben", "the sender's key signed it")
    if report.ok:
        report.verdict = VALID if trusted else CONSISTENT
    return report


# ---- the command ----------------------------------------------------------------------------------------------------


def published_at(key):
    return f"https://{key.name.split('/')[0]}/.well-known/consent-log.vkey"


def fetch(key):
    import urllib.request

    with urllib.request.urlopen(published_at(key), timeout=20) as answer:
        return keys_of(answer.read(65536).decode())


def say(german, english, language):
    print(german if language == "de" else english)


def arguments(args):
    found = {"--key": None, "--lang": None, "--fetch": False, "path": None}
    args = list(args)
    while args:
        arg = args.pop(0)
        name, equals, value = arg.partition("=")
        if arg == "--fetch":
            found["--fetch"] = True
        elif name in ("--key", "--lang") and (equals or args):
            found[name] = value if equals else args.pop(0)
        elif arg.startswith("-") or found["path"]:
            return None
        else:
            found["path"] = arg
    if found["--lang"] is None:
        tag = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        found["--lang"] = "de" if (tag or (locale.getlocale()[0] or "")).lower().startswith("de") else "en"
    return found if found["--lang"] in ("de", "en") else None


def main(args):
    given = arguments(args)
    if given is None:
        print(__doc__)
        return 0 if set(args) & {"-h", "--help"} else USAGE
    language = given["--lang"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    path = given["path"] or os.path.dirname(os.path.abspath(__file__))
    trusted = []
    if given["--key"] is not None:
        try:
            text = given["--key"]
            if os.path.exists(text):
                with open(text, encoding="utf-8") as file:
                    text = file.read()
            trusted = keys_of(text)
        except (OSError, ValueError) as error:
            say(f"Das ist kein Schlüssel: {error}", f"This is not a key: {error}", language)
            return USAGE
        if not trusted:
            say("Die Datei enthält keinen Schlüssel", "The file holds no key", language)
            return USAGE
    try:
        if os.path.isdir(path):
            files = load_folder(path)
        else:
            with open(path, "rb") as file:
                files = load_zip(file.read(MAX_SIZE + 1))
        if given["--fetch"]:
            key = Key(files["log.vkey"].decode())
            say(f"Frage {published_at(key)} …", f"Asking {published_at(key)} …", language)
            try:
                trusted += fetch(key)
            except (OSError, ValueError) as error:
                say(f"Dort war kein Schlüssel zu lesen: {error}", f"No key could be read there: {error}", language)
        report = check(files, trusted)
    except NoProof as error:
        say("FEHLER  " + error.args[0], "FAILED  " + error.args[1], language)
        say("UNGÜLTIG", "INVALID", language)
        return INVALID
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        say(
            f"FEHLER  Dateien fehlen oder sind beschädigt: {error!r}",
            f"FAILED  files are missing or damaged: {error!r}",
            language,
        )
        say("UNGÜLTIG", "INVALID", language)
        return INVALID
    for holds, german, english in report.lines:
        say(("OK      " if holds else "FEHLER  ") + german, ("OK      " if holds else "FAILED  ") + english, language)
    print()
    for german, english in report.notes:
        say(german, english, language)
    if report.verdict == VALID:
        say(
            "GÜLTIG: nichts wurde verändert, und der Schlüssel des Absenders hat unterschrieben.",
            "VALID: nothing was changed, and the sender's key signed it.",
            language,
        )
        if given["--fetch"]:
            say(
                f"Der Schlüssel kam von {published_at(report.key)}: vergewissern Sie sich, dass diese Website dem Absender gehört.",
                f"The key came from {published_at(report.key)}: make sure that this website belongs to the sender.",
                language,
            )
    elif report.verdict == CONSISTENT:
        say(
            "STIMMIG, unterschrieben mit dem Schlüssel in dieser Datei: vergleichen Sie ihn. Ob er dem Absender gehört, wurde nicht geprüft.",
            "CONSISTENT, signed by the key in this file: compare it. Whether it is the sender's was not checked.",
            language,
        )
        print("  " + report.key.vkey)
        say(
            f"Der Absender veröffentlicht seinen Schlüssel unter {published_at(report.key)}\n"
            "Dann: python3 verify.py --key SCHLÜSSEL (oder --fetch, das ihn dort liest)",
            f"The sender publishes the key at {published_at(report.key)}\n"
            "Then: python3 verify.py --key KEY (or --fetch, which reads it there)",
            language,
        )
    else:
        say("UNGÜLTIG", "INVALID", language)
    return report.verdict


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
