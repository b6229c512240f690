-- Which results count (superseding, retraction, what was known on the day), as intervals.
CREATE VIEW seen AS
SELECT patient, date, test, status, received, low, high, comparator,
       round(value * CASE unit WHEN 'mg/dL' THEN 88.42 WHEN 'g/L' THEN 0.1 ELSE 1 END, 6) AS value
FROM results
WHERE date <= DATE '{as_of}' AND (received IS NULL OR received < DATE '{as_of}' + INTERVAL 1 DAY);

CREATE TEMP TABLE tangled AS SELECT DISTINCT patient, test, date FROM seen WHERE status <> 'final';

CREATE TEMP TABLE settled AS
WITH twins AS (
    SELECT s.*, max(CASE WHEN status = 'cancelled' THEN received END) OVER (PARTITION BY patient, test, date) AS withdrawn
    FROM seen s SEMI JOIN tangled USING (patient, test, date)
)
SELECT * EXCLUDE (withdrawn) FROM twins
WHERE status <> 'cancelled' AND NOT coalesce(received < withdrawn, false)
QUALIFY rank() OVER (
    PARTITION BY patient, test, date
    ORDER BY CASE status WHEN 'corrected' THEN 0 WHEN 'final' THEN 1 ELSE 2 END,
             CASE WHEN status = 'corrected' THEN received END DESC NULLS LAST) = 1;

CREATE {kept} counted AS
SELECT {patient} AS patient, date, {test} AS test, status <> 'preliminary' AS answers, low, high,
       CASE WHEN comparator IN ('<', '<=') THEN least(0, value) ELSE value END AS lo,
       CASE WHEN comparator IN ('>', '>=') THEN 1e300 ELSE value END AS hi,
       coalesce(comparator = '>', false) AS lo_open, coalesce(comparator = '<', false) AS hi_open
FROM (SELECT * FROM seen ANTI JOIN tangled USING (patient, test, date) UNION ALL BY NAME SELECT * FROM settled)
WHERE value IS NOT NULL;
