// pg-introspection: its one statement over the whole catalog, parsed. Usage: pg_introspection.mjs PACKAGES URL SCHEMA TABLES
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, connectionString, schema, tables] = process.argv.slice(2);
const { resolve } = createRequire(join(packages, "package.json"));
const load = (name) => import(pathToFileURL(resolve(name)));
const { makeIntrospectionQuery, parseIntrospectionResults } = await load("pg-introspection");
const { default: pg } = await load("pg");

const client = new pg.Client({ connectionString });
await client.connect();
const { rows: [{ introspection }] } = await client.query(makeIntrospectionQuery());
await client.end();
const found = parseIntrospectionResults(introspection);
const own = found.classes.filter((one) => one.relkind === "r" && one.getNamespace().nspname === schema);
if (own.length !== Number(tables)) throw new Error(`${own.length} tables were found`);
