-- The blood count wants four tests in one item: a bit for each item and test, in one pass.
CREATE TEMP TABLE panel AS
WITH placed AS (
    SELECT patient, test, 1::HUGEINT << least(months(first, date + 7), months(first, until)) AS item
    FROM (SELECT patient, date, test FROM counted WHERE answers AND test IN ('neutrophils', 'lymphocytes')
          UNION ALL SELECT patient, date, 'platelets' FROM platelets WHERE answers
          UNION ALL SELECT patient, date, 'hemoglobin' FROM hemoglobin WHERE answers)
    JOIN people USING (patient) WHERE months(first, date + 7) >= 1
)
SELECT patient, length(bin(
           bit_or(item) FILTER (test = 'platelets') & bit_or(item) FILTER (test = 'neutrophils')
           & bit_or(item) FILTER (test = 'lymphocytes') & bit_or(item) FILTER (test = 'hemoglobin'))) - 1 AS item
FROM placed GROUP BY patient;
