// Everything that the database of a control plane holds, in lines: the tables as they are defined, and of each a hash of its
// rows. What a migration writes down of itself is left out, as it has the time of the day.
import { join } from "node:path";
import { printed } from "./python.mjs";

const embedded = `
import hashlib, sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
    tables = []
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name"):
        print(kind, name, " ".join((sql or "").split()))
        if kind == "table" and not name.endswith("_migration"):
            tables.append(name)
    for name in tables:
        rows = sorted(repr(row) for row in database.execute(f'SELECT * FROM "{name}"'))
        print("rows", name, len(rows), hashlib.sha256("\\n".join(rows).encode()).hexdigest())
`;

export async function contentOfSqlite(folder) {
  return (await printed(embedded, join(folder, "bastion.db"))).split("\n");
}

const onPostgres = `
SELECT line FROM (
  SELECT table_schema AS place, format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable,
         column_default) AS line FROM information_schema.columns
  UNION ALL SELECT schemaname, format('index %s', indexdef) FROM pg_indexes
  UNION ALL SELECT connamespace::regnamespace::text,
         format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
  UNION ALL SELECT schemaname, format('policy %s %s %s', tablename, qual, with_check) FROM pg_policies
  UNION ALL SELECT c.relnamespace::regnamespace::text, format('trigger %s', pg_get_triggerdef(t.oid))
         FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
  UNION ALL SELECT relnamespace::regnamespace::text, format('table %s %s %s %s', relname, relrowsecurity,
         relforcerowsecurity, relacl) FROM pg_class WHERE relkind = 'r'
  UNION ALL SELECT pronamespace::regnamespace::text, format('function %s %s', proname, md5(prosrc)) FROM pg_proc
  UNION ALL SELECT table_schema, format('rows of %s: %s', table_name, md5(query_to_xml(format(
         'SELECT * FROM %I.%I AS kept ORDER BY kept::text', table_schema, table_name), true, false, '')::text))
         FROM information_schema.tables WHERE table_name NOT LIKE '%\\_migration' AND table_schema IN ('platform', 'pooled')
) AS all_of_it WHERE place IN ('platform', 'pooled') ORDER BY line COLLATE "C"`;

export async function contentOfPostgres(postgres) {
  return (await postgres.psql(onPostgres)).split("\n");
}
