# DataHub: the profiling of its PostgreSQL source, into a file. Usage: datahub.py URL TABLE [flatten]
import json
import sys
import tempfile
from urllib.parse import urlparse

from datahub.ingestion.run.pipeline import Pipeline

url, table = urlparse(sys.argv[1]), sys.argv[2]
with tempfile.NamedTemporaryFile(suffix=".json") as file:
    pipeline = Pipeline.create({
        "source": {"type": "postgres", "config": {
            "host_port": f"{url.hostname}:{url.port}", "database": url.path[1:], "username": url.username,
            "table_pattern": {"allow": [f".*public\\.{table}$"]}, "schema_pattern": {"allow": ["public"]},
            "profiling": {"enabled": True, "query_combiner_flatten_enabled": sys.argv[3:] == ["flatten"]},
        }},
        "sink": {"type": "file", "config": {"filename": file.name}},
    })
    pipeline.run()
    pipeline.raise_from_status()
    found = [entry for entry in json.load(open(file.name)) if entry.get("aspectName") == "datasetProfile"]
    assert found, "no profile was written"
