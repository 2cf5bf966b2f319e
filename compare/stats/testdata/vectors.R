# Makes vectors.json, which the tests compare with:
#   Rscript vectors.R > vectors.json
# R 4.2 with coin 1.4, robustbase 0.95 and jsonlite (Debian: r-base-core
# r-cran-coin r-cran-robustbase r-cran-jsonlite).
suppressMessages({library(coin); library(robustbase); library(jsonlite)})
set.seed(20240229)

alternatives <- c("two.sided", "greater", "less")

# Mann-Whitney: without ties and in large samples by wilcox.test, with ties and
# in small samples by coin's exact law (one-sided only: its two-sided p differs).
mannwhitney <- function(x, y) {
  ties <- anyDuplicated(c(x, y)) > 0
  small <- length(x) + length(y) <= 50
  p <- sapply(alternatives, function(a) {
    if (ties && small) {
      data <- data.frame(v = c(x, y), g = factor(rep(c("x", "y"), c(length(x), length(y)))))
      if (a == "two.sided") NA
      else as.numeric(pvalue(coin::wilcox_test(v ~ g, data, distribution = "exact", alternative = a)))
    } else suppressWarnings(stats::wilcox.test(x, y, alternative = a, exact = small)$p.value)
  })
  u <- suppressWarnings(stats::wilcox.test(x, y)$statistic)
  list(x = x, y = y, u = unname(u), two = p[[1]], greater = p[[2]], less = p[[3]])
}

# The aligned test: coin's exact law of the ranks of the centred values,
# exchanged within blocks.
aligned <- function(d) {
  data <- data.frame(v = c(d, -d) / 2, arm = factor(rep(c("head", "base"), each = length(d)), levels = c("head", "base")),
                     block = factor(rep(seq_along(d), 2)))
  data$r <- rank(data$v)
  test <- independence_test(r ~ arm | block, data, alternative = "greater", distribution = "exact")
  n <- length(d)
  list(d = d, u = sum(data$r[1:n]) - n * (n + 1) / 2, p = as.numeric(pvalue(test)))
}

one <- function(d, confidence) {
  w <- stats::wilcox.test(d, conf.int = TRUE, conf.level = confidence, exact = TRUE)
  list(d = d, confidence = confidence, estimate = unname(w$estimate), low = w$conf.int[1], high = w$conf.int[2])
}

two <- function(x, y, confidence) {
  w <- stats::wilcox.test(x, y, conf.int = TRUE, conf.level = confidence, exact = TRUE)
  list(x = x, y = y, confidence = confidence, estimate = unname(w$estimate), low = w$conf.int[1], high = w$conf.int[2])
}

spread <- function(v) list(v = v, qn = Qn(v))

draw <- function(n, mean = 0) round(rnorm(n, mean), 4)
ties <- function(n, mean = 0) round(rnorm(n, mean) * 2)

cat(toJSON(list(
  mannwhitney = list(
    mannwhitney(draw(5), draw(7, 1)), mannwhitney(draw(8, 2), draw(8)), mannwhitney(draw(20), draw(25, 0.5)),
    mannwhitney(ties(6), ties(6, 1)), mannwhitney(ties(10, 1), ties(14)), mannwhitney(c(0, 0, 0, 0, 1), c(0, 0, 1, 1, 1)),
    mannwhitney(draw(40), draw(30, 0.4)), mannwhitney(ties(40), ties(60, 0.3))),
  aligned = list(
    aligned(draw(8, 0.8)), aligned(draw(12, 0.4)), aligned(abs(draw(8))), aligned(c(0, 0, 1, 1, 2, -1, 3, 5)),
    aligned(ties(10, 0.5)), aligned(c(0, 0, 0, 0, 0, 0, 0, 2))),
  one = list(one(draw(6), 0.95), one(draw(8), 0.95), one(draw(9, 1), 0.9), one(draw(12), 0.95), one(draw(17), 0.99), one(draw(34), 0.95)),
  two = list(two(draw(5), draw(6), 0.95), two(draw(8), draw(8, 1), 0.95), two(draw(12), draw(20), 0.99)),
  spread = list(spread(draw(2)), spread(draw(8)), spread(draw(9)), spread(draw(12)), spread(draw(13)), spread(draw(24)), spread(draw(35)))
), digits = NA, auto_unbox = TRUE, na = "null"))
