// Starts the program. What the page at this address needs is asked for at once, not only when the program asks.
const pages = {{pages}};
const page = pages.find(([path]) => location.pathname === path || location.pathname.startsWith(`${path}/`));
for (const name of page?.[1] ?? []) {
  const link = document.createElement("link");
  const href = new URL(name, import.meta.url).href;
  Object.assign(link, { rel: "preload", as: "fetch", type: "application/wasm", crossOrigin: "anonymous", href });
  document.head.append(link);
}
const { default: start } = await import("./{{glue}}");
await start({ module_or_path: new URL("./{{wasm}}", import.meta.url) });
