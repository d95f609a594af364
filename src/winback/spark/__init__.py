"""Apache Spark: the same code on parts of the customers, told what all give together; needs ``winback[spark]``."""

from winback.spark.asking import ask_everyone
from winback.spark.parts import Part, Parts
from winback.spark.rows import Rows
from winback.spark.session import spark_session
from winback.spark.sources import write_tables

__all__ = ["Part", "Parts", "Rows", "ask_everyone", "spark_session", "write_tables"]
