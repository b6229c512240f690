# Expected values of the estimators, from R: run in this folder as
#   Rscript reference.R
# with Debian's r-base-core, r-cran-survival, r-cran-mass, r-cran-cmprsk, r-cran-sandwich and
# r-cran-jsonlite. Writes relapses.csv, people.csv, times.csv and expected.json.
suppressMessages({library(survival); library(MASS); library(cmprsk); library(sandwich); library(jsonlite)})
set.seed(20261122)
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
out <- list(versions = c(R = paste(R.version$major, R.version$minor, sep = "."),
  sapply(c("survival", "MASS", "cmprsk", "sandwich"), function(p) as.character(packageVersion(p)))))

# People with recurrent relapses; days in fortnights, so that many are tied.
n <- 160
people <- data.frame(id = 1:n, arm = sample(c("ifn", "alem"), n, TRUE), age = round(rnorm(n, 35, 8)),
  start = 0, end = 14 * sample(20:52, n, TRUE))
frailty <- rgamma(n, 1.3, 1.3)
rows <- NULL; relapses <- NULL
for (i in 1:n) {
  rate <- frailty[i] * 0.7 * exp(-0.6 * (people$arm[i] == "alem") + 0.02 * (people$age[i] - 35)) / 365.25
  at <- 0
  repeat {
    day <- at + 14 * ceiling(rexp(1, rate) / 14)
    if (day > people$end[i]) { if (at < people$end[i]) rows <- rbind(rows, data.frame(id = i, start = at, stop = people$end[i], event = 0)); break }
    rows <- rbind(rows, data.frame(id = i, start = at, stop = day, event = 1))
    relapses <- rbind(relapses, data.frame(id = i, day = day)); at <- day
  }
}
write.csv(people, "people.csv", row.names = FALSE, quote = FALSE)
write.csv(relapses, "relapses.csv", row.names = FALSE, quote = FALSE)
rows <- merge(rows, people[c("id", "arm", "age")]); rows$treated <- as.numeric(rows$arm == "alem")
for (ties in c("efron", "breslow")) {
  f <- coxph(Surv(start, stop, event) ~ treated + age, rows, cluster = id, ties = ties, control = tight)
  out$ag[[ties]] <- list(beta = unname(coef(f)), naive = unname(sqrt(diag(f$naive.var))),
    robust = unname(sqrt(diag(vcov(f)))))
}
people$y <- sapply(people$id, function(i) sum(relapses$id == i))
people$years <- (people$end - people$start) / 365.25; people$treated <- as.numeric(people$arm == "alem")
nb <- glm.nb(y ~ treated + age + offset(log(years)), people, control = glm.control(1e-14, 200))
out$nb <- list(beta = unname(coef(nb)), theta = nb$theta, model = unname(sqrt(diag(vcov(nb)))),
  robust = unname(sqrt(diag(sandwich(nb)))))
po <- glm(y ~ treated + age + offset(log(years)), poisson, people, control = glm.control(1e-14, 200))
out$poisson <- list(beta = unname(coef(po)), model = unname(sqrt(diag(vcov(po)))), robust = unname(sqrt(diag(sandwich(po)))))
f <- survfit(Surv(start, stop, event) ~ 1, rows, id = id, cluster = id)
had <- f$n.event > 0
out$mean_count <- list(time = f$time[had], mean = f$cumhaz[had], se = f$std.chaz[had])

# Times to a first event, tied, with late entry, three arms, two kinds of event.
n <- 150
times <- data.frame(time = 10 * ceiling(rexp(n, 1 / 250) / 10), kind = sample(0:2, n, TRUE, c(.35, .4, .25)),
  arm = sample(c("a", "b", "c"), n, TRUE), age = round(rnorm(n, 35, 8)))
times$entry <- pmin(10 * rbinom(n, 12, .2) - 5, times$time - 5); times$event <- as.numeric(times$kind == 1)
write.csv(times, "times.csv", row.names = FALSE, quote = FALSE)
at <- c(50, 120, 300)
for (late in c(FALSE, TRUE)) {
  y <- if (late) Surv(times$entry, times$time, times$event) else Surv(times$time, times$event)
  f <- survfit(y ~ arm, times, conf.type = "log-log"); s <- summary(f, times = at, extend = TRUE)
  m <- summary(f)$table
  out$km[[if (late) "entry" else "plain"]] <- list(group = sub("arm=", "", s$strata), time = s$time, n_risk = s$n.risk,
    n_event = s$n.event, estimate = s$surv, se = s$std.err, lo = s$lower, hi = s$upper,
    median = unname(m[, "median"]), median_lo = unname(m[, "0.95LCL"]), median_hi = unname(m[, "0.95UCL"]))
  c1 <- coxph(y ~ arm + age, times, control = tight)
  out$cox[[if (late) "entry" else "plain"]] <- list(beta = unname(coef(c1)), se = unname(sqrt(diag(vcov(c1)))))
}
# Of these two, one keeps its effect and one loses it after half of the time; days are tied.
n <- 200
drift <- data.frame(arm = sample(c("a", "b"), n, TRUE), site = sample(c("x", "y", "z"), n, TRUE), age = round(rnorm(n, 35, 8)))
early <- rexp(n, ifelse(drift$arm == "b", 1 / 900, 1 / 250)); late <- 300 + rexp(n, ifelse(drift$arm == "b", 1 / 120, 1 / 300))
drift$time <- 10 * ceiling(ifelse(early < 300, early, late) / 10); drift$event <- as.numeric(runif(n) < .85)
drift$entry <- pmin(10 * rbinom(n, 12, .2) - 5, drift$time - 5)
write.csv(drift, "drift.csv", row.names = FALSE, quote = FALSE)
for (late in c("plain", "entry")) for (ties in c("efron", "breslow")) {
  y <- if (late == "entry") Surv(drift$entry, drift$time, drift$event) else Surv(drift$time, drift$event)
  z <- cox.zph(coxph(y ~ arm + site + age, drift, ties = ties, control = tight), transform = "km")$table
  out$zph[[late]][[ties]] <- list(chisq = unname(z[, "chisq"]), df = unname(z[, "df"]), p = unname(z[, "p"]))
}
s <- survdiff(Surv(time, event) ~ arm, times); out$logrank <- list(chisq = s$chisq, expected = unname(s$exp))
m <- summary(survfit(Surv(time, event) ~ arm, times), rmean = 300)$table
out$rmst <- list(mean = unname(m[, "rmean"]), se = unname(m[, "se(rmean)"]))
g <- cuminc(times$time, times$kind, times$arm); tp <- timepoints(g, at)
out$cmprsk <- list(curves = rownames(tp$est), estimate = unname(tp$est), var = unname(tp$var), stat = unname(g$Tests[, "stat"]))
f <- survfit(Surv(time, factor(kind, 0:2)) ~ 1, times, conf.type = "log-log"); s <- summary(f, times = at)
out$aalen_johansen <- list(estimate = s$pstate[, 2:3], se = s$std.err[, 2:3], lo = s$lower[, 2:3], hi = s$upper[, 2:3])
out$exact <- list(poisson = lapply(c(0, 1, 17), function(k) as.numeric(poisson.test(k, 12.5)$conf.int)),
  binomial = lapply(c(0, 3, 20), function(k) as.numeric(binom.test(k, 20)$conf.int)))
write_json(out, "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null")
