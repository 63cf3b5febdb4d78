# Soda 4: a contract that asks of each column of one table what is missing and what comes twice, and of numbers the mean.
# Usage: soda_contract.py URL TABLE
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlparse

os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"
from soda_core.contracts import verify_contract_locally

NUMBERS = ["id", "customer_id", "amount", "score", "small", "big"]
OTHERS = ["email", "status", "note", "created_at", "updated_at", "day", "active", "token", "name", "ip"]
anything = "threshold: {{ must_be_greater_than: {} }}"


def column(name):
    mean = f"\n      - aggregate: {{ function: avg, {anything.format(-1e9)} }}" if name in NUMBERS else ""
    always = anything.format(-1)
    return f"  - name: {name}\n    checks:\n      - missing: {{ {always} }}\n      - duplicate: {{ {always} }}{mean}\n"


url, table = urlparse(sys.argv[1]), sys.argv[2]
with tempfile.TemporaryDirectory() as folder:
    source, contract = Path(folder, "source.yml"), Path(folder, "contract.yml")
    source.write_text(f"""
type: postgres
name: bench
connection:
  host: {url.hostname}
  port: {url.port}
  user: {url.username}
  password: "none"
  database: {url.path[1:]}
""")
    columns = "".join(map(column, NUMBERS + OTHERS))
    contract.write_text(f"dataset: bench/{url.path[1:]}/public/{table}\nchecks:\n  - row_count:\ncolumns:\n{columns}")
    found = verify_contract_locally(data_source_file_path=str(source), contract_file_path=str(contract))
    results = [check for one in found.contract_verification_results for check in one.check_results]
    assert found.is_ok and len(results) == 1 + 2 * 16 + len(NUMBERS), found.get_logs_str()
