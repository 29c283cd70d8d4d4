-- Databricks notebook source
-- MAGIC %md
-- MAGIC ## Revenue
-- MAGIC What the shop earned, by month and region.

-- COMMAND ----------

CREATE OR REPLACE VIEW shop.revenue AS
SELECT date_trunc('MONTH', order_date) AS month, region, sum(amount) AS revenue
FROM shop.orders
GROUP BY ALL

-- COMMAND ----------

SELECT * FROM shop.revenue ORDER BY month, region
