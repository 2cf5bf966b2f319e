# Makes scipy.json, which the tests compare with:
#   python3 vectors.py > scipy.json
# SciPy 1.10 (Debian: python3-scipy), with Debian's own python3.
import json

import numpy as np
from scipy import stats

random = np.random.default_rng(20240229)
alternatives = {"two": "two-sided", "greater": "greater", "less": "less"}


def draw(n, mean=0):
    return np.round(random.normal(mean, 1, n), 4)


def ties(n, mean=0):
    return np.round(2 * random.normal(mean, 1, n))


def mannwhitney(x, y, method):
    """SciPy's exact law knows no ties; "permutation" lists all ways to deal out the values."""
    def u(x, y):
        return stats.mannwhitneyu(x, y).statistic

    p = {}
    for name, alternative in alternatives.items():
        if method == "permutation":
            test = stats.permutation_test((x, y), u, n_resamples=np.inf, vectorized=False, alternative=alternative)
        else:
            test = stats.mannwhitneyu(x, y, alternative=alternative, method=method)
        p[name] = test.pvalue
    return {"method": method, "x": list(x), "y": list(y), "u": u(x, y), **p}


def wilcoxon(d):
    """w is the sum of the ranks of the values above zero."""
    return {"d": list(d), "w": stats.wilcoxon(d, alternative="greater", mode="exact").statistic,
            **{name: stats.wilcoxon(d, alternative=a, mode="exact").pvalue for name, a in alternatives.items()}}


def aligned(d):
    """All exchanges of the two arms of a block, of which the centred values are d/2 and -d/2."""
    def u(head, base):
        return np.sum(head[:, None] > base[None, :]) + np.sum(head[:, None] == base[None, :]) / 2

    test = stats.permutation_test((d / 2, -d / 2), u, permutation_type="samples", n_resamples=np.inf,
                                  vectorized=False, alternative="greater")
    return {"d": list(d), "u": test.statistic, "p": test.pvalue}


print(json.dumps({
    "mannwhitney": [
        mannwhitney(draw(6), draw(5, 1), "exact"), mannwhitney(draw(9, 1), draw(7), "exact"),
        mannwhitney(draw(24), draw(26, 0.6), "exact"),
        mannwhitney(ties(6), ties(5, 1), "permutation"), mannwhitney(ties(7, 1), ties(6), "permutation"),
        mannwhitney(draw(30), draw(40, 0.4), "asymptotic"), mannwhitney(draw(60, 0.4), draw(35), "asymptotic"),
        mannwhitney(ties(50), ties(45, 0.3), "asymptotic"), mannwhitney(ties(28, 0.5), ties(80), "asymptotic")],
    "wilcoxon": [wilcoxon(draw(n, mean)) for n, mean in ((6, 0.8), (8, 0.5), (12, 0.3), (17, -0.4), (34, 0.2))],
    "aligned": [aligned(d) for d in (draw(8, 0.6), draw(12, 0.4), ties(9, 0.5), np.array([0, 0, 1, 1, 2, -1, 3, 5.]))],
}, indent=1))
