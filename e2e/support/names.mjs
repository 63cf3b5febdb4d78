// A name server of one journey: it knows the TXT records that are published, and no other name.
import { createSocket } from "node:dgram";
import { once } from "node:events";

const TXT = 16;

// The name that a message asks for and where its question ends.
function question(message) {
  const labels = [];
  let at = 12;
  for (let length = message[at]; length > 0; length = message[at]) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), kind: message.readUInt16BE(at + 1), end: at + 5 };
}

function answer(message, records) {
  const { name, kind, end } = question(message);
  const text = kind === TXT ? records.get(name) : undefined;
  const head = Buffer.alloc(12);
  message.copy(head, 0, 0, 2);
  // An answer of whom the name belongs to, to a question that may be asked of others: no error, or no such name.
  head.writeUInt16BE(text ? 0x8580 : 0x8583, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(text ? 1 : 0, 6);
  const asked = message.subarray(12, end);
  if (!text) return Buffer.concat([head, asked]);
  const data = Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
  // The name stands at byte 12; class Internet, for a minute.
  const record = Buffer.from([0xc0, 0x0c, 0, TXT, 0, 1, 0, 0, 0, 60, 0, data.length]);
  return Buffer.concat([head, asked, record, data]);
}

export async function startNames() {
  const records = new Map();
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => socket.send(answer(message, records), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    publish: (name, text) => records.set(name.toLowerCase(), text),
    stop: () => new Promise((done) => socket.close(done)),
  };
}
