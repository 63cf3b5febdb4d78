// The fake Archestra gateway of the test kit, in front of a real agent.
import { join } from "node:path";
import { Program, programs } from "./programs.mjs";

// Answers its address and credentials: `{base, id, token, api_key, stop}`.
export async function startGateway(agent, { server = "shop_db", progressive = false, url = agent.url } = {}) {
  const args = [url, agent.token, server, ...(progressive ? ["--progressive"] : [])];
  const program = new Program("gateway", join(programs, "examples/gateway"), args);
  const access = await program.until(async () => /^\{.*\}$/m.exec(program.said)?.[0]);
  return { ...JSON.parse(access), stop: () => program.stop("SIGKILL") };
}
