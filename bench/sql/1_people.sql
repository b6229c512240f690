-- Comparisons as the rules want them, months as the calendar has them, and the anchors of every patient.
CREATE MACRO same(a, b) AS abs(a - b) <= 1e-9 * greatest(abs(a), abs(b));
CREATE MACRO below(a, b) AS a < b AND NOT same(a, b);
CREATE MACRO above(a, b) AS a > b AND NOT same(a, b);
CREATE MACRO reaches(hi, hi_open, b) AS above(hi, b) OR (same(hi, b) AND NOT hi_open);
CREATE MACRO at_most(lo, lo_open, b, b_open) AS below(lo, b) OR (same(lo, b) AND NOT lo_open AND NOT b_open);
CREATE MACRO later(day, n) AS CAST(day + to_months(CAST(n AS INTEGER)) AS DATE);
CREATE MACRO months(since, day) AS
    (year(day) - year(since)) * 12 + month(day) - month(since)
    - CASE WHEN day(day) < day(since) AND day < last_day(day) THEN 1 ELSE 0 END;

CREATE TEMP TABLE given AS
SELECT patient, course, min(date) AS first_day, max(date) AS last_day
FROM infusions WHERE coalesce(status, 'given') = 'given' AND date <= DATE '{as_of}'
GROUP BY ALL;

CREATE TEMP TABLE people AS
WITH ordered AS (
    SELECT *, first_day <= lag(first_day) OVER (PARTITION BY patient ORDER BY course) AS disorder FROM given
), spans AS (
    SELECT patient, min(course) AS lowest, min(first_day) AS earliest, max(last_day) AS last,
           min(first_day) FILTER (course = 1) AS first, coalesce(bool_or(disorder), false) AS disorder
    FROM ordered GROUP BY patient
), planned AS (SELECT DISTINCT patient FROM infusions WHERE status = 'planned')
SELECT p.patient, coalesce(p.sex, 'unknown') AS sex, s.first, later(s.last, 48) AS until,
       CASE WHEN s.patient IS NULL THEN n.patient IS NULL
            ELSE coalesce(s.earliest < p.birth_date, false) OR s.lowest <> 1 OR s.disorder END AS wrong
FROM patients p LEFT JOIN spans s USING (patient) LEFT JOIN planned n USING (patient);
