# SQLAlchemy: everything that its inspector reads in bulk of one schema. Usage: sqlalchemy.py URL SCHEMA TABLES
import sys

from sqlalchemy import create_engine, inspect

url, schema, tables = sys.argv[1].replace("postgresql://", "postgresql+psycopg2://"), sys.argv[2], int(sys.argv[3])
inspector = inspect(create_engine(url))
columns = inspector.get_multi_columns(schema=schema)
for read in ("pk_constraint", "foreign_keys", "indexes", "unique_constraints", "check_constraints", "table_comment"):
    getattr(inspector, f"get_multi_{read}")(schema=schema)
assert sum(map(len, columns.values())) == 20 * tables and len(columns) == tables, len(columns)
