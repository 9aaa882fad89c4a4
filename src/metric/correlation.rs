//! Rank correlations of two quantities over runs, where the seeds of one setting belong together.

use crate::rng::{Generator, Purpose, Seed};
use rand::RngExt;

/// Resamples behind an interval, and permutations behind a p-value where all of them are more.
pub(crate) const RESAMPLES: usize = 10_000;

/// Settings from which a correlation is shown, and from which it has an interval and a p-value.
pub(crate) const FEWEST: usize = 3;
pub(crate) const FEWEST_FOR_INTERVAL: usize = 4;

/// Both quantities of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The setting of the run: runs that differ in a seed alone share it.
    pub(crate) setting: usize,
}

/// A rank correlation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Correlation {
    /// Spearman's ρ (1904), −1 to 1, with mean ranks for ties.
    pub(crate) rho: f64,
    /// The 95 % percentile interval (Efron 1979) over settings: each draw takes as many settings as there
    /// are, with replacement, and all runs of each.
    pub(crate) interval: Option<(f64, f64)>,
    /// Two-sided p-value by permutation of the settings: how often the correlation of the settings' mean
    /// ranks is at least as far from 0.
    pub(crate) p_value: Option<f64>,
    /// Number of runs.
    pub(crate) runs: usize,
    /// Number of settings.
    pub(crate) settings: usize,
}

/// Spearman's ρ over the runs of one group. Pairs that are not finite are left out. `None` for fewer than
/// three settings, or if one side never varies.
pub(crate) fn within(pairs: &[Pair]) -> Option<Correlation> {
    let group = Group::of(pairs);
    if group.settings() < FEWEST {
        return None;
    }
    let all = vec![1.0; group.settings()];
    let rho = group.products(&all).correlation()?;
    let is_enough = group.settings() >= FEWEST_FOR_INTERVAL;
    Some(Correlation {
        rho,
        interval: is_enough
            .then(|| interval(std::slice::from_ref(&group)))
            .flatten(),
        p_value: is_enough.then(|| group.p_value()).flatten(),
        runs: group.pairs.len(),
        settings: group.settings(),
    })
}

/// One correlation over several groups that may not be ranked together. Ranks within each group are divided by
/// the group's number of runs and centred, and Pearson's correlation is that of all of them. Groups of a single
/// setting are left out; `None` if fewer than two are left, or if one side never varies.
pub(crate) fn combined(groups: &[Vec<Pair>]) -> Option<Correlation> {
    let groups: Vec<_> = groups.iter().map(|pairs| Group::of(pairs)).collect();
    let groups: Vec<_> = groups
        .into_iter()
        .filter(|group| group.settings() > 1)
        .collect();
    let settings: usize = groups.iter().map(Group::settings).sum();
    if groups.len() < 2 || settings < FEWEST {
        return None;
    }
    let sums = groups
        .iter()
        .map(|group| group.products(&vec![1.0; group.settings()]));
    let rho = sums
        .fold(Products::default(), Products::plus)
        .correlation()?;
    Some(Correlation {
        rho,
        interval: (settings >= FEWEST_FOR_INTERVAL)
            .then(|| interval(&groups))
            .flatten(),
        p_value: None,
        runs: groups.iter().map(|group| group.pairs.len()).sum(),
        settings,
    })
}

/// The runs of a group, in the order of either quantity.
struct Group {
    pairs: Vec<Pair>,
    /// Places of the pairs in ascending x and y.
    order: [Vec<usize>; 2],
    settings: usize,
}

impl Group {
    fn of(pairs: &[Pair]) -> Self {
        let is_finite = |pair: &&Pair| pair.x.is_finite() && pair.y.is_finite();
        let mut pairs: Vec<_> = pairs.iter().filter(is_finite).copied().collect();
        let mut names: Vec<_> = pairs.iter().map(|pair| pair.setting).collect();
        names.sort_unstable();
        names.dedup();
        for pair in &mut pairs {
            pair.setting = names.binary_search(&pair.setting).unwrap_or(0);
        }
        let order = [|pair: &Pair| pair.x, |pair: &Pair| pair.y].map(|of| {
            let mut order: Vec<usize> = (0..pairs.len()).collect();
            order.sort_by(|a, b| of(&pairs[*a]).total_cmp(&of(&pairs[*b])));
            order
        });
        Self {
            pairs,
            order,
            settings: names.len(),
        }
    }

    fn settings(&self) -> usize {
        self.settings
    }

    /// Ranks from 1, where a run counts as often as its setting was drawn; equal values share the mean of
    /// theirs.
    fn ranks(&self, side: usize, drawn: &[f64]) -> Vec<f64> {
        let of = |i: usize| {
            if side == 0 {
                self.pairs[i].x
            } else {
                self.pairs[i].y
            }
        };
        let weight = |i: &usize| drawn[self.pairs[*i].setting];
        let mut ranks = vec![0.0; self.pairs.len()];
        let mut below = 0.0;
        for equal in self.order[side].chunk_by(|a, b| of(*a) == of(*b)) {
            let here: f64 = equal.iter().map(weight).sum();
            for i in equal {
                ranks[*i] = below + 0.5 * (here + 1.0);
            }
            below += here;
        }
        ranks
    }

    /// Sums of products of the centred ranks, divided by the number of runs.
    fn products(&self, drawn: &[f64]) -> Products {
        let [x, y] = [0, 1].map(|side| self.ranks(side, drawn));
        let n: f64 = self.pairs.iter().map(|pair| drawn[pair.setting]).sum();
        let middle = 0.5 * (n + 1.0);
        let mut sums = Products::default();
        for (i, pair) in self.pairs.iter().enumerate() {
            let (weight, x, y) = (
                drawn[pair.setting],
                (x[i] - middle) / n,
                (y[i] - middle) / n,
            );
            sums = sums.plus(Products([weight * x * x, weight * x * y, weight * y * y]));
        }
        sums
    }

    /// How often a permutation of the settings has mean ranks that correlate as much.
    fn p_value(&self) -> Option<f64> {
        let all = vec![1.0; self.settings];
        let means = [0, 1].map(|side| {
            let ranks = self.ranks(side, &all);
            let mut sums = vec![(0.0, 0.0); self.settings];
            for (pair, rank) in self.pairs.iter().zip(ranks) {
                sums[pair.setting].0 += rank;
                sums[pair.setting].1 += 1.0;
            }
            let means: Vec<f64> = sums.iter().map(|(sum, n)| sum / n).collect();
            let middle = means.iter().sum::<f64>() / means.len() as f64;
            means.iter().map(|mean| mean - middle).collect::<Vec<_>>()
        });
        let [x, y] = &means;
        let product =
            |order: &[usize]| -> f64 { x.iter().zip(order).map(|(x, i)| x * y[*i]).sum() };
        let mut order: Vec<usize> = (0..self.settings).collect();
        let scale = (product_of(x, x) * product_of(y, y)).sqrt();
        let found = product(&order).abs();
        let is_as_far = |other: f64| other.abs() >= found - 1e-9 * scale;
        let permutations = (2..=self.settings).try_fold(1usize, |n, k| n.checked_mul(k));
        let few = permutations.filter(|n| *n <= RESAMPLES);
        if scale <= 0.0 {
            return None;
        }
        let mut hits = 0;
        if let Some(n) = few {
            for_each_permutation(&mut order, |order| {
                hits += usize::from(is_as_far(product(order)))
            });
            return Some(hits as f64 / n as f64);
        }
        let mut rng = Seed(0).stream(Purpose::Bootstrap, 1, 0);
        for _ in 0..RESAMPLES {
            shuffle(&mut order, &mut rng);
            hits += usize::from(is_as_far(product(&order)));
        }
        Some((hits + 1) as f64 / (RESAMPLES + 1) as f64)
    }
}

/// Σx², Σxy, Σy² of centred quantities.
#[derive(Debug, Clone, Copy, Default)]
struct Products([f64; 3]);

impl Products {
    fn plus(self, other: Self) -> Self {
        let sums = [0, 1, 2].map(|i| self.0[i] + other.0[i]);
        Self(sums)
    }

    fn correlation(self) -> Option<f64> {
        let [xx, xy, yy] = self.0;
        let norm = (xx * yy).sqrt();
        (norm > 1e-12).then(|| (xy / norm).clamp(-1.0, 1.0))
    }
}

fn product_of(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The 95 % interval over resamples of the settings within each group. Draws in which a side does not vary
/// have no correlation and are left out.
fn interval(groups: &[Group]) -> Option<(f64, f64)> {
    let mut rng = Seed(0).stream(Purpose::Bootstrap, 0, 0);
    let mut drawn: Vec<_> = groups
        .iter()
        .map(|group| vec![0.0; group.settings])
        .collect();
    let mut found = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let mut sums = Products::default();
        for (group, drawn) in groups.iter().zip(&mut drawn) {
            drawn.fill(0.0);
            for _ in 0..group.settings {
                drawn[rng.random_range(0..group.settings)] += 1.0;
            }
            sums = sums.plus(group.products(drawn));
        }
        found.extend(sums.correlation());
    }
    found.sort_by(f64::total_cmp);
    Some((quantile(&found, 0.025)?, quantile(&found, 0.975)?))
}

/// The quantile of sorted values, linear between them.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q * sorted.len().checked_sub(1)? as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let above = sorted[(low + 1).min(sorted.len() - 1)];
    Some(sorted[low] + part * (above - sorted[low]))
}

/// Every order of the items once (Heap 1963).
fn for_each_permutation(items: &mut [usize], mut visit: impl FnMut(&[usize])) {
    let n = items.len();
    let mut counts = vec![0; n];
    visit(items);
    let mut i = 0;
    while i < n {
        if counts[i] < i {
            items.swap(if i % 2 == 0 { 0 } else { counts[i] }, i);
            visit(items);
            counts[i] += 1;
            i = 0;
        } else {
            counts[i] = 0;
            i += 1;
        }
    }
}

/// A random order (Durstenfeld 1964).
fn shuffle(items: &mut [usize], rng: &mut Generator) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.random_range(0..=i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One run a setting.
    fn pairs(values: &[(f64, f64)]) -> Vec<Pair> {
        let pair = |(setting, (x, y)): (usize, &(f64, f64))| Pair {
            x: *x,
            y: *y,
            setting,
        };
        values.iter().enumerate().map(pair).collect()
    }

    #[test]
    fn monotone_pairs_correlate_completely_whatever_their_shape() {
        let values: Vec<_> = (0..20)
            .map(|i| (f64::from(i), f64::from(i).exp()))
            .collect();
        let c = within(&pairs(&values)).unwrap();
        let (low, high) = c.interval.unwrap();
        assert!((c.rho - 1.0).abs() < 1e-12 && (low - 1.0).abs() < 1e-12 && high == 1.0);
        assert!(c.runs == 20 && c.settings == 20);
        assert_eq!(c.p_value, Some(1.0 / 10_001.0));
    }

    /// scipy 1.17: spearmanr and permutation_test(..., permutation_type="pairings", n_resamples=inf).
    #[test]
    fn rho_and_p_value_are_those_of_scipy() {
        let values = [(1.0, 3.0), (2.0, 1.0), (2.0, 4.0), (4.0, 4.0), (5.0, 9.0)];
        let c = within(&pairs(&values)).unwrap();
        assert!((c.rho - 7.25 / 9.5).abs() < 1e-12);
        assert!((c.p_value.unwrap() - 0.2).abs() < 1e-12, "{:?}", c.p_value);
        let four = [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)];
        assert_eq!(within(&pairs(&four)).unwrap().p_value, Some(2.0 / 24.0));
    }

    #[test]
    fn few_settings_have_no_interval_and_fewer_no_correlation() {
        let three = within(&pairs(&[(0.0, 1.0), (1.0, 2.0), (2.0, 0.0)])).unwrap();
        assert!((three.rho + 0.5).abs() < 1e-12);
        assert_eq!((three.interval, three.p_value), (None, None));
        assert!(within(&pairs(&[(0.0, 1.0), (1.0, 2.0)])).is_none());
        assert!(within(&pairs(&[(0.0, 1.0), (0.0, 2.0), (0.0, 5.0)])).is_none());
        // Six runs of two settings are two settings.
        let mut six = pairs(&[
            (0.0, 1.0),
            (1.0, 2.0),
            (2.0, 3.0),
            (3.0, 4.0),
            (4.0, 5.0),
            (5.0, 6.0),
        ]);
        six.iter_mut().for_each(|pair| pair.setting %= 2);
        assert!(within(&six).is_none());
    }

    /// Seeds of one setting are no further evidence: with four settings the interval is as wide whatever
    /// the number of identical seeds.
    #[test]
    fn seeds_of_a_setting_stay_together() {
        let four = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)];
        let once = within(&pairs(&four)).unwrap();
        let thrice: Vec<_> = (0..3).flat_map(|_| pairs(&four)).collect();
        let thrice = within(&thrice).unwrap();
        assert!((once.rho - 0.6).abs() < 1e-12 && (thrice.rho - 0.6).abs() < 1e-12);
        assert_eq!(once.interval, thrice.interval);
        assert_eq!(once.p_value, thrice.p_value);
    }

    /// Within each group the two go together; between the groups they go apart, and pooling would say so.
    #[test]
    fn groups_are_not_ranked_together() {
        let group = |shift: f64| -> Vec<Pair> {
            let values: Vec<_> = (0..5)
                .map(|i| (f64::from(i) - 10.0 * shift, f64::from(i) + 10.0 * shift))
                .collect();
            pairs(&values)
        };
        let groups = [group(0.0), group(1.0), group(2.0)];
        let c = combined(&groups).unwrap();
        assert!((c.rho - 1.0).abs() < 1e-12 && (c.runs, c.settings) == (15, 15));
        let mut pooled = groups.concat();
        pooled
            .iter_mut()
            .enumerate()
            .for_each(|(i, pair)| pair.setting = i);
        assert!(within(&pooled).unwrap().rho < -0.5);
        assert!(combined(&groups[..1]).is_none());
    }

    /// (rank/n − mean) of groups of different sizes, by hand: numpy's corrcoef of the concatenated ranks.
    #[test]
    fn a_combined_correlation_is_of_scaled_ranks() {
        let groups = [
            pairs(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]),
            pairs(&[(1.0, 2.0), (2.0, 1.0)]),
        ];
        let (x, y) = (
            [-1.0 / 3.0, 0.0, 1.0 / 3.0, -0.25, 0.25],
            [-1.0 / 3.0, 1.0 / 3.0, 0.0, 0.25, -0.25],
        );
        let expected = product_of(&x, &y) / (product_of(&x, &x) * product_of(&y, &y)).sqrt();
        assert!((combined(&groups).unwrap().rho - expected).abs() < 1e-12);
    }
}
