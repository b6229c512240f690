-- The blood count wants four tests in one item: grouped by item, then the newest complete one.
CREATE TEMP TABLE panel AS
WITH placed AS (
    SELECT patient, test, least(months(first, date + 7), months(first, until)) AS item
    FROM (SELECT patient, date, test FROM counted WHERE answers AND test IN ('neutrophils', 'lymphocytes')
          UNION ALL SELECT patient, date, 'platelets' FROM platelets WHERE answers
          UNION ALL SELECT patient, date, 'hemoglobin' FROM hemoglobin WHERE answers)
    JOIN people USING (patient) WHERE months(first, date + 7) >= 1
), complete AS (
    SELECT patient, item FROM placed GROUP BY patient, item
    HAVING bool_or(test = 'platelets') AND bool_or(test = 'neutrophils') AND bool_or(test = 'lymphocytes') AND bool_or(test = 'hemoglobin')
)
SELECT patient, max(item) AS item FROM complete GROUP BY patient;
