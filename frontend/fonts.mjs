// Cuts the fonts down to what the interface writes: Latin with its accents, and some signs. Usage: node fonts.mjs OUT
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import subsetFont from "subset-font";

const range = (from, to) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));
const signs = "–—‘’“”…•·×÷±≤≥≈→←↑↓€£%°✓";
const latin = range(0x20, 0x7e) + range(0xa0, 0xff) + signs;

const fonts = [
  // One file for all weights that the interface uses.
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "inter-latin-wght-normal.woff2", latin, { wght: { min: 400, max: 600 } }],
  ["@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2", "jetbrains-mono-latin-400-normal.woff2", range(0x20, 0x7e) + signs, {}],
];

const out = process.argv[2];
await mkdir(out, { recursive: true });
for (const [from, name, text, variationAxes] of fonts) {
  const font = await readFile(join(import.meta.dirname, "node_modules", from));
  await writeFile(join(out, name), await subsetFont(font, text, { targetFormat: "woff2", variationAxes }));
}
