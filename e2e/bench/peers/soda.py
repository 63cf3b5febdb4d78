# Soda 3: `profile columns` of one table. Usage: soda.py URL TABLE
import sys
from urllib.parse import urlparse

from soda.scan import Scan

url, table = urlparse(sys.argv[1]), sys.argv[2]
scan = Scan()
scan.disable_telemetry()
scan.set_data_source_name("bench")
scan.add_configuration_yaml_str(f"""
data_source bench:
  type: postgres
  host: {url.hostname}
  port: {url.port}
  username: {url.username}
  password: ""
  database: {url.path[1:]}
  schema: public
""")
scan.add_sodacl_yaml_str(f"""
profile columns:
  columns:
    - {table}.%
""")
scan.execute()
profiled = scan._profile_columns_result_tables
assert profiled and len(profiled[0].result_columns) > 10, scan.get_logs_text()
