-- Which item of every activity was answered last. One test: its newest value says it.
CREATE TEMP TABLE cd4_values AS SELECT patient, date, lo FROM counted WHERE test = 'cd4' AND answers;

CREATE TEMP TABLE cd4 AS
WITH released AS (
    SELECT p.patient, max(c.date) AS day FROM people p LEFT JOIN cd4_values c
        ON c.patient = p.patient AND NOT below(c.lo, 200) GROUP BY ALL
), anchored AS (
    SELECT g.patient, arg_min(g.first_day, g.course) AS anchor FROM given g JOIN released r USING (patient)
    WHERE r.day IS NULL OR g.last_day > r.day GROUP BY ALL
)
SELECT a.patient, a.anchor, max(c.date) AS date FROM anchored a
LEFT JOIN cd4_values c ON c.patient = a.patient GROUP BY ALL;

CREATE TEMP TABLE done AS
SELECT patient, code, max(date) AS date FROM events
WHERE date <= DATE '{as_of}' AND (code = 'rems-status' OR (kind = 'procedure' AND code IN ('skin-exam', 'hpv-screen'))) GROUP BY ALL;
