//! Settings against each other, with what the seeds allow one to say.

use crate::{
    experiment::{
        run::listing::RunRow,
        sweep::{
            comparable::{is_of_the_law, shapes_the_loss},
            seeds::SEEDS,
            summary::{Group, Summary, setting},
        },
    },
    metric::student::{Difference, LEVEL, holm},
};
use std::collections::BTreeSet;

/// Up to so many settings are compared all with each other.
const FEW: usize = 8;

/// Two settings beside each other.
pub(crate) struct Compared {
    /// Places of the settings, that of the smaller mean first.
    pub(crate) places: [usize; 2],
    /// The second's mean less the first's.
    pub(crate) difference: Difference,
    /// Runs behind it: pairs that share a seed, or the smaller number of runs.
    pub(crate) seeds: usize,
    /// The p-value after Holm's correction over all comparisons; `None` for a single seed.
    pub(crate) p_value: Option<f64>,
    pub(crate) standing: Standing,
}

/// What may be said of two settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The numbers are the same, seed by seed.
    Equal,
    /// One seed: there is nothing to judge by.
    OneSeed,
    /// Two seeds decide nothing.
    TwoSeeds,
    Indistinguishable,
    /// The second is worse.
    Worse,
}

/// What is compared, of which settings.
pub(crate) struct Comparisons {
    /// The metric.
    pub(crate) metric: &'static str,
    /// Every pair that is compared, those of the best setting first.
    pub(crate) pairs: Vec<Compared>,
    /// Whether the best alone is held against all others.
    pub(crate) is_of_best: bool,
    /// Why some settings are not compared.
    pub(crate) obstacles: BTreeSet<Obstacle>,
}

/// Why two settings are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// Their data have other laws.
    Data,
    /// Their distances are of other numbers of points, which have another noise floor.
    Noise,
    /// Their losses have other units or floors.
    Unit,
}

/// The settings of a sweep compared by their distance to the truth.
pub(crate) fn compare(summary: &Summary) -> Option<Comparisons> {
    compare_by(summary, summary.distance()?)
}

/// The settings compared by a metric that is best where it is smallest. Up to eight are compared all with each other,
/// more the best with the rest and those that differ in one key. Nothing for fewer than two.
pub(crate) fn compare_by(summary: &Summary, metric: &'static str) -> Option<Comparisons> {
    compare_pairs(summary, metric, |order, a, b| {
        let is_few = order.len() <= FEW;
        is_few || a == order[0] || num_differing(&summary.groups[a], &summary.groups[b]) == 1
    })
}

/// The best setting against each other one, and no further pairs: what is asked is corrected for, and no more.
pub(crate) fn against_best(summary: &Summary, metric: &'static str) -> Option<Comparisons> {
    compare_pairs(summary, metric, |order, a, _| a == order[0])
}

/// The pairs of settings that are wanted, given all places from the best on and the two of a pair.
fn compare_pairs(
    summary: &Summary,
    metric: &'static str,
    is_wanted: impl Fn(&[usize], usize, usize) -> bool,
) -> Option<Comparisons> {
    let mean = |place: &usize| summary.over_seeds(&summary.groups[*place], metric).mean();
    let mut order: Vec<usize> = (0..summary.groups.len())
        .filter(|i| mean(i).is_some())
        .collect();
    order.sort_by(|a, b| mean(a).unwrap_or(0.0).total_cmp(&mean(b).unwrap_or(0.0)));
    let is_of_best = order.len() > FEW;
    let groups = &summary.groups;
    let mut pairs = vec![];
    let mut obstacles = BTreeSet::new();
    for (i, a) in order.iter().enumerate() {
        for b in &order[i + 1..] {
            if !is_wanted(&order, *a, *b) {
                continue;
            }
            if let Some(found) = obstacle(summary, metric, &groups[*a], &groups[*b]) {
                obstacles.insert(found);
            } else if let Some((difference, seeds)) =
                between(summary, metric, &groups[*a], &groups[*b])
            {
                pairs.push(Compared {
                    places: [*a, *b],
                    difference,
                    seeds,
                    p_value: difference.p_value(),
                    standing: Standing::OneSeed,
                });
            }
        }
    }
    if pairs.is_empty() && obstacles.is_empty() {
        return None;
    }
    judge(&mut pairs);
    Some(Comparisons {
        metric,
        pairs,
        is_of_best,
        obstacles,
    })
}

/// Corrects the p-values, and says what follows.
fn judge(pairs: &mut [Compared]) {
    let is_test = |pair: &Compared| pair.p_value.is_some() && !pair.is_equal();
    let tests: Vec<usize> = (0..pairs.len()).filter(|i| is_test(&pairs[*i])).collect();
    let raw: Vec<f64> = tests.iter().filter_map(|i| pairs[*i].p_value).collect();
    for (i, corrected) in tests.into_iter().zip(holm(&raw)) {
        pairs[i].p_value = Some(corrected);
    }
    for pair in pairs {
        pair.standing = match (pair.seeds, pair.p_value) {
            _ if pair.is_equal() => Standing::Equal,
            (..=1, _) | (_, None) => Standing::OneSeed,
            (2, _) => Standing::TwoSeeds,
            (_, Some(p)) if p <= LEVEL => Standing::Worse,
            _ => Standing::Indistinguishable,
        };
    }
}

impl Compared {
    /// Whether all seeds have the same numbers.
    fn is_equal(&self) -> bool {
        self.difference.mean == 0.0
            && self
                .difference
                .standard_error
                .is_none_or(|error| error == 0.0)
    }
}

/// The difference of two settings and the seeds behind it: paired where they share their data and seeds.
fn between(summary: &Summary, metric: &str, a: &Group, b: &Group) -> Option<(Difference, usize)> {
    let values = |group| -> Vec<(Vec<String>, f64)> {
        let of_run = |row: &RunRow| {
            let seeds = SEEDS.iter().map(|key| setting(row, key)).collect();
            Some((seeds, row.metric(metric)?))
        };
        summary.members(group).filter_map(of_run).collect()
    };
    let (first, second) = (values(a), values(b));
    if draws_are_shared(summary, a, b) {
        let partner = |seeds: &Vec<String>| second.iter().find(|(other, _)| other == seeds);
        let pairs: Vec<_> = first
            .iter()
            .filter_map(|(seeds, value)| Some(partner(seeds)?.1 - value))
            .collect();
        if pairs.len() == first.len() && pairs.len() == second.len() {
            return Some((Difference::paired(&pairs)?, pairs.len()));
        }
    }
    let numbers =
        |all: &[(Vec<String>, f64)]| -> Vec<f64> { all.iter().map(|(_, v)| *v).collect() };
    let seeds = first.len().min(second.len());
    Some((
        Difference::unpaired(&numbers(&first), &numbers(&second))?,
        seeds,
    ))
}

/// The keys in which two settings differ, with both values.
pub(crate) fn differing<'a>(
    summary: &'a Summary,
    a: &'a Group,
    b: &'a Group,
) -> impl Iterator<Item = (&'a String, &'a String, &'a String)> {
    let values = a.settings.iter().zip(&b.settings);
    let all = summary
        .keys
        .iter()
        .zip(values)
        .map(|(key, (a, b))| (key, a, b));
    all.filter(|(_, a, b)| a != b)
}

fn num_differing(a: &Group, b: &Group) -> usize {
    let values = a.settings.iter().zip(&b.settings);
    values.filter(|(a, b)| a != b).count()
}

/// Why two settings cannot be compared by a metric, if they cannot.
fn obstacle(summary: &Summary, metric: &str, a: &Group, b: &Group) -> Option<Obstacle> {
    let differ_in = |is_in: &dyn Fn(&str) -> bool| {
        let mut keys = differing(summary, a, b).map(|(key, ..)| key.as_str());
        keys.any(is_in)
    };
    // The excess loss has no floor, so that processes may differ.
    let unit = |key: &str| match metric {
        "excess_loss" => shapes_the_loss(key) && !key.starts_with("process."),
        "val_loss" => shapes_the_loss(key),
        _ => false,
    };
    let has_law = summary.rows.iter().any(|row| row.metric("w1").is_some());
    let noise = |key: &str| match metric {
        "w1" => key == "eval.num_samples",
        // The truth of a file is its test points.
        "sliced_w1" if has_law => key == "eval.num_samples",
        "sliced_w1" | "w1_test" => ["eval.num_samples", "data.num_test"].contains(&key),
        _ => false,
    };
    let found = [
        (Obstacle::Data, differ_in(&is_of_the_law)),
        (Obstacle::Unit, differ_in(&unit)),
        (Obstacle::Noise, differ_in(&noise)),
    ];
    let first = found.into_iter().find(|(_, differ)| *differ);
    first.map(|(obstacle, _)| obstacle)
}

/// Whether runs of one seed share their draws of the data.
fn draws_are_shared(summary: &Summary, a: &Group, b: &Group) -> bool {
    let is_of_draws = |key: &str| is_of_the_law(key) || key.starts_with("data.num_");
    differing(summary, a, b).all(|(key, ..)| !is_of_draws(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::{Made, summary};

    /// Two settings with these distances, seed by seed.
    fn two(key: &str, first: &[f64], second: &[f64]) -> Compared {
        let metrics = |values: &[f64]| {
            values
                .iter()
                .map(|w1| [("w1_law", *w1)])
                .collect::<Vec<_>>()
        };
        let (first, second) = (metrics(first), metrics(second));
        let (a, b) = ([(key, "1")], [(key, "2")]);
        let mut runs: Vec<Made> = vec![];
        runs.extend(
            first
                .iter()
                .enumerate()
                .map(|(i, m)| (&a[..], i as u64, &m[..])),
        );
        runs.extend(
            second
                .iter()
                .enumerate()
                .map(|(i, m)| (&b[..], i as u64, &m[..])),
        );
        compare(&summary(&runs)).unwrap().pairs.remove(0)
    }

    #[test]
    fn one_seed_is_not_judged_and_two_decide_nothing() {
        let key = "train.steps";
        assert_eq!(two(key, &[0.1], &[9.0]).standing, Standing::OneSeed);
        assert_eq!(
            two(key, &[0.1, 0.1001], &[9.0, 9.0002]).standing,
            Standing::TwoSeeds
        );
        let three = two(key, &[0.1, 0.11, 0.09], &[0.2, 0.22, 0.19]);
        assert_eq!((three.standing, three.seeds), (Standing::Worse, 3));
        let alike = two(key, &[0.1, 0.2, 0.3], &[0.15, 0.14, 0.33]);
        assert_eq!(alike.standing, Standing::Indistinguishable);
        assert_eq!(two(key, &[0.1, 0.2], &[0.1, 0.2]).standing, Standing::Equal);
    }

    /// The seeds scatter by 0.1, and the second is worse by 0.01 in each of them.
    #[test]
    fn seeds_are_paired_only_where_they_share_their_data() {
        let (first, second) = ([0.1, 0.2, 0.3], [0.11, 0.2101, 0.3099]);
        assert_eq!(
            two("train.steps", &first, &second).standing,
            Standing::Worse
        );
        let others = two("data.num_train", &first, &second);
        assert_eq!(others.standing, Standing::Indistinguishable);
    }

    #[test]
    fn other_data_is_not_compared() {
        let w1 = [("w1_law", 0.1)];
        let of = |noise: &'static str, steps: &'static str| {
            [("data.noise", noise), ("train.steps", steps)]
        };
        let settings = [
            of("0.1", "5"),
            of("0.1", "6"),
            of("0.2", "5"),
            of("0.2", "6"),
        ];
        let runs: Vec<Made> = settings
            .iter()
            .map(|settings| (&settings[..], 0, &w1[..]))
            .collect();
        let compared = compare(&summary(&runs)).unwrap();
        assert_eq!(compared.obstacles, BTreeSet::from([Obstacle::Data]));
        assert_eq!(compared.pairs.len(), 2);
    }

    /// The distance of samples falls with their number, that of the exact law does not.
    #[test]
    fn distances_of_other_numbers_of_samples_are_not_compared() {
        let obstacles = |metric: &'static str, key: &'static str| {
            let value = [(metric, 0.1)];
            let (a, b) = ([(key, "100")], [(key, "1000")]);
            let runs: [Made; 2] = [(&a, 0, &value), (&b, 0, &value)];
            let compared = compare_by(&summary(&runs), metric).unwrap();
            assert_eq!(compared.pairs.is_empty(), !compared.obstacles.is_empty());
            compared.obstacles.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(obstacles("w1", "eval.num_samples"), [Obstacle::Noise]);
        assert_eq!(obstacles("w1_law", "eval.num_samples"), []);
        assert_eq!(obstacles("w1_test", "data.num_test"), [Obstacle::Noise]);
        assert_eq!(obstacles("sliced_w1", "data.num_test"), [Obstacle::Noise]);
        assert_eq!(
            obstacles("sliced_w1", "eval.num_samples"),
            [Obstacle::Noise]
        );
        assert_eq!(obstacles("w1_law", "data.standardize"), []);
        assert_eq!(obstacles("excess_loss", "process.num_timesteps"), []);
        assert_eq!(
            obstacles("val_loss", "process.num_timesteps"),
            [Obstacle::Unit]
        );
        assert_eq!(
            obstacles("excess_loss", "model.prediction"),
            [Obstacle::Unit]
        );
    }

    /// Along the axes the first is nearer, over all directions the second: the plane is judged by the latter.
    #[test]
    fn in_the_plane_all_directions_decide() {
        let of = |along: f64, all: f64| [("w1", along), ("sliced_w1", all)];
        let (near, far) = (of(0.1, 0.3), of(0.2, 0.1));
        let (a, b) = ([("train.steps", "1")], [("train.steps", "2")]);
        let mut runs: Vec<Made> = vec![];
        for seed in 0..3 {
            runs.extend([(&a[..], seed, &near[..]), (&b[..], seed, &far[..])]);
        }
        let found = summary(&runs);
        let compared = compare(&found).unwrap();
        assert_eq!(
            (compared.metric, compared.pairs[0].places),
            ("sliced_w1", [1, 0])
        );
        let best = found.best_by(found.distance().unwrap()).unwrap();
        assert_eq!(best.settings["train.steps"], "2");
        // With the law of the data known, the number of test points is no obstacle.
        let (a, b) = ([("data.num_test", "1")], [("data.num_test", "2")]);
        let runs: [Made; 2] = [(&a, 0, &near), (&b, 0, &far)];
        assert!(compare(&summary(&runs)).unwrap().obstacles.is_empty());
    }

    /// Ten settings of two keys: nine pairs of the best, and those that differ in one key.
    #[test]
    fn many_settings_are_held_against_the_best_and_their_neighbours() {
        let values: Vec<_> = (0..10)
            .map(|i| [("w1_law", 0.1 + 0.01 * f64::from(i))])
            .collect();
        let text: Vec<_> = (0..5).map(|i| i.to_string()).collect();
        let settings: Vec<_> = (0..10)
            .map(|i| [("a", text[i / 2].as_str()), ("b", text[i % 2].as_str())])
            .collect();
        let runs: Vec<Made> = settings
            .iter()
            .zip(&values)
            .map(|(s, m)| (&s[..], 0, &m[..]))
            .collect();
        let compared = compare(&summary(&runs)).unwrap();
        // In a alone: 2 · C(5, 2); in b alone: 5; of the best alone: 4 that differ in both.
        assert!(compared.is_of_best && compared.pairs.len() == 20 + 5 + 4);
    }
}
