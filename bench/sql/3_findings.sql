-- Every rule of one test that these data can meet. A leg holds when it is at least undecided; a finding stays active
-- until a later final value makes its rule false, so all that matters is the last day on which it was false.
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
       max(date) FILTER (NOT (below(lo, 100) AND reaches(hi, hi_open, 50))) AS p50_100,
       max(date) FILTER (NOT (below(lo, 150) AND reaches(hi, hi_open, 100))) AS p100_150
FROM platelets WHERE answers GROUP BY patient;

CREATE TEMP TABLE hemoglobin AS
SELECT c.patient, c.date, c.lo, c.lo_open, c.answers, below(c.lo, 10) AS is10,
       coalesce(c.date > b.day AND at_most(c.lo, c.lo_open, b.hi - 2, b.hi_open), false) AS from_base,
       lag(CASE WHEN answers THEN c.hi END IGNORE NULLS) OVER earlier AS p_hi,
       lag(CASE WHEN answers THEN c.hi_open END IGNORE NULLS) OVER earlier AS p_open
FROM counted c LEFT JOIN base b ON b.patient = c.patient AND b.test = 'hemoglobin'
WHERE c.test = 'hemoglobin' WINDOW earlier AS (PARTITION BY c.patient ORDER BY c.date);

CREATE TEMP TABLE creatinine AS
SELECT c.patient, c.date, c.answers, coalesce(above(c.hi, b.lo * 1.3), false) AS risen, c.date > b.day AS judged
FROM counted c LEFT JOIN base b ON b.patient = c.patient AND b.test = 'creatinine' AND c.date > b.day
WHERE c.test = 'creatinine';

CREATE TEMP TABLE gathered AS  -- the tests of which one value suffices; and their newest values
WITH flat AS (
    SELECT patient, date, answers, answers AS judged, test,
           CASE test WHEN 'neutrophils' THEN below(lo, 1) WHEN 'urine_rbc' THEN reaches(hi, hi_open, 3)
                     WHEN 'tsh' THEN below(lo, coalesce(low, 0.4)) OR above(hi, coalesce(high, 4.0))
                     WHEN 'alt' THEN above(hi, coalesce(high, 40) * 3) END AS one,
           CASE test WHEN 'neutrophils' THEN below(lo, 0.5) WHEN 'alt' THEN above(hi, coalesce(high, 40) * 5) END AS two
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
), recovered AS (
    SELECT patient, date, lo, lo_open FROM hemoglobin WHERE answers AND NOT is10 AND NOT from_base
), found AS (
    SELECT patient, 'PLT-1' AS rule, 0 AS tier, date, p20 AS last_false FROM low_platelets WHERE is20
    UNION ALL SELECT patient, 'PLT-2', 1, date, p50 FROM low_platelets WHERE is50
    UNION ALL SELECT patient, 'PLT-3', 1, date, p50_100 FROM low_platelets WHERE below(lo, 100) AND reaches(hi, hi_open, 50)
    UNION ALL SELECT patient, 'PLT-5', 3, date, p100_150 FROM low_platelets WHERE new
    UNION ALL
    SELECT a.patient, 'PLT-4', 1, a.date, max(b.date) FROM low_platelets a
    LEFT JOIN platelets b ON b.patient = a.patient AND b.date > a.date AND b.answers
         AND NOT (reaches(b.hi, b.hi_open, 100) AND at_most(b.lo, b.lo_open, a.p_hi * 0.5, a.p_open))
    WHERE a.halved GROUP BY a.patient, a.date
    UNION ALL
    SELECT a.patient, 'HB-1', 2, a.date, NULL FROM hemoglobin a
    ANTI JOIN recovered b ON b.patient = a.patient AND b.date > a.date
         AND NOT coalesce(at_most(b.lo, b.lo_open, a.p_hi - 2, a.p_open), false)
    WHERE a.is10 OR a.from_base OR at_most(a.lo, a.lo_open, a.p_hi - 2, a.p_open)
    UNION ALL
    SELECT s.patient, r.rule, r.tier, s.date, s.last_false FROM single s
    JOIN (VALUES ('neutrophils', 'NEU-1', 2), ('neutrophils-2', 'NEU-2', 0), ('urine_rbc', 'UA-3', 3), ('creatinine', 'CRE-1', 2),
                 ('alt', 'LFT-1', 2), ('alt-2', 'LFT-2', 1), ('tsh', 'TSH-1', 3)) r(leg, rule, tier) USING (leg)
)
SELECT patient, rule, tier, date FROM found WHERE last_false IS NULL OR last_false <= date;
