"""A gateway on this machine. All of its cryptography is that of the official SDK (PyPI threema.gateway): what it cannot open was not sealed right.

Prints its port. Answers the calls of Threema Gateway, and for the test:
  POST /_fault     {"path": …, "do": …, "times": n, "status": …, "retry_after": …, "entries": {"0": 400}}
  POST /_callback  {"from": ID, "kind": …, …}: the body of a signed callback
  GET  /_state     what has arrived, opened by its recipients
"""
import asyncio
import base64
import binascii
import datetime
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.parse

try:
    import libnacl.public
    from threema.gateway import e2e
    from threema.gateway.key import Key
except ImportError as missing:
    sys.exit(f"{missing}: install the peers with tests/peers --install")

OWN, SECRET = "*KRUME01", "s3cret&x"
OUR_KEY = Key.decode("private:" + sys.argv[1], Key.Type.private)
PREFIX = sys.argv[2] if len(sys.argv) > 2 else ""
blobs, messages, requests, faults, errors = {}, [], [], [], []
changed_keys = set()
without_files = set()
credits = [10_000]


def person_key(identity):
    seed = hashlib.sha256((identity + ("2" if identity in changed_keys else "")).encode()).digest()
    return libnacl.public.SecretKey(seed)


def public_key(identity):
    return libnacl.public.PublicKey((OUR_KEY if identity == OWN else person_key(identity)).pk)


def exists(identity):
    return len(identity) == 8 and not identity.startswith("NO")


class Downloaded:
    def __init__(self, content):
        self.content = content

    async def read(self):
        return self.content


class Person:
    """A connection of the SDK whose network is this process."""

    blocking = False

    def __init__(self, identity):
        self.id, self.key = identity, person_key(identity)

    @property
    def unwrap(self):
        return self

    async def get_public_key(self, identity):
        return public_key(identity)

    async def get_reception_capabilities(self, identity):
        return set(e2e.FileMessage.required_capabilities)

    async def download(self, blob):
        return Downloaded(blobs[blob])

    async def upload(self, content):
        return store(content)


def store(content):
    blob = os.urandom(16).hex()
    blobs[blob] = content
    return blob


async def accept(to, nonce, box):
    """Opens a message as the app of its recipient would. Returns its id, or a status."""
    if credits[0] <= 0:
        return 402
    if not exists(to):
        return 400
    if len(box) > 7812:
        return 413
    if len(nonce) != 24 or len(box) < 49:
        errors.append(f"nonce {len(nonce)}, box {len(box)}")
        return 400
    credits[0] -= 1
    person, identity = Person(to), os.urandom(8)
    record = {"to": to, "id": identity.hex(), "length": len(box)}
    try:
        about = {"from_id": OWN, "message_id": identity, "date": datetime.datetime.now()}
        got = await e2e.Message.receive(person, about, nonce, box)
        if got.type == e2e.Message.Type.text_message:
            record["text"] = got.text
        elif got.type == e2e.Message.Type.file_message:
            record |= {"file": got._file_name, "type": got.mime_type, "caption": got._caption}
            record |= {"size": len(got.file_content), "sha256": hashlib.sha256(got.file_content).hexdigest()}
            record["preview"] = len(got.thumbnail_content or b"")
        else:
            record["other"] = type(got).__name__
    except Exception as failed:
        errors.append(f"{to}: {type(failed).__name__}: {failed}")
    messages.append(record)
    return identity.hex()


async def callback(what):
    """The body of a callback, sealed by a person."""
    sender = Person(what["from"])
    arguments = {"to_id": OWN, "key": public_key(OWN)}
    kind = what["kind"]
    if kind == "text":
        nonce, box = await e2e.TextMessage(sender, text=what["text"], **arguments).send(get_data_only=True)
    elif kind == "receipt":
        receipt = e2e.DeliveryReceipt.ReceiptType(what["status"])
        ids = [bytes.fromhex(i) for i in what["ids"]]
        message = e2e.DeliveryReceipt(sender, receipt_type=receipt, message_ids=ids, **arguments)
        nonce, box = await message.send(get_data_only=True)
    elif kind == "file":
        content = what["content"].encode()
        message = e2e.FileMessage(sender, file_content=content, mime_type="text/plain", file_name=what["name"],
                                  caption=what.get("caption"), **arguments)
        nonce, box = await message.send(get_data_only=True)
    else:
        plain = bytes.fromhex(what["hex"])
        pad = max(7, 32 - (len(plain) - 1))
        nonce, box = e2e._pk_encrypt((sender.key, public_key(OWN)), plain + bytes([pad]) * pad)
    fields = {
        "from": what["from"], "to": OWN, "messageId": what.get("id") or os.urandom(8).hex(),
        "date": str(what.get("date", int(time.time()))), "nonce": nonce.hex(), "box": box.hex(),
    }
    mac = hmac.new(what.get("secret", SECRET).encode(), "".join(fields.values()).encode(), hashlib.sha256)
    return urllib.parse.urlencode(fields | {"mac": mac.hexdigest(), "nickname": what.get("nickname", "Änna")})


def parse_multipart(body, media_type):
    boundary = media_type.split("boundary=")[1].encode()
    head, content = body.split(b"--" + boundary + b"\r\n", 1)[1].split(b"\r\n\r\n", 1)
    if b'name="blob"' not in head or b"filename=" not in head:
        errors.append("multipart without a file part `blob`")
    return content.rsplit(b"\r\n--" + boundary + b"--", 1)[0]


async def answer(method, path, query, media_type, body):
    """(status, body) of a call."""
    if path == "/_fault":
        faults.append(json.loads(body))
        return 200, ""
    if path == "/_callback":
        return 200, await callback(json.loads(body))
    if path == "/_set":
        what = json.loads(body)
        changed_keys.update(what.get("changed", []))
        without_files.update(what.get("without_files", []))
        credits[0] = what.get("credits", credits[0])
        return 200, ""
    if path == "/_state":
        state = {"messages": messages, "requests": requests, "errors": errors, "blobs": len(blobs), "credits": credits[0]}
        return 200, json.dumps(state)
    if not path.startswith(PREFIX):
        return 404, ""
    path = path[len(PREFIX):]
    form = urllib.parse.parse_qs(body.decode()) if "urlencoded" in media_type else {}
    values = {k: v[0] for k, v in (query | form).items()}
    if values.get("from") != OWN or values.get("secret") != SECRET:
        return 401, ""
    if path == "/send_e2e":
        taken = await accept(values["to"], binascii.unhexlify(values["nonce"]), binascii.unhexlify(values["box"]))
        return (taken, "") if isinstance(taken, int) else (200, taken + "\n")
    if path == "/send_e2e_bulk":
        entries, results = json.loads(body), []
        if len(entries) > 1000:
            return 400, ""
        for entry in entries:
            if set(entry) - {"to", "nonce", "box", "noDeliveryReceipts", "noPush"}:
                errors.append(f"unknown keys {sorted(entry)}")
            decode = lambda key: base64.b64decode(entry[key], validate=True)
            taken = await accept(entry["to"], decode("nonce"), decode("box"))
            results.append({"errorCode": taken} if isinstance(taken, int) else {"messageId": taken})
        return 200, json.dumps(results)
    if path == "/send_simple":
        if len(values["text"].encode()) > 3500:
            return 413, ""
        if not exists(values["to"]):
            return 400, ""
        identity = os.urandom(8).hex()
        messages.append({"to": values["to"], "id": identity, "text": values["text"], "simple": True})
        return 200, identity
    if path == "/upload_blob":
        if values.get("persist") != "1":
            errors.append("a blob without persist=1")
        content = parse_multipart(body, media_type)
        if credits[0] <= 0:
            return 402, ""
        credits[0] -= 1
        return 200, store(content) + "\n"
    if path.startswith("/blobs/"):
        blob = blobs.get(path[7:])
        return (200, blob) if blob is not None else (404, "")
    if path.startswith("/pubkeys/") and path != "/pubkeys/bulk":
        identity = path[9:]
        return (200, public_key(identity).pk.hex() + "\n") if exists(identity) else (404, "")
    if path == "/pubkeys/bulk":
        found = [i for i in json.loads(body)["identities"] if exists(i)]
        return 200, json.dumps([{"identity": i, "publicKey": public_key(i).pk.hex()} for i in found])
    if path.startswith("/capabilities/"):
        return 200, "text,image" if path[14:] in without_files else "file,text,video,pfs"
    if path == "/credits":
        return 200, f"{credits[0]}\n"
    return 404, ""


def take_fault(path):
    for fault in faults:
        if fault["path"] == path and fault.get("times", 1) > 0:
            fault["times"] = fault.get("times", 1) - 1
            return fault
    return {}


async def serve(reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in head[1:] if ":" in line)}
            url = urllib.parse.urlsplit(target)
            path = urllib.parse.unquote(url.path)
            short = path[len(PREFIX):] if PREFIX and path.startswith(PREFIX) else path
            fault = take_fault(short)
            do = fault.get("do")
            if do == "cut_head":
                writer.transport.abort()
                return
            length = int(headers.get("content-length", 0))
            if do == "cut_body":
                await reader.read(1)
                writer.transport.abort()
                return
            body = await reader.readexactly(length)
            if not short.startswith("/_"):
                requests.append(short)
            if do == "status":
                status, content = fault["status"], ""
            else:
                status, content = await answer(method, path, urllib.parse.parse_qs(url.query), headers.get("content-type", ""), body)
            if do == "cut_answer":
                writer.transport.abort()
                return
            if do == "silent":
                await asyncio.sleep(60)
                return
            if do == "garbage":
                content = "<html>"
            if do == "mismatch":
                content = json.dumps(json.loads(content)[1:])
            if do == "entries":
                results = json.loads(content)
                for n, code in fault["entries"].items():
                    results[int(n)] = {"errorCode": code}
                content = json.dumps(results)
            if isinstance(content, str):
                content = content.encode()
            retry = f"retry-after: {fault['retry_after']}\r\n" if "retry_after" in fault else ""
            out = f"HTTP/1.1 {status} X\r\n{retry}content-length: {len(content)}\r\n\r\n".encode() + content
            if do == "cut_in_answer":
                writer.write(out[:-1])
                await writer.drain()
                writer.transport.abort()
                return
            writer.write(out)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the test that has started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
