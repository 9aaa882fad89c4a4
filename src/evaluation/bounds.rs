//! How many sets of perfect samples are beyond the bounds of the metrics, for the data of the presets.

use crate::{
    distance::wasserstein::{between_samples, sorted, to_law_by_table},
    experiment::{ExperimentConfig, Overrides},
    metric::{Evidence, METRICS, PerfectNoise, Setting, testing},
    points::Points,
    rng::{Purpose, Seed},
    target::Mixture,
};
use rayon::prelude::*;
use std::path::Path;

/// The metrics that have a bound.
const BOUNDED: [&str; 5] = [
    "w1",
    "w1_test",
    "histogram_overlap",
    "mode_weight_error",
    "log_likelihood",
];

const BINS: usize = 50;

/// The data of a preset, and what its samples are held against.
struct Case {
    density: Mixture,
    axes: Vec<Mixture>,
    test: Points,
    overlap_range: Option<(f64, f64)>,
}

impl Case {
    /// With that many test points at most.
    fn of_preset(path: &str, most_test: usize) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let config = ExperimentConfig::load(&root.join(path), &Overrides::default()).unwrap();
        let density = config.data.density().unwrap();
        Self {
            axes: (0..density.dim()).map(|k| density.axis(k)).collect(),
            test: density.sample(config.data.num_test.min(most_test), &mut stream(0, 1)),
            overlap_range: config.eval.overlap_range,
            density,
        }
    }

    fn draw(&self, count: usize, set: usize) -> Points {
        self.density.sample(count, &mut stream(set as u64, 2))
    }

    /// Truth and bound of every metric, where there are any.
    fn bounds(&self, n: usize) -> Vec<Option<(f64, f64)>> {
        let samples = self.draw(n, 0);
        let noise = PerfectNoise::of(&Setting {
            density: Some(&self.density),
            test: &self.test,
            samples: n,
            overlap_range: self.overlap_range,
        });
        let evidence = Evidence {
            overlap_range: self.overlap_range,
            noise: Some(&noise),
            ..testing::evidence(&samples, &self.test, Some(&self.density))
        };
        let bound = |name: &&str| {
            let metric = METRICS.iter().find(|metric| metric.name() == *name)?;
            let value = metric.evaluate(&evidence)?;
            // Where ln p is the same everywhere, nothing scatters.
            let noise = value.noise_std_dev.filter(|noise| *noise > 1e-9);
            value
                .truth
                .zip(value.noise_bound)
                .filter(|_| noise.is_some())
        };
        BOUNDED.iter().map(bound).collect()
    }

    /// The metrics of a set, computed without the code of the metrics but for the distances. The test points are drawn
    /// anew.
    fn numbers(&self, n: usize, set: usize, asks_density: bool) -> [f64; 5] {
        let samples = self.draw(n, set + 1);
        let test = self
            .density
            .sample(self.test.len(), &mut stream(set as u64, 3));
        let d = self.axes.len() as f64;
        let mut found = [0.0; 5];
        for (k, law) in self.axes.iter().enumerate() {
            let [a, b] = [&samples, &test].map(|points| sorted(points.axis(k)));
            found[0] += to_law_by_table(&a, law) / d;
            found[1] += between_samples(&a, &b) / d;
            found[2] += self.overlap(&a, k) / d;
        }
        if !asks_density {
            return found;
        }
        let mut shares = vec![0.0; self.density.weights().len()];
        for x in samples.rows() {
            let of_point = self.density.responsibilities(x).unwrap();
            shares.iter_mut().zip(of_point).for_each(|(s, r)| *s += r);
            found[4] += self.density.ln_pdf(x) / n as f64;
        }
        let both = shares.iter().zip(self.density.weights());
        found[3] = 0.5 * both.map(|(s, w)| (s / n as f64 - w).abs()).sum::<f64>();
        found
    }

    fn overlap(&self, sorted: &[f64], axis: usize) -> f64 {
        let test = self.test.axis(axis);
        let ends = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
        let range = test.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let (low, high) = self.overlap_range.unwrap_or(range);
        let edge = |i: usize| low + (high - low) * i as f64 / BINS as f64;
        let below = |x: f64| sorted.partition_point(|s| *s < x) as f64;
        let law = &self.axes[axis];
        let inner = (0..BINS).map(|i| {
            let (a, b) = (edge(i), edge(i + 1));
            [below(b) - below(a), law.cdf(b) - law.cdf(a)]
        });
        let mut bins: Vec<_> = inner.collect();
        if self.overlap_range.is_none() {
            bins.push([below(low), law.cdf(low)]);
            bins.push([sorted.len() as f64 - below(high), law.survival(high)]);
        }
        let all = [0, 1].map(|which| bins.iter().map(|bin| bin[which]).sum::<f64>());
        let shared = |bin: &[f64; 2]| (bin[0] / all[0]).min(bin[1] / all[1]);
        bins.iter().map(shared).sum()
    }

    /// How many of `sets` perfect sets are beyond each bound.
    fn beyond(&self, n: usize, sets: usize) -> Vec<Option<usize>> {
        let bounds = self.bounds(n);
        let asks_density = self.density.has_density();
        let numbers: Vec<_> = (0..sets)
            .into_par_iter()
            .map(|set| self.numbers(n, set, asks_density))
            .collect();
        let count = |i: usize| {
            let (truth, bound) = bounds[i]?;
            let is_beyond = |numbers: &&[f64; 5]| match BOUNDED[i] {
                "histogram_overlap" => numbers[i] < bound,
                "log_likelihood" => (numbers[i] - truth).abs() > bound,
                _ => numbers[i] > bound,
            };
            Some(numbers.iter().filter(is_beyond).count())
        };
        (0..BOUNDED.len()).map(count).collect()
    }
}

fn stream(set: u64, which: u64) -> crate::rng::Generator {
    Seed(17).stream(Purpose::TestData, set, which)
}

#[test]
fn one_perfect_set_in_a_hundred_is_beyond_a_bound() {
    let sets = 5000;
    for preset in ["homework.toml", "presets/tiny_circle.toml"] {
        let found = Case::of_preset(preset, 400).beyond(50, sets);
        for (name, beyond) in BOUNDED.iter().zip(found) {
            let beyond = beyond.unwrap() as f64;
            // 1 % of 5000 is 50, with a standard deviation of 7: four of them. At 50 samples, few values are possible.
            assert!((22.0..78.0).contains(&beyond), "{preset} {name}: {beyond}");
        }
    }
}

/// `cargo test --release --lib evaluation::bounds -- --ignored --nocapture`, in half an hour.
#[test]
#[ignore = "takes minutes"]
fn the_bounds_of_all_presets_are_at_their_level() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/presets");
    let files = std::fs::read_dir(root).unwrap();
    let mut presets: Vec<_> = files
        .map(|file| format!("presets/{}", file.unwrap().file_name().to_str().unwrap()))
        .collect();
    presets.sort();
    let cases: Vec<_> = presets
        .iter()
        .map(|path| Case::of_preset(path, usize::MAX))
        .collect();
    let mut failures = vec![];
    for (n, sets) in [(50, 10_000), (300, 10_000), (1000, 10_000), (10_000, 2000)] {
        // The level that is found has three standard errors, and the bound's own.
        let allowed = 0.3 + 300.0 * (0.0099 / sets as f64).sqrt();
        for (preset, case) in presets.iter().zip(&cases) {
            for (name, count) in BOUNDED.iter().zip(case.beyond(n, sets)) {
                let Some(count) = count else { continue };
                let level = 100.0 * count as f64 / sets as f64;
                println!("{preset}, {n} samples, {name}: {level:.2} %");
                if (level - 1.0).abs() > allowed {
                    failures.push(format!("{preset}, {n} samples, {name}: {level} %"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
