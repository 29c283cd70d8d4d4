# Databricks notebook source
# MAGIC %md
# MAGIC # Load orders
# MAGIC Reads yesterday's orders of the shop, drops what was cancelled, and keeps one row per order.

# COMMAND ----------

from pyspark.sql import functions as F

orders = (
    spark.read.table("shop.raw_orders")
    .where(F.col("state") != "cancelled")
    .dropDuplicates(["order_id"])
)

# COMMAND ----------

# DBTITLE 1,How many orders a day
# MAGIC %sql
# MAGIC SELECT order_date, count(*) AS orders
# MAGIC FROM shop.raw_orders
# MAGIC GROUP BY order_date
# MAGIC ORDER BY order_date

# COMMAND ----------

orders.write.mode("overwrite").saveAsTable("shop.orders")
