use super::*;
use crate::{
    points::Affine,
    rng::{Purpose, Seed},
    target::{Estimate, Mixture},
};

fn law((weights, components): Parts) -> Mixture {
    Mixture::new(weights, components)
}

/// Every set of the plane with its defaults, and variants with a transform or in cells.
fn sets() -> Vec<Mixture> {
    let moons = Moons {
        noise: 0.03,
        scale: Some(Coordinates(vec![2.0, 3.0])),
        shift: Some(Coordinates(vec![-0.4, -0.1])),
    };
    let two = TwoGaussians {
        offset: 1.5,
        std_dev: 0.5,
    };
    let eight = EightGaussians {
        radius: 4.0,
        std_dev: 0.5,
    };
    let circles = Circles {
        noise: 0.05,
        factor: 0.5,
    };
    let circle = Circle {
        radius: 3.0,
        noise: 0.05,
    };
    let roll = SwissRoll {
        noise: 0.5,
        scale: None,
    };
    let cells = Some(Cells(vec![5, 1]));
    vec![
        law(moons.parts()),
        law(two.parts()),
        law(eight.parts()),
        law(circles.parts()),
        law(circle.parts()),
        law(roll.parts()),
        law(Checkerboard { noise: 0.05 }.parts()),
        law(UniformSquare { cells }.parts()),
        law(Line {}.parts()),
    ]
}

/// As the networks of the tutorials see their data: each axis on its own, to the standard deviation 1.5.
fn standardized(law: &Mixture) -> Mixture {
    let (shift, scale) = (0..2)
        .map(|k| (law.mean(k), law.variance(k).sqrt() / 1.5))
        .unzip();
    law.standardized(&Affine { shift, scale })
}

#[test]
fn every_density_integrates_to_one_at_every_noise_level() {
    for law in sets() {
        let seen = standardized(&law);
        assert!((seen.variance(0) - 2.25).abs() < 1e-12);
        for (signal, noise) in [(1.0, 0.0), (0.99, 0.1), (0.6, 0.8), (0.05, 1.0)] {
            let level = seen.diffused(signal, noise);
            if level.components().iter().any(|c| c.smoothing(0) == 0.0) {
                continue;
            }
            let mass = level.quadrature(|_| 1.0).unwrap();
            assert!((mass.value - 1.0).abs() < 1e-8, "{noise}: {mass:?}");
            let second = level
                .quadrature(|x| (x[1] - level.mean(1)).powi(2))
                .unwrap();
            // What lies beyond the grid is in the stated error.
            let gap = (second.value - level.variance(1)).abs();
            assert!(gap <= second.standard_error.min(1e-5), "{gap}: {second:?}");
        }
    }
}

#[test]
fn draws_have_the_moments_and_the_entropy_of_the_law() {
    for (i, law) in sets().into_iter().enumerate() {
        let mut rng = Seed(11).stream(Purpose::TestData, i as u64, 0);
        let draws = law.sample(20_000, &mut rng);
        let check = |truth: f64, f: &dyn Fn(&[f64]) -> f64| {
            let found = Estimate::mean_of(&draws.rows().map(f).collect::<Vec<_>>());
            let bound = 5.0 * found.standard_error + 1e-10;
            assert!(
                (found.value - truth).abs() < bound,
                "set {i}: {found:?} {truth}"
            );
        };
        for axis in 0..2 {
            let mean = law.mean(axis);
            check(mean, &|x| x[axis]);
            check(law.variance(axis), &|x| (x[axis] - mean).powi(2));
        }
        let normal = law.matched_normal();
        let covariance = normal.covariance()[1];
        check(covariance, &|x| (x[0] - law.mean(0)) * (x[1] - law.mean(1)));
        check(law.entropy().unwrap().value, &|x| -law.ln_pdf(x));
        let labels = draws.labels().unwrap();
        for (class, weight) in law.class_weights().into_iter().enumerate() {
            let count = labels
                .iter()
                .filter(|label| **label == class as u32)
                .count();
            let spread = (20_000.0 * weight * (1.0 - weight)).sqrt();
            assert!((count as f64 - 20_000.0 * weight).abs() <= 5.0 * spread);
        }
    }
}

#[test]
fn the_sets_are_those_of_their_documents() {
    let all = sets();
    let range = |law: &Mixture, axis: usize| {
        let cores = law.components().iter().map(|c| c.core(axis));
        cores.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (l, h)| {
            (a.min(l), b.max(h))
        })
    };
    let close =
        |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-12 && (b - d).abs() < 1e-12;
    // tiny-diffusion: x → 2(x + 0.3) − 1 of [−1, 2] and y → 3(y + 0.3) − 1 of [−½, 1].
    assert!(close(range(&all[0], 0), (-2.4, 3.6)) && close(range(&all[0], 1), (-1.6, 2.9)));
    assert!((all[0].components()[0].smoothing(1) - 0.09).abs() < 1e-15);
    // The Swiss roll of scikit-learn with noise 0.5 has the standard deviation 6.866 over both columns.
    let roll = &all[5];
    let mean = 0.5 * (roll.mean(0) + roll.mean(1));
    let square = |k: usize| roll.variance(k) + (roll.mean(k) - mean).powi(2);
    let std_dev = (0.5 * (square(0) + square(1))).sqrt();
    assert!((std_dev - 6.865919964231146).abs() < 1e-12, "{std_dev}");
    // Eight squares of area 4.
    let board = &all[6];
    assert_eq!(board.components().len(), 8);
    for (x, p) in [
        ([1.0, 1.0], 1.0 / 32.0),
        ([-3.0, 3.0], 0.0),
        ([-1.0, 3.0], 1.0 / 32.0),
    ] {
        assert!((board.pdf(&x) - p).abs() < 1e-12, "{x:?}");
    }
    let bands = &all[7];
    assert!(bands.num_classes() == 5 && (bands.pdf(&[0.9, -0.5]) - 0.25).abs() < 1e-15);
    assert_eq!(
        bands.class_posterior(&[-0.5, 0.0]).unwrap(),
        [0.0, 1.0, 0.0, 0.0, 0.0]
    );
    // The entropy of a uniform law is the logarithm of its area.
    assert!((all[8].entropy().unwrap().value - 32f64.ln()).abs() < 1e-10);
}

#[test]
fn golden_entropies_of_moons_circles_and_roll() {
    // −∫p ln p by numpy: p by 600, 900 and 900 nodes of numpy.polynomial.legendre.leggauss on each curve,
    // summed over a grid of spacing 0.4 times the noise.
    let moons = Moons {
        noise: 0.05,
        scale: None,
        shift: None,
    };
    let circles = Circles {
        noise: 0.05,
        factor: 0.5,
    };
    let roll = SwissRoll {
        noise: 0.5,
        scale: None,
    };
    for (parts, golden) in [
        (moons.parts(), 0.2892337375613669),
        (circles.parts(), 0.6060764362567498),
        (roll.parts(), 5.186965811858935),
    ] {
        let entropy = law(parts).entropy().unwrap();
        assert!(
            (entropy.value - golden).abs() < 1e-7,
            "{entropy:?} {golden}"
        );
        assert!(entropy.standard_error < 1e-3, "{entropy:?}");
    }
}

#[test]
fn cells_run_along_the_last_axis_first() {
    let square = UniformBox::new(vec![0.0, 0.0], vec![2.0, 3.0]).unwrap();
    let (_, components) = cut(square, Some(&Cells(vec![2, 3])));
    let corner = |k: usize| [components[k].core(0).0, components[k].core(1).0];
    assert_eq!(
        [corner(0), corner(1), corner(3)],
        [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    );
}
