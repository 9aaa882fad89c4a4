//! Samples with one fault each: it is named, and no other.

use super::{faults, within_modes::tests::modes};
use crate::{
    evaluation::{
        sample_numbers::{NetworkEvidence, SampleNumbers, SampleSet},
        testing,
    },
    experiment::run::record::{EvalRecord, Fault},
    points::Points,
    rng::{Purpose, Seed},
    target::{Component, Curve, DensestRegion, Gaussian, Mixture, Path},
};

const N: usize = 3000;

fn draw(law: &Mixture, n: usize, index: u64) -> Points {
    law.sample(n, &mut Seed(31).stream(Purpose::TestData, index, 0))
}

/// The record of samples beside a law, or beside test points alone.
fn record(samples: &Points, test: &Points, density: Option<&Mixture>) -> EvalRecord {
    let set = SampleSet {
        samples,
        test,
        density,
        overlap_range: None,
        class_weights: None,
        guidance: 1.0,
    };
    let numbers = SampleNumbers::of(&set, &NetworkEvidence::default());
    EvalRecord {
        num_samples: samples.len(),
        metrics: numbers.metrics,
        modes: numbers.modes,
        ..testing::record()
    }
}

fn found(samples: &Points, law: &Mixture) -> Vec<Fault> {
    let test = draw(law, 500, 1);
    let region = DensestRegion::of(law, 0.01).unwrap();
    let record = record(samples, &test, Some(law));
    faults(&record, samples, &test, Some((law, &region)))
}

/// The kinds of some faults.
fn kinds(faults: &[Fault]) -> Vec<&'static str> {
    let kind = |fault: &Fault| match fault {
        Fault::ModeWeights { .. } => "weights",
        Fault::Displaced { .. } => "displaced",
        Fault::Width { factor, .. } if *factor > 1.0 => "wide",
        Fault::Width { .. } => "narrow",
        Fault::Thickness { factor, .. } if *factor > 1.0 => "thick",
        Fault::Thickness { .. } => "thin",
        Fault::Spread { samples, data, .. } if samples > data => "spread wide",
        Fault::Spread { .. } => "spread narrow",
        Fault::Elsewhere { .. } => "elsewhere",
        Fault::Crowded { .. } => "crowded",
        Fault::Missed { .. } => "missed",
    };
    faults.iter().map(kind).collect()
}

fn ridge(across: f64) -> Mixture {
    let (a, b) = (100.0, across * across);
    let covariance = vec![0.5 * (a + b), 0.5 * (a - b), 0.5 * (a - b), 0.5 * (a + b)];
    let gaussian = Gaussian::new(vec![0.0, 0.0], covariance).unwrap();
    Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
}

/// The first of every `every` samples is put at `place` instead.
fn replaced(samples: &Points, every: usize, place: [f64; 2]) -> Points {
    let rows = samples.rows().enumerate();
    let put = |(i, x): (usize, &[f64])| match i % every {
        0 => place,
        _ => [x[0], x[1]],
    };
    Points::new(rows.flat_map(put).collect(), 2)
}

#[test]
fn perfect_samples_have_no_fault() {
    for law in [modes([0.5, 0.8]), ridge(1.93)] {
        assert_eq!(found(&draw(&law, N, 2), &law), []);
    }
}

#[test]
fn each_fault_of_modes_is_named_and_no_other() {
    let law = modes([0.5, 0.8]);
    let weights = Mixture::new(vec![0.6, 0.4], law.components().to_vec());
    assert_eq!(kinds(&found(&draw(&weights, N, 2), &law)), ["weights"]);
    let wide = modes([0.65, 1.04]);
    assert_eq!(kinds(&found(&draw(&wide, N, 3), &law)), ["wide"]);
    let narrow = modes([0.35, 0.56]);
    assert_eq!(kinds(&found(&draw(&narrow, N, 4), &law)), ["narrow"]);
    let moved = draw(&law, N, 5);
    let moved = moved.rows().flat_map(|x| [x[0], x[1] + 0.3]).collect();
    assert_eq!(kinds(&found(&Points::new(moved, 2), &law)), ["displaced"]);
    let junk = replaced(&draw(&law, N, 6), 20, [0.0, 0.0]);
    let faults = found(&junk, &law);
    assert_eq!(kinds(&faults), ["elsewhere"]);
    let Fault::Elsewhere { share, truth } = faults[0] else {
        panic!("{faults:?}");
    };
    assert!((share - 0.0595).abs() < 0.01 && (truth - 0.01).abs() < 1e-3);
}

#[test]
fn a_ridge_is_too_wide_across_or_too_narrow_or_has_outliers() {
    let law = ridge(1.93);
    for (across, kind) in [(2.95, "spread wide"), (1.3, "spread narrow")] {
        let faults = found(&draw(&ridge(across), N, 2), &law);
        assert_eq!(kinds(&faults), [kind]);
        let Fault::Spread {
            direction,
            samples,
            data,
            correlation,
        } = &faults[0]
        else {
            panic!("{faults:?}");
        };
        // The direction is that of the samples, and turns a little with them.
        assert!((samples / across - 1.0).abs() < 0.1 && (data / 1.93 - 1.0).abs() < 0.1);
        assert!((direction[0] + direction[1]).abs() < 0.1, "{direction:?}");
        // (100 − 1.93²)/(100 + 1.93²).
        assert!((correlation.unwrap().1 - 0.9282).abs() < 1e-3);
    }
    // Far outliers make the standard deviation larger, and the ridge no wider.
    let outliers = replaced(&draw(&law, N, 3), 40, [20.0, -20.0]);
    assert_eq!(kinds(&found(&outliers, &law)), ["elsewhere"]);
}

/// A normal law without its tails is as wide as it should be but for 2 %, and its outer part is empty.
#[test]
fn samples_without_tails_are_crowded_and_no_narrower() {
    let gaussian = Gaussian::diagonal(vec![1.0], &[2.0]).unwrap();
    let law = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
    let all = draw(&law, N, 2);
    let inner = all.values().iter().copied();
    let inner = inner.filter(|x| (x - 1.0).abs() < 4.8).collect();
    let faults = found(&Points::new(inner, 1), &law);
    assert_eq!(kinds(&faults), ["crowded"]);
    assert!(matches!(faults[0], Fault::Crowded { share, .. } if share == 0.0));
    let narrow = all.values().iter().map(|x| 1.0 + 0.8 * (x - 1.0)).collect();
    assert_eq!(kinds(&found(&Points::new(narrow, 1), &law)), ["narrow"]);
}

/// Of a file with a ridge nothing is known but its test points.
#[test]
fn the_ridge_of_a_file_is_told_too() {
    let test = draw(&ridge(1.93), 500, 1);
    let kinds_of = |across, index| {
        let samples = draw(&ridge(across), 1000, index);
        kinds(&faults(
            &record(&samples, &test, None),
            &samples,
            &test,
            None,
        ))
    };
    assert_eq!(kinds_of(2.95, 2), ["spread wide"]);
    assert!(kinds_of(1.93, 3).is_empty());
}

#[test]
fn what_a_model_misses_is_told_of_samples_that_are_told() {
    let law = modes([0.5, 0.8]);
    let test = draw(&law, 500, 1);
    let region = DensestRegion::of(&law, 0.01).unwrap();
    let with_missed = |samples: &Points, share: f64, p_value: f64| {
        let mut record = record(samples, &test, Some(&law));
        let missed = crate::metric::MetricValue {
            value: Some(share),
            truth: Some(0.01),
            p_value: Some(p_value),
            ..Default::default()
        };
        record.metrics.insert("missed_99".into(), missed);
        kinds(&faults(&record, samples, &test, Some((&law, &region))))
    };
    let wide = draw(&modes([0.65, 1.04]), N, 3);
    assert_eq!(with_missed(&wide, 0.2, 1e-6), ["wide", "missed"]);
    assert_eq!(with_missed(&wide, 0.012, 0.3), ["wide"]);
    assert_eq!(with_missed(&wide, 0.0, 1e-6), ["wide"]);
    assert!(with_missed(&draw(&law, N, 2), 0.2, 1e-6).is_empty());
}

/// Modes on the line, as (weight, mean, standard deviation).
fn on_the_line(modes: &[(f64, f64, f64)]) -> Mixture {
    let mode = |(_, mean, std_dev): &(f64, f64, f64)| {
        Component::Gaussian(Gaussian::diagonal(vec![*mean], &[*std_dev]).unwrap())
    };
    let weights = modes.iter().map(|mode| mode.0).collect();
    Mixture::new(weights, modes.iter().map(mode).collect())
}

fn kinds_of(samples: &Mixture, law: &Mixture, index: u64) -> Vec<&'static str> {
    kinds(&found(&draw(samples, N, index), law))
}

/// Where modes overlap, each takes some of the other's samples when both are moved or widened.
#[test]
fn modes_that_overlap_have_wrong_weights_only_where_the_weights_are_wrong() {
    let law = on_the_line(&[(0.4, -1.0, 0.8), (0.6, 1.0, 0.8)]);
    let moved = on_the_line(&[(0.4, -0.6, 0.8), (0.6, 1.4, 0.8)]);
    let wide = on_the_line(&[(0.3, -1.0, 1.2), (0.7, 1.0, 1.2)]);
    let of_wide = on_the_line(&[(0.3, -1.0, 0.8), (0.7, 1.0, 0.8)]);
    let closer = on_the_line(&[(0.4, -0.5, 0.8), (0.6, 1.0, 0.8)]);
    for (samples, law) in [(&moved, &law), (&wide, &of_wide), (&closer, &law)] {
        for index in 2..5 {
            let test = draw(law, 500, 1);
            let samples = draw(samples, N, index);
            let record = record(&samples, &test, Some(law));
            let p_value = record.metrics["mode_weight_error"].p_value.unwrap();
            let said = kinds(&found(&samples, law));
            assert!(
                !said.contains(&"weights") && !said.is_empty(),
                "{said:?} {p_value}"
            );
        }
    }
    let weights = on_the_line(&[(0.6, -1.0, 0.8), (0.4, 1.0, 0.8)]);
    for index in 2..5 {
        assert_eq!(kinds_of(&weights, &law, index), ["weights"]);
    }
}

/// A lost mode takes the tails or the distance between modes with it: nothing that is left is narrower.
#[test]
fn samples_without_a_mode_are_not_too_narrow() {
    let narrow = |said: &[&str]| {
        said.iter()
            .any(|kind| ["narrow", "spread narrow", "crowded", "thin"].contains(kind))
    };
    let law = modes([0.5, 0.8]);
    let lost = Mixture::new(vec![1.0, 0.0001], law.components().to_vec());
    let said = kinds_of(&lost, &law, 2);
    assert!(said.contains(&"weights") && !narrow(&said), "{said:?}");
    // The outer part of the truth is that of the broad mode alone.
    let law = on_the_line(&[(0.7, 0.0, 0.3), (0.3, 4.0, 1.5)]);
    let lost = on_the_line(&[(1.0, 0.0, 0.3)]);
    let said = kinds_of(&lost, &law, 2);
    assert!(said.contains(&"weights") && !narrow(&said), "{said:?}");
    let moved = on_the_line(&[(0.7, 0.2, 0.3), (0.3, 3.0, 1.5)]);
    for index in 2..5 {
        let said = kinds_of(&moved, &law, index);
        assert!(!narrow(&said) && !said.is_empty(), "{said:?}");
    }
    // Of few perfect samples the variance is often a tenth too small.
    for index in 0..40 {
        assert!(found(&draw(&law, 100, index), &law).is_empty());
    }
}

/// Two moons, a ring and a roll, with that much noise.
fn curves(noise: f64) -> [Mixture; 3] {
    use std::f64::consts::PI;
    let curve = |path, scale: f64, shift| {
        Component::Curve(Curve::new(path, [scale, scale], shift, noise / scale))
    };
    let moons = vec![
        curve(Path::arc(0.0, PI), 1.0, [0.0, 0.0]),
        curve(Path::arc(PI, 2.0 * PI), 1.0, [1.0, 0.5]),
    ];
    let ring = vec![curve(Path::arc(0.0, 2.0 * PI), 1.0, [0.0, 0.0])];
    let roll = vec![curve(Path::spiral(1.5 * PI, 4.5 * PI), 0.1, [0.0, 0.0])];
    [moons, ring, roll].map(|parts| Mixture::new(vec![1.0; parts.len()], parts))
}

#[test]
fn curves_that_are_smeared_are_too_thick_and_others_are_not() {
    let (thick, thin) = (curves(0.08 * 1.4), curves(0.08 * 0.7));
    for (i, law) in curves(0.08).iter().enumerate() {
        let region = DensestRegion::of(law, 0.01).unwrap();
        let test = draw(law, 500, 1);
        let found = |samples: &Points| {
            let record = record(samples, &test, Some(law));
            faults(&record, samples, &test, Some((law, &region)))
        };
        for (samples, times, kind) in [(&thick[i], 1.4, "thick"), (&thin[i], 0.7, "thin")] {
            let faults = found(&draw(samples, N, 2));
            assert_eq!(kinds(&faults), [kind]);
            let Fault::Thickness { factor, error, .. } = faults[0] else {
                panic!("{faults:?}");
            };
            assert!(
                (factor - times).abs() < 5.0 * error && error < 0.05,
                "{faults:?}"
            );
        }
        assert!(found(&draw(law, N, 3)).is_empty());
        // Junk far from the curves, and curves that are moved: they are no thicker.
        let junk = kinds(&found(&replaced(&draw(law, N, 7), 20, [2.5, 2.5])));
        assert_eq!(junk, ["elsewhere"]);
        let moved = draw(law, N, 8);
        let moved = moved.rows().flat_map(|x| [x[0] + 0.05, x[1]]).collect();
        let said = kinds(&found(&Points::new(moved, 2)));
        assert!(
            !said.contains(&"thick") && !said.contains(&"thin"),
            "{said:?}"
        );
    }
}
