# ydata-profiling: the minimal report of one table, which is loaded whole. Usage: ydata.py URL TABLE
import sys

import pandas
from sqlalchemy import create_engine
from ydata_profiling import ProfileReport

url, table = sys.argv[1].replace("postgresql://", "postgresql+psycopg2://"), sys.argv[2]
frame = pandas.read_sql(f"SELECT * FROM {table}", create_engine(url))
frame["token"] = frame["token"].astype(str)
assert len(ProfileReport(frame, minimal=True, progress_bar=False).to_json()) > 1000
