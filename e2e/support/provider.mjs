// A real OpenID provider, oidc-provider, with its own pages for signing in: whoever gives a name there is that person.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";
import { freePort } from "./programs.mjs";

export const client = { id: "bastion", secret: "a secret of sixteen signs and more" };

// Before a browser goes there: its pages ask for a font of somebody else.
export const withoutFonts = (context) => context.route("https://fonts.googleapis.com/**", (route) => route.abort());

// `people`: the claims of each, by the name that they sign in with there.
export async function startProvider(redirectUri, people) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "journey", use: "sig", alg: "RS256" }] },
    cookies: { keys: ["only for this journey"] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, name) => people[name] && { accountId: name, claims: () => ({ sub: name, ...people[name] }) },
  });
  const server = await new Promise((done) => {
    const listening = provider.listen(port, "127.0.0.1", () => done(listening));
  });
  const stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { issuer, stop };
}

// What a person does there.
export async function signInThere(page, name) {
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}
