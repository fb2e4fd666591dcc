"""Opens and makes messages with the official SDK (PyPI threema.gateway). One JSON line in, one out."""
import asyncio
import datetime
import hashlib
import json
import sys

try:
    import libnacl
    import libnacl.public
    from threema.gateway import e2e
    from threema.gateway.key import HMAC
except ImportError as missing:
    sys.exit(f"{missing}: install the peers with tests/peers --install")


class Peer:
    blocking = False

    def __init__(self, private, public):
        self.id = "*PEER001"
        self.key = libnacl.public.SecretKey(bytes.fromhex(private))
        self.other = libnacl.public.PublicKey(bytes.fromhex(public))

    @property
    def unwrap(self):
        return self

    async def get_public_key(self, identity):
        return self.other


async def run(order):
    peer = Peer(order["private"], order["public"])
    if order["do"] == "open":
        about = {"from_id": "ECHOECHO", "message_id": b"12345678", "date": datetime.datetime.now()}
        got = await e2e.Message.receive(peer, about, bytes.fromhex(order["nonce"]), bytes.fromhex(order["box"]))
        if got.type == e2e.Message.Type.text_message:
            return {"text": got.text}
        return {"status": got.receipt_type.value, "ids": [i.hex() for i in got.message_ids]}
    if order["do"] == "echo":
        answers = []
        for nonce, box in order["boxes"]:
            about = {"from_id": "ECHOECHO", "message_id": b"12345678", "date": datetime.datetime.now()}
            got = await e2e.Message.receive(peer, about, bytes.fromhex(nonce), bytes.fromhex(box))
            message = e2e.TextMessage(peer, text=got.text, to_id="ECHOECHO", key=peer.other)
            nonce, box = await message.send(get_data_only=True)
            answers.append({"text": got.text, "nonce": nonce.hex(), "box": box.hex()})
        return answers
    if order["do"] == "seal":
        message = e2e.TextMessage(peer, text=order["text"], to_id="ECHOECHO", key=peer.other)
        nonce, box = await message.send(get_data_only=True)
        return {"nonce": nonce.hex(), "box": box.hex()}
    if order["do"] == "file":
        key, nonce = bytes.fromhex(order["key"]), e2e.Message.nonce[order["what"]]
        content = e2e._sk_decrypt(key, nonce, bytes.fromhex(order["sealed"]))
        return {"sha256": hashlib.sha256(content).hexdigest(), "sealed": e2e._sk_encrypt(key, content, nonce=nonce)[1].hex()}
    return {"hash": HMAC.hash(order["text"], order["kind"]).hexdigest()}


for line in sys.stdin:
    print(json.dumps(asyncio.run(run(json.loads(line)))), flush=True)
