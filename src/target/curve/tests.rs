use super::*;
use crate::{
    rng::{Purpose, Seed},
    target::{Component, Estimate, Mixture, Posterior, quadrature},
};
use std::f64::consts::{PI, TAU};

/// An arc, a ring stretched along one axis, and a roll, with their noise.
fn curves() -> [Curve; 3] {
    let roll = Path::spiral(1.5 * PI, 4.5 * PI);
    [
        Curve::new(Path::arc(0.0, PI), [-1.0, -1.0], [1.0, 0.5], 0.05),
        Curve::new(Path::arc(0.0, TAU), [1.5, 0.7], [0.2, -0.3], 0.1),
        Curve::new(roll, [0.1, 0.1], [0.0, 0.0], 0.4),
    ]
}

fn law(curve: &Curve) -> Mixture {
    Mixture::new(vec![1.0], vec![Component::Curve(curve.clone())])
}

/// ln of the density and the moments of the place by the definition, with many nodes.
fn by_definition(curve: &Curve, x: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let d = curve.dim();
    let edges: Vec<_> = (0..=4000)
        .map(|i| curve.path.from() + curve.path.span() * f64::from(i) / 4000.0)
        .collect();
    let mut terms = vec![];
    for (theta, weight) in quadrature::nodes(&edges) {
        let mut place = vec![0.0; d];
        curve.place(theta, &mut place);
        let ln_pdf = |k: usize| {
            let z = (x[k] - place[k]) / curve.noise(k);
            -0.5 * z * z - curve.noise(k).ln() - LN_SQRT_2PI
        };
        let total: f64 = (0..d).map(ln_pdf).sum();
        terms.push((total + (weight / curve.path.span()).ln(), place));
    }
    let largest = terms
        .iter()
        .map(|(l, _)| *l)
        .fold(f64::NEG_INFINITY, f64::max);
    let mass: f64 = terms.iter().map(|(l, _)| (l - largest).exp()).sum();
    let mean_of = |f: &dyn Fn(&[f64]) -> f64| {
        let sum: f64 = terms.iter().map(|(l, c)| (l - largest).exp() * f(c)).sum();
        sum / mass
    };
    let mean: Vec<_> = (0..d).map(|k| mean_of(&|c| c[k])).collect();
    let covariance =
        (0..d * d).map(|i| mean_of(&|c| (c[i / d] - mean[i / d]) * (c[i % d] - mean[i % d])));
    (largest + mass.ln(), mean.clone(), covariance.collect())
}

/// Points on, near and far from the curve.
fn places(curve: &Curve) -> Vec<Vec<f64>> {
    let mut places = vec![vec![0.0, 0.0], vec![3.0, -2.0], vec![-8.0, 5.0]];
    for (i, off) in [0.0, 0.5, 2.0, 5.0, 9.0, 20.0].into_iter().enumerate() {
        let mut place = vec![0.0; 2];
        curve.place(
            curve.path.from() + curve.path.span() * i as f64 / 5.0,
            &mut place,
        );
        place[0] += off * curve.noise(0);
        place[1] -= off * curve.noise(1);
        places.push(place);
    }
    places
}

#[test]
fn density_and_posterior_moments_are_those_of_the_definition() {
    for curve in curves() {
        let one = curve.axis(1);
        let view = curve.transformed(&[0.8, 0.8], &[0.0; 2], &[0.1; 2]);
        for curve in [curve, view] {
            for x in places(&curve) {
                let (ln_pdf, mean, covariance) = by_definition(&curve, &x);
                let found = curve.ln_pdf(&x);
                assert!(
                    (found - ln_pdf).abs() < 1e-10 * ln_pdf.abs().max(1.0),
                    "{x:?} {found} {ln_pdf}"
                );
                let (m, c) = curve.place_moments(&x);
                for (a, b) in m.iter().zip(&mean) {
                    assert!((a - b).abs() < 1e-10, "{x:?} {m:?} {mean:?}");
                }
                for (a, b) in c.iter().zip(&covariance) {
                    assert!((a - b).abs() < 1e-10, "{x:?} {c:?} {covariance:?}");
                }
            }
        }
        for x in [-1.3, 0.0, 0.2, 0.51, 2.0] {
            let (ln_pdf, ..) = by_definition(&one, &[x]);
            assert!((one.ln_pdf(&[x]) - ln_pdf).abs() < 1e-10 * ln_pdf.abs().max(1.0));
        }
    }
}

#[test]
fn golden_values_of_moons_circles_and_roll() {
    // ∫ N(x; c(θ), s² I) dθ/(b − a) by scipy.integrate.quad with points=[θ of the nearest place] and
    // epsrel=1e-13.
    for (curve, x, density) in golden() {
        let found = curve.ln_pdf(&x).exp();
        assert!(
            (found / density - 1.0).abs() < 1e-11,
            "{x:?}: {found} {density}"
        );
    }
}

fn golden() -> Vec<(Curve, [f64; 2], f64)> {
    let [moon, ..] = curves();
    let ring = Curve::new(Path::arc(0.0, TAU), [0.5; 2], [0.0; 2], 0.1);
    let roll = Curve::new(Path::spiral(1.5 * PI, 4.5 * PI), [1.0; 2], [0.0; 2], 0.5);
    let thin = Curve::new(
        Path::spiral(1.5 * PI, 4.5 * PI),
        [1.0 / 15.0; 2],
        [0.0; 2],
        0.0,
    )
    .transformed(&[0.9; 2], &[0.0; 2], &[0.01; 2]);
    vec![
        (moon.clone(), [0.1, 0.1], 2.445643864852611),
        (moon, [1.2, 0.2], 1.291130357461017e-35),
        (ring, [0.3, 0.36], 2.15720667889799),
        (roll, [-9.0, 1.5], 0.00883605953676137),
        (thin, [0.25, 0.41], 0.0016819653605163374),
    ]
}

#[test]
fn a_tiny_noise_and_distant_points_are_no_trouble() {
    let bare = Curve::new(Path::spiral(1.5 * PI, 4.5 * PI), [0.1; 2], [0.0; 2], 0.0);
    let mut place = [0.0; 2];
    bare.place(8.0, &mut place);
    let speed = 0.1 * 1f64.hypot(8.0);
    for noise in [1e-3, 1e-5, 1e-8] {
        let curve = bare.transformed(&[1.0; 2], &[0.0; 2], &[noise; 2]);
        // On a curve that is straight on the scale of the noise: 1/(speed · span) · N(0; 0, noise²).
        let expected = -(speed * bare.path.span() * noise).ln() - LN_SQRT_2PI;
        let found = curve.ln_pdf(&place);
        assert!(
            (found - expected).abs() < 0.1 * noise + 1e-15 / noise,
            "{noise}: {found} {expected}"
        );
        let far = curve.ln_pdf(&[50.0, -30.0]);
        assert!(far.is_finite() && far < -1e3 / noise, "{far}");
        let mut score = [0.0; 2];
        curve.add_score(&[50.0, -30.0], 1.0, &mut score);
        assert!(score.iter().all(|s| s.is_finite()));
    }
}

#[test]
fn the_density_integrates_to_one_and_the_moments_are_its_own() {
    for curve in curves() {
        let law = law(&curve);
        let one = law.quadrature(|_| 1.0).unwrap();
        // The grid ends six standard deviations from the curve.
        assert!((one.value - 1.0).abs() < 1e-9, "{one:?}");
        for axis in 0..2 {
            let mean = law.quadrature(|x| x[axis]).unwrap().value;
            assert!((mean - curve.mean(axis)).abs() < 1e-8);
            let variance = law.quadrature(|x| (x[axis] - mean).powi(2)).unwrap().value;
            assert!((variance - curve.variance(axis)).abs() < 1e-7);
        }
    }
}

#[test]
fn the_score_is_the_slope_of_the_log_density() {
    for curve in curves() {
        for x in places(&curve) {
            let mut score = [0.0; 2];
            curve.add_score(&x, 1.0, &mut score);
            for axis in 0..2 {
                let h = 1e-4 * curve.noise(axis);
                let shifted = |h: f64| {
                    let mut x = x.clone();
                    x[axis] += h;
                    curve.ln_pdf(&x)
                };
                let slope = (shifted(h) - shifted(-h)) / (2.0 * h);
                let scale = curve.ln_pdf(&x).abs().max(1.0) / h * 1e-15;
                let error = (slope - score[axis]).abs();
                assert!(
                    error < 1e-5 * slope.abs() + 5.0 * scale,
                    "{x:?}: {slope} {score:?}"
                );
            }
        }
    }
}

#[test]
fn the_marginal_is_the_integral_over_the_other_axis() {
    for curve in curves() {
        for axis in 0..2 {
            let (one, other) = (curve.axis(axis), 1 - axis);
            let (low, high) = curve.range(other);
            let noise = curve.noise(other);
            let edges: Vec<_> = (0..=300)
                .map(|i| low - 9.0 * noise + (high - low + 18.0 * noise) * f64::from(i) / 300.0)
                .collect();
            for x in [-0.9, 0.03, 0.8] {
                let joint = |y: f64| {
                    let mut point = [x, x];
                    point[other] = y;
                    curve.ln_pdf(&point).exp()
                };
                let exact = quadrature::integrate(&edges, joint);
                let found = one.ln_pdf(&[x]).exp();
                assert!(
                    (found - exact).abs() < 1e-10 * exact.max(1e-3),
                    "{x}: {found} {exact}"
                );
            }
        }
    }
}

#[test]
fn the_distribution_function_is_the_integral_of_the_density() {
    for curve in curves() {
        for axis in 0..2 {
            let noisy = curve.axis(axis);
            let bare = Curve::with_axes(
                curve.path,
                vec![Axis {
                    noise: 0.0,
                    ..curve.axes[axis]
                }],
            );
            for (curve, tolerance) in [(noisy, 1e-9), (bare, 1e-13)] {
                let law = law(&curve);
                let (low, high) = law.support();
                let edges = law.breakpoints();
                for i in 0..40 {
                    let x = low + (high - low) * f64::from(i) / 39.0;
                    // Averages over the curve of what a normal has in closed form.
                    let nodes: Vec<_> = (0..=600)
                        .map(|i| curve.path.from() + curve.path.span() * f64::from(i) / 600.0)
                        .collect();
                    let mean_of = |f: &dyn Fn(f64) -> f64| {
                        let value = |theta| f(curve.value(theta));
                        quadrature::integrate(&nodes, value) / curve.path.span()
                    };
                    if curve.noise(0) > 0.0 {
                        let normal =
                            |c: f64| crate::target::special::normal_cdf((x - c) / curve.noise(0));
                        let integral = |c: f64| {
                            let z = (x - c) / curve.noise(0);
                            curve.noise(0) * crate::target::special::normal_cdf_integral(z)
                        };
                        let (cdf, below) = (mean_of(&normal), mean_of(&integral));
                        assert!((curve.cdf(x) - cdf).abs() < tolerance, "{x}");
                        assert!((curve.survival(x) - (1.0 - cdf)).abs() < tolerance, "{x}");
                        assert!((curve.cdf_integral(x) - below).abs() < tolerance, "{x}");
                    } else {
                        // ∫F by quadrature between the turning points; kinks make it less exact.
                        let part: Vec<_> = edges
                            .iter()
                            .copied()
                            .filter(|e| *e < x)
                            .chain([x])
                            .collect();
                        let below = quadrature::integrate(&part, |x| curve.cdf(x));
                        assert!((curve.cdf_integral(x) - below).abs() < 1e-8, "{x} {below}");
                        let mass = quadrature::integrate(&part, |x| curve.ln_pdf(&[x]).exp());
                        assert!((curve.cdf(x) - mass).abs() < 2e-3, "{x} {mass}");
                    }
                }
            }
        }
    }
}

#[test]
fn draws_follow_the_density() {
    // χ² over the cells of a grid whose probability is known by quadrature: mean = the degrees of
    // freedom k, variance 2k, so five standard deviations are 5√(2k).
    for (i, curve) in curves().into_iter().enumerate() {
        let law = law(&curve);
        let mut rng = Seed(7).stream(Purpose::TestData, i as u64, 0);
        let n = 40_000;
        let draws = law.sample(n, &mut rng);
        const SIDE: usize = 12;
        let range = [0, 1].map(|k| curve.range(k));
        let cell = |x: &[f64]| {
            let index = |k: usize| {
                let (low, high) = range[k];
                (((x[k] - low) / (high - low) * SIDE as f64).floor()).clamp(0.0, SIDE as f64 - 1.0)
                    as usize
            };
            index(0) * SIDE + index(1)
        };
        let mut counts = vec![0.0; SIDE * SIDE];
        draws.rows().for_each(|x| counts[cell(x)] += 1.0);
        let edges = |k: usize, j: usize| {
            let (low, high) = range[k];
            let at = |j: usize| low + (high - low) * j as f64 / SIDE as f64;
            let noise = 9.0 * curve.noise(k);
            let from = if j == 0 { low - noise } else { at(j) };
            let to = if j == SIDE - 1 {
                high + noise
            } else {
                at(j + 1)
            };
            let panels = ((to - from) / (3.0 * curve.noise(k))).ceil() as usize;
            (0..=panels)
                .map(|i| from + (to - from) * i as f64 / panels as f64)
                .collect::<Vec<_>>()
        };
        let (mut statistic, mut cells) = (0.0, 0.0);
        for (j, count) in counts.iter().enumerate() {
            let (rows, columns) = (edges(0, j / SIDE), edges(1, j % SIDE));
            let over_y = |x: f64| quadrature::integrate(&columns, |y| law.pdf(&[x, y]));
            let expected = n as f64 * quadrature::integrate(&rows, over_y);
            if expected > 5.0 {
                statistic += (count - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        let freedom: f64 = cells - 1.0;
        assert!(
            (statistic - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(),
            "{statistic} for {freedom} degrees of freedom"
        );
    }
}

#[test]
fn posterior_draws_have_the_posterior_moments() {
    let bare = Curve::new(Path::arc(0.0, PI), [1.0; 2], [0.0; 2], 0.0);
    for (i, curve) in curves().into_iter().chain([bare]).enumerate() {
        let posterior = Posterior::new(&law(&curve), 0.8, 0.3);
        let mut rng = Seed(3).stream(Purpose::TestData, i as u64, 1);
        for y in [[0.4, 0.3], [1.6, -1.0]] {
            let (mean, covariance) = posterior.moments(&y);
            let mut x = [0.0; 2];
            let draws: Vec<_> = (0..20_000)
                .map(|_| {
                    let weights = posterior.responsibilities(&y);
                    posterior.sample(&weights, &y, &mut rng, &mut x);
                    x
                })
                .collect();
            for axis in 0..2 {
                let of = |f: &dyn Fn(&[f64; 2]) -> f64| {
                    Estimate::mean_of(&draws.iter().map(f).collect::<Vec<_>>())
                };
                let found = of(&|x| x[axis]);
                assert!(
                    (found.value - mean[axis]).abs() < 5.0 * found.standard_error,
                    "{y:?}"
                );
                let found = of(&|x| (x[axis] - mean[axis]).powi(2));
                assert!((found.value - covariance[3 * axis]).abs() < 5.0 * found.standard_error);
            }
            let products: Vec<_> = draws
                .iter()
                .map(|x| (x[0] - mean[0]) * (x[1] - mean[1]))
                .collect();
            let found = Estimate::mean_of(&products);
            assert!((found.value - covariance[1]).abs() < 5.0 * found.standard_error);
        }
    }
}

#[test]
fn the_posterior_mean_is_that_of_the_score() {
    // Tweedie (Robbins 1956): a E[x | y] = y + s² ∇ ln q(y), noise on the curve or none.
    let bare = Curve::new(Path::spiral(1.5 * PI, 4.5 * PI), [0.1; 2], [0.0; 2], 0.0);
    for curve in curves().into_iter().chain([bare]) {
        for (a, s) in [(0.99, 0.05), (0.7, 0.7), (0.1, 0.99)] {
            let posterior = Posterior::new(&law(&curve), a, s);
            for y in [[0.3, 0.2], [-1.1, 0.9], [2.5, 2.5]] {
                let score = posterior.marginal().score(&y);
                let (mean, _) = posterior.moments(&y);
                for axis in 0..2 {
                    let tweedie = (y[axis] + s * s * score[axis]) / a;
                    assert!(
                        (mean[axis] - tweedie).abs() < 1e-10,
                        "{y:?} {mean:?} {tweedie}"
                    );
                }
            }
        }
    }
}

#[test]
fn without_noise_there_is_no_density_at_the_data_and_one_at_every_other_level() {
    let data = law(&Curve::new(Path::arc(0.0, PI), [1.0; 2], [0.0; 2], 0.0));
    assert!(!data.has_density() && data.ln_pdf(&[1.0, 0.0]).is_nan());
    assert!(data.entropy().is_none() && data.ln_pdf_variance().is_none());
    assert!(data.responsibilities(&[1.0, 0.0]).is_none());
    let level = data.diffused(0.9, 0.4);
    assert!(level.has_density() && level.entropy().is_some());
    // Each coordinate has one.
    assert!(data.axis(0).has_density());
    // Of cos θ: 1/(π√(1 − x²)), the arcsine law.
    let found = data.axis(0).pdf(&[0.5]);
    assert!((found - 1.0 / (PI * 0.75f64.sqrt())).abs() < 1e-13);
    assert!((data.axis(0).cdf(0.5) - (1.0 - 0.5f64.acos() / PI)).abs() < 1e-15);
}

#[test]
fn a_ring_has_the_density_of_bessels_function() {
    // (1/2πs²) exp(−(r² + R²)/2s²) I₀(rR/s²), with I₀ by its integral.
    let (radius, noise) = (0.8, 0.3);
    let ring = Curve::new(Path::arc(0.0, TAU), [radius; 2], [0.0; 2], noise / radius);
    let edges: Vec<_> = (0..=200).map(|i| PI * f64::from(i) / 200.0).collect();
    for r in [0.0, 0.4, 0.8, 1.7] {
        let z = r * radius / (noise * noise);
        let bessel = quadrature::integrate(&edges, |theta| (z * (theta.cos() - 1.0)).exp()) / PI;
        let exact = bessel * (-0.5 * ((r - radius) / noise).powi(2)).exp() / (TAU * noise * noise);
        let found = ring.ln_pdf(&[r * 0.6, r * 0.8]).exp();
        assert!((found / exact - 1.0).abs() < 1e-12, "{r}: {found} {exact}");
    }
}

#[test]
fn bounds_on_a_panel_hold_for_all_of_its_points() {
    for curve in curves() {
        let whole = curve.noisy();
        for panel in whole.table() {
            for x in [
                [0.0, 0.0],
                [panel.middle[0] + 1.0, panel.middle[1]],
                [40.0, -70.0],
            ] {
                let (low, high) = panel.exponents(x);
                for i in 0..=20 {
                    let [a, b] = whole
                        .curve
                        .at(panel.start + panel.width * f64::from(i) / 20.0);
                    let exponent = 0.5 * ((a - x[0]).powi(2) + (b - x[1]).powi(2));
                    assert!(low <= exponent * (1.0 + 1e-12) && exponent <= high * (1.0 + 1e-12));
                }
            }
        }
    }
}
