# Great Expectations: rows, NULLs, distinct values, least, greatest, mean and median of one table's columns.
# Usage: great_expectations.py URL TABLE
import sys

import great_expectations as gx
from great_expectations.validator.metric_configuration import MetricConfiguration

url, table = sys.argv[1].replace("postgresql://", "postgresql+psycopg2://"), sys.argv[2]
context = gx.get_context(mode="ephemeral")
source = context.data_sources.add_postgres("bench", connection_string=url)
batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all").get_batch()
types = batch.columns()
numeric = {"id", "customer_id", "amount", "score", "small", "big"}
metrics = [MetricConfiguration("table.row_count", {})]
for column in types:
    wanted = ["column_values.null.count", "column.distinct_values.count"]
    if column in numeric:
        wanted += ["column.min", "column.max", "column.mean", "column.median"]
    metrics += [MetricConfiguration(name, {"column": column}) for name in wanted]
asset = source.get_asset(table)
validator = context.get_validator(batch_request=asset.build_batch_request())
found = validator.metrics_calculator.compute_metrics(metrics)
assert len(found[0] if isinstance(found, tuple) else found) >= 40, found
