-- Which item of every activity was answered last. One test: its newest value says it.
CREATE TEMP TABLE newest AS
SELECT patient, test, max(date) AS date FROM counted
WHERE answers AND test IN ('creatinine', 'urine_rbc', 'tsh', 'alt') GROUP BY ALL;

CREATE TEMP TABLE cd4 AS
WITH released AS (
    SELECT p.patient, max(c.date) AS day FROM people p LEFT JOIN counted c
        ON c.patient = p.patient AND c.test = 'cd4' AND c.answers AND NOT below(c.lo, 200) GROUP BY ALL
), anchored AS (
    SELECT g.patient, arg_min(g.first_day, g.course) AS anchor FROM given g JOIN released r USING (patient)
    WHERE r.day IS NULL OR g.last_day > r.day GROUP BY ALL
)
SELECT a.patient, a.anchor, max(c.date) AS date FROM anchored a
LEFT JOIN counted c ON c.patient = a.patient AND c.test = 'cd4' AND c.answers GROUP BY ALL;

CREATE TEMP TABLE done AS
SELECT patient, code, max(date) AS date FROM events
WHERE date <= DATE '{as_of}' AND (code = 'rems-status' OR (kind = 'procedure' AND code IN ('skin-exam', 'hpv-screen'))) GROUP BY ALL;
