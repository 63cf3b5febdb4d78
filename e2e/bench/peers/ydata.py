# ydata-profiling: the minimal report of one table, which is loaded whole. Usage: ydata.py URL TABLE
import sys

import pandas
from sqlalchemy import create_engine
from ydata_profiling import ProfileReport

frame = pandas.read_sql(f"SELECT * FROM {sys.argv[2]}", create_engine(sys.argv[1]))
frame["token"] = frame["token"].astype(str)
assert len(ProfileReport(frame, minimal=True, progress_bar=False).to_json()) > 1000
