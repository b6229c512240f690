-- Every rule that these data can meet. A leg holds when it is at least undecided; a finding stays active
-- until a later final value makes its leg false, so all that matters is the last day on which it was false.
CREATE TEMP TABLE base AS
SELECT patient, test, max(date) AS day, arg_max(lo, date) AS lo, arg_max(hi, date) AS hi, arg_max(hi_open, date) AS hi_open
FROM counted JOIN people USING (patient)
WHERE test IN ('hemoglobin', 'creatinine') AND answers AND date <= first
GROUP BY ALL;

CREATE TEMP TABLE platelets AS
SELECT patient, date, lo, hi, lo_open, hi_open, answers,
       lag(CASE WHEN answers THEN lo END IGNORE NULLS) OVER earlier AS p_lo,
       lag(CASE WHEN answers THEN hi END IGNORE NULLS) OVER earlier AS p_hi,
       lag(CASE WHEN answers THEN hi_open END IGNORE NULLS) OVER earlier AS p_open
FROM counted WHERE test = 'platelets' WINDOW earlier AS (PARTITION BY patient ORDER BY date);

CREATE TEMP TABLE platelets_false AS
SELECT patient,
       max(date) FILTER (NOT below(lo, 20)) AS p20, max(date) FILTER (NOT below(lo, 50)) AS p50,
       max(date) FILTER (NOT below(lo, 100)) AS p100,
       max(date) FILTER (NOT (below(lo, 100) AND reaches(hi, hi_open, 50))) AS p50_100,
       max(date) FILTER (NOT (below(lo, 150) AND reaches(hi, hi_open, 100))) AS p100_150
FROM platelets WHERE answers GROUP BY patient;

CREATE TEMP TABLE hemoglobin AS
SELECT c.patient, c.date, c.lo, c.lo_open, c.answers,
       CASE WHEN c.date > b.day THEN b.hi END AS b_hi, CASE WHEN c.date > b.day THEN b.hi_open END AS b_open,
       lag(CASE WHEN answers THEN c.hi END IGNORE NULLS) OVER earlier AS p_hi,
       lag(CASE WHEN answers THEN c.hi_open END IGNORE NULLS) OVER earlier AS p_open
FROM counted c LEFT JOIN base b ON b.patient = c.patient AND b.test = 'hemoglobin'
WHERE c.test = 'hemoglobin' WINDOW earlier AS (PARTITION BY c.patient ORDER BY c.date);

CREATE TEMP TABLE hemoglobin_false AS
SELECT patient, max(date) FILTER (NOT below(lo, 10)) AS h10,
       max(date) FILTER (NOT at_most(lo, lo_open, b_hi - 2, b_open)) AS fall
FROM hemoglobin WHERE answers GROUP BY patient;

CREATE TEMP TABLE creatinine AS
SELECT c.patient, c.date, c.answers, coalesce(above(c.hi, b.lo * 1.3), false) AS risen, c.date > b.day AS judged
FROM counted c LEFT JOIN base b ON b.patient = c.patient AND b.test = 'creatinine' AND c.date > b.day
WHERE c.test = 'creatinine';

CREATE TEMP TABLE gathered AS  -- the tests of which one value suffices for a leg; and their newest values
WITH flat AS (
    SELECT patient, date, answers, answers AS judged, test,
           CASE test WHEN 'neutrophils' THEN below(lo, 1) WHEN 'urine_rbc' THEN reaches(hi, hi_open, 3)
                     WHEN 'tsh' THEN below(lo, coalesce(low, 0.4)) WHEN 'alt' THEN above(hi, coalesce(high, 40) * 3) END AS one,
           CASE test WHEN 'neutrophils' THEN below(lo, 0.5)
                     WHEN 'tsh' THEN above(hi, coalesce(high, 4.0)) WHEN 'alt' THEN above(hi, coalesce(high, 40) * 5) END AS two
    FROM counted WHERE test IN ('neutrophils', 'urine_rbc', 'tsh', 'alt')
    UNION ALL
    SELECT patient, date, answers, answers AND judged, 'creatinine', risen, NULL FROM creatinine
)
SELECT patient, test, list(date) FILTER (one) AS ones, list(date) FILTER (two) AS twos, max(date) FILTER (answers) AS newest,
       max(date) FILTER (judged AND NOT one) AS one_false, max(date) FILTER (judged AND NOT two) AS two_false
FROM flat GROUP BY patient, test;

CREATE TEMP TABLE single AS  -- patient, leg, day on which it held, last day on which it was false
SELECT patient, test AS leg, unnest(ones) AS date, one_false AS last_false FROM gathered WHERE ones IS NOT NULL
UNION ALL
SELECT patient, test || '-2', unnest(twos), two_false FROM gathered WHERE twos IS NOT NULL;

CREATE TEMP TABLE findings AS
WITH low_platelets AS (
    SELECT p.*, f.* EXCLUDE (patient),
           below(lo, 20) AS is20, below(lo, 50) AS is50,
           coalesce(p_hi <> 0 AND reaches(hi, hi_open, 100) AND at_most(lo, lo_open, p_hi * 0.5, p_open), false) AS halved,
           below(lo, 150) AND reaches(hi, hi_open, 100) AND NOT coalesce(
               NOT below(p_lo, 100) AND (below(p_hi, 150) OR (same(p_hi, 150) AND p_open)), false) AS new
    FROM platelets p LEFT JOIN platelets_false f USING (patient)
    WHERE below(lo, 150) OR at_most(lo, lo_open, p_hi * 0.5, p_open)
), low_hemoglobin AS (
    SELECT h.*, f.h10, f.fall, below(lo, 10) AS is10,
           coalesce(at_most(lo, lo_open, b_hi - 2, b_open), false) AS from_base,
           coalesce(at_most(lo, lo_open, p_hi - 2, p_open), false) AS from_previous
    FROM hemoglobin h LEFT JOIN hemoglobin_false f USING (patient)
    WHERE below(lo, 10) OR at_most(lo, lo_open, b_hi - 2, b_open) OR at_most(lo, lo_open, p_hi - 2, p_open)
), found AS (
    SELECT DISTINCT a.patient, 'PLT-1' AS rule, 0 AS tier, a.date, a.p20 AS last_false
    FROM low_platelets a JOIN low_platelets b ON b.patient = a.patient AND b.date BETWEEN a.date - 7 AND a.date
    WHERE a.is50 AND b.is20
    UNION ALL SELECT patient, 'PLT-2', 1, date, p50 FROM low_platelets WHERE is50
    UNION ALL SELECT patient, 'PLT-3', 1, date, p50_100 FROM low_platelets WHERE below(lo, 100) AND reaches(hi, hi_open, 50)
    UNION ALL SELECT patient, 'PLT-5', 3, date, p100_150 FROM low_platelets WHERE new
    UNION ALL
    SELECT a.patient, 'PLT-4', 1, a.date, max(b.date) FROM low_platelets a
    LEFT JOIN platelets b ON b.patient = a.patient AND b.date > a.date AND b.answers
         AND NOT (reaches(b.hi, b.hi_open, 100) AND at_most(b.lo, b.lo_open, a.p_hi * 0.5, a.p_open))
    WHERE a.halved GROUP BY a.patient, a.date
    UNION ALL SELECT patient, 'HB-1', 2, date, CASE WHEN is10 THEN h10 ELSE fall END FROM low_hemoglobin WHERE is10 OR from_base
    UNION ALL
    SELECT a.patient, 'HB-1', 2, a.date, max(b.date) FROM low_hemoglobin a
    LEFT JOIN hemoglobin b ON b.patient = a.patient AND b.date > a.date AND b.answers
         AND NOT at_most(b.lo, b.lo_open, a.p_hi - 2, a.p_open)
    WHERE a.from_previous AND NOT a.is10 AND NOT a.from_base GROUP BY a.patient, a.date
    UNION ALL
    SELECT patient, CASE leg WHEN 'neutrophils' THEN 'NEU-1' WHEN 'urine_rbc' THEN 'UA-3' WHEN 'creatinine' THEN 'CRE-1' ELSE 'LFT-1' END,
           CASE leg WHEN 'urine_rbc' THEN 3 ELSE 2 END, date, last_false
    FROM single WHERE leg IN ('neutrophils', 'urine_rbc', 'creatinine', 'alt')
    UNION ALL SELECT patient, 'TSH-1', 3, date, arg_min(last_false, leg) FROM
        (SELECT patient, date, leg, coalesce(last_false, DATE '1000-01-01') AS last_false FROM single WHERE leg IN ('tsh', 'tsh-2')) GROUP BY patient, date
    UNION ALL
    SELECT DISTINCT a.patient, CASE a.leg WHEN 'alt' THEN 'LFT-2' ELSE 'NEU-2' END, CASE a.leg WHEN 'alt' THEN 1 ELSE 0 END, a.date, b.last_false
    FROM single a JOIN single b ON b.patient = a.patient AND b.leg = a.leg || '-2'
         AND b.date BETWEEN a.date - CASE a.leg WHEN 'alt' THEN 35 ELSE 3 END AND a.date
    WHERE a.leg IN ('alt', 'neutrophils')
    UNION ALL
    SELECT DISTINCT d.patient, 'CRE-2', 0, d.date, c.last_false
    FROM single d JOIN single c ON c.patient = d.patient AND c.leg = 'creatinine' AND c.date BETWEEN d.date - 35 AND d.date
    JOIN single u ON u.patient = d.patient AND u.leg = 'urine_rbc' AND u.date BETWEEN d.date - 35 AND d.date
    WHERE d.leg IN ('creatinine', 'urine_rbc')
    UNION ALL
    SELECT DISTINCT d.patient, 'TMA-1', 0, d.date, p.p100
    FROM (SELECT patient, date, p100 FROM low_platelets WHERE below(lo, 100)) p
    JOIN (SELECT patient, date FROM single WHERE leg = 'creatinine') c ON c.patient = p.patient AND c.date BETWEEN p.date - 7 AND p.date + 7
    JOIN (SELECT patient, date FROM hemoglobin WHERE below(lo, b_hi) OR below(lo, p_hi)) h
        ON h.patient = p.patient AND h.date BETWEEN p.date - 7 AND p.date + 7
    CROSS JOIN LATERAL (SELECT p.patient, unnest([p.date, c.date, h.date]) AS date) d
    WHERE d.date BETWEEN p.date AND p.date + 7 AND d.date BETWEEN c.date AND c.date + 7 AND d.date BETWEEN h.date AND h.date + 7
)
SELECT patient, rule, tier, date FROM found WHERE last_false IS NULL OR last_false <= date;
