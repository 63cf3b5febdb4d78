// A mail server on a loopback port that keeps what it is given. What breaks RFC 5321 is looked at in the tests of `integrations`.
import net from "node:net";

export async function startMailServer() {
  const mails = [];
  const server = net.createServer((socket) => {
    let [rest, data] = ["", undefined];
    const say = (line) => socket.write(`${line}\r\n`);
    const hear = (line) => {
      if (data && line === ".") {
        mails.push(data.map((text) => text.replace(/^\./, "")).join("\n"));
        data = undefined;
        say("250 Taken");
      } else if (data) {
        data.push(line);
      } else if (line === "DATA") {
        data = [];
        say("354 Go on");
      } else {
        say(/^(EHLO|MAIL|RCPT) /.test(line) ? "250 OK" : "221 Bye");
      }
    };
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (text) => {
      const lines = (rest + text).split("\r\n");
      rest = lines.pop();
      lines.forEach(hear);
    });
    say("220 mail.example");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const env = { BASTION_SMTP_URL: `smtp://127.0.0.1:${server.address().port}`, BASTION_MAIL_FROM: "bastion@example.org" };
  // The mail with this subject, once it has come; the next with it is another one.
  async function mail(subject) {
    const is = (text) => text.includes(`Subject: ${subject}\n`);
    for (let patience = 200; patience > 0 && !mails.some(is); patience -= 1) await new Promise((done) => setTimeout(done, 50));
    if (!mails.some(is)) throw new Error(`no mail "${subject}" came, but:\n${mails.join("\n\n")}`);
    return mails.splice(mails.findIndex(is), 1)[0];
  }
  const stop = () => new Promise((done) => server.close(done));
  return { env, mail, stop };
}
