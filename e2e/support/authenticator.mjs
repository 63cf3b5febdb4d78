// An authenticator app: the code of a secret as a person types it in (RFC 6238, SHA-1, six digits, 30 seconds).
import { createHmac } from "node:crypto";

function bytes(base32) {
  const bits = [...base32].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  return Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

export function code(secret, now = Date.now()) {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac("sha1", bytes(secret)).update(step).digest();
  const word = hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, "0");
}
