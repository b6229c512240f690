-- Statuses of every activity, then one line for each patient: the most urgent, the longest wait, the counts.
CREATE TEMP TABLE statuses AS
WITH series(activity, every, early, grace, first_item) AS (
    VALUES ('cbc', 1, 7, 7, 1), ('creatinine', 1, 7, 7, 1), ('urinalysis', 1, 7, 7, 1), ('thyroid', 3, 14, 14, 1),
           ('liver', 1, 7, 7, 1), ('skin-exam', 12, 30, 30, 1), ('hpv-screen', 12, 30, 30, 1), ('rems-status', 6, 14, 14, 1)
), asked AS (
    SELECT p.patient, s.*, p.first AS anchor, p.until, coalesce(n.newest, d.date) AS newest, l.item
    FROM people p CROSS JOIN series s
    LEFT JOIN gathered n ON n.patient = p.patient AND n.test =
        CASE s.activity WHEN 'creatinine' THEN 'creatinine' WHEN 'urinalysis' THEN 'urine_rbc' WHEN 'thyroid' THEN 'tsh' WHEN 'liver' THEN 'alt' END
    LEFT JOIN done d ON d.patient = p.patient AND d.code = s.activity
    LEFT JOIN panel l ON l.patient = p.patient AND s.activity = 'cbc'
    WHERE NOT p.wrong AND p.first IS NOT NULL AND (s.activity <> 'hpv-screen' OR p.sex = 'female')
    UNION ALL
    SELECT p.patient, 'cd4', 1, 7, 7, 2, c.anchor, p.until, c.date, NULL
    FROM people p JOIN cd4 c USING (patient) WHERE NOT p.wrong AND p.first IS NOT NULL
), counted_items AS (
    SELECT *, months(anchor, until) // every AS final_item,
           least(months(anchor, DATE '{as_of}' + early) // every, months(anchor, until) // every) AS opened,
           greatest(first_item - 1, coalesce(item, CASE WHEN newest IS NOT NULL  -- least() passes over a NULL
               THEN least(months(anchor, newest + early) // every, months(anchor, until) // every) END, 0)) AS answered
    FROM asked
)
SELECT patient, activity, CASE WHEN DATE '{as_of}' > later(anchor, opened * every) + grace OR answered < opened - 1
                               THEN 'overdue' ELSE 'due' END AS status,
       later(anchor, opened * every) - early AS opens,
       later(anchor, (answered + 1) * every) + grace AS run_closes
FROM counted_items WHERE opened >= first_item AND answered < opened;

CREATE TEMP TABLE worklist AS
WITH offers AS (
    SELECT patient, tier, date AS since, DATE '{as_of}' - date AS days, 0 AS kind, rule AS item FROM findings
    UNION ALL
    SELECT patient, CASE WHEN DATE '{as_of}' - run_closes >= 54 THEN 1 WHEN DATE '{as_of}' - run_closes >= 24 THEN 2
                         WHEN DATE '{as_of}' - run_closes >= 8 THEN 3 ELSE 4 END,
           run_closes + 1, DATE '{as_of}' - run_closes, 1, activity FROM statuses WHERE status = 'overdue'
    UNION ALL SELECT patient, 4, opens, 0, 2, activity FROM statuses WHERE status = 'due'
    UNION ALL SELECT patient, 4, NULL, 0, 3, CASE WHEN wrong THEN '' ELSE 'hpv-screen' END FROM people
              WHERE wrong OR sex NOT IN ('female', 'male')
), lines AS (
    SELECT patient, arg_min({{'tier': tier, 'since': since, 'days': days, 'item': item}}, (tier, -days, kind, item)) AS line,
           count(*) FILTER (kind = 0) AS findings, count(*) FILTER (kind = 1) AS overdue, count(*) FILTER (kind = 2) AS due
    FROM offers GROUP BY patient
)
SELECT row_number() OVER (ORDER BY line.tier, line.days DESC, patient)::INTEGER AS rank, patient,
       ['emergency', 'same-day', '48-hours', 'week', 'routine'][line.tier + 1] AS tier, line.item AS item, line.since AS since,
       line.days::INTEGER AS days, findings::INTEGER AS findings, overdue::INTEGER AS overdue, due::INTEGER AS due
FROM lines ORDER BY rank;
