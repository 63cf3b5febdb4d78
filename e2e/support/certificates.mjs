// An authority of one's own, and certificates that it signs, by OpenSSL, which PostgreSQL's package brings.
import { execFile } from "node:child_process";
import { chown, chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { user } from "./databases.mjs";
import { folder } from "./programs.mjs";

const run = promisify(execFile);
const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export async function authority(name) {
  const home = await folder();
  const file = (name) => join(home, name);
  await chmod(home, 0o755);
  await run("openssl", ["req", "-x509", ...key, "-keyout", file("ca.key"), "-out", file("ca.crt"), "-days", "2", "-subj", `/CN=${name}`]);
  // The key and the certificate of a server of this name, such as `IP:127.0.0.1`.
  async function issue(subject) {
    const [own, request, signed, extensions] = ["server.key", "server.csr", "server.crt", "server.ext"].map(file);
    await run("openssl", ["req", ...key, "-keyout", own, "-out", request, "-subj", "/CN=server"]);
    await writeFile(extensions, `subjectAltName=${subject}\n`);
    const by = ["-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial"];
    await run("openssl", ["x509", "-req", "-in", request, ...by, "-out", signed, "-days", "2", "-extfile", extensions]);
    return [own, signed];
  }
  return {
    certificate: file("ca.crt"),
    issue,
    remove: () => rm(home, { recursive: true, force: true }),
    // For a server of this name: settings by which PostgreSQL lets the agent's role in only with TLS.
    async sign(subject) {
      const [own, signed] = await issue(subject);
      // PostgreSQL reads a key that is its own and nobody else's.
      const { uid, gid } = user();
      if (uid !== undefined) await chown(own, uid, gid);
      await chmod(own, 0o600);
      const rules = file("hba.conf");
      await writeFile(rules, "host all postgres 127.0.0.1/32 trust\nhostssl all bastion 127.0.0.1/32 trust\n");
      return ["ssl=on", `ssl_cert_file=${signed}`, `ssl_key_file=${own}`, `hba_file=${rules}`];
    },
  };
}
