//! How thick the samples lie on curves, beside the noise that the truth has there.

use super::explained::Range;
use crate::{
    points::Points,
    rng::{Purpose, Seed},
    target::{Component, Curve, DensestRegion, Mixture},
};

/// Samples that are looked at, and perfect points, at most.
const MOST: usize = 4000;
const POOL: usize = 1 << 13;

/// Distances in standard deviations of the noise up to which a point counts: junk decides nothing.
const REACH: f64 = 3.0;

/// Cells of each axis: about the mean of its cell a point lies as far as noise takes it, though the curve is moved.
const CELLS: usize = 10;

/// Standard errors that chance does not reach.
const ERRORS: f64 = 4.0;

/// Factors between which a thickness is sought.
const FACTORS: (f64, f64) = (0.02, 6.0);

/// A thickness as a multiple of the true one that chance does not explain, and what it explains.
pub(super) struct Thickness {
    pub(super) factor: f64,
    pub(super) error: f64,
    /// The fraction of the samples outside the region that it comes to.
    pub(super) outside: Range,
}

impl Thickness {
    /// Of data that lies on curves alone, with noise.
    pub(super) fn of(samples: &Points, law: &Mixture, region: &DensestRegion) -> Option<Self> {
        let curves: Vec<_> = law.components().iter().map(curve).collect::<Option<_>>()?;
        let perfect = law.stratified_sample(POOL, &mut Seed(0).stream(Purpose::MonteCarlo, 12, 0));
        let cells = Cells::over(&perfect);
        let own = offsets(samples.rows().take(MOST), law, &curves);
        let truth = offsets(perfect.rows(), law, &curves);
        let (square, _, n) = cells.squares(&own, 1.0)?;
        let (true_square, fourth, m) = cells.squares(&truth, 1.0)?;
        let relative = fourth / true_square.powi(2) - 1.0;
        let error = 0.5 * (relative * (1.0 / n + 1.0 / m)).sqrt();
        let width = (square / true_square).sqrt();
        if (width - 1.0).abs() <= ERRORS * error {
            return None;
        }
        let solve = |wanted: f64| {
            let (mut low, mut high) = FACTORS;
            for _ in 0..20 {
                let middle = (low * high).sqrt();
                let found = cells.squares(&truth, middle);
                let is_below =
                    found.is_some_and(|(square, ..)| square < wanted.powi(2) * true_square);
                *(if is_below { &mut low } else { &mut high }) = middle;
            }
            (low * high).sqrt()
        };
        let factor = solve(width);
        let error = (solve(width + error) - factor).abs();
        let at = |factor: f64| {
            let is_outside = |found: &&Offset| {
                let moved = found.place.iter().zip(&found.offset).zip(&found.unit);
                let x: Vec<_> = moved.map(|((c, o), unit)| c + factor * o * unit).collect();
                region.leaves_out(law.ln_pdf(&x))
            };
            truth.iter().filter(is_outside).count() as f64 / truth.len() as f64
        };
        let ends = [factor - 2.0 * error, factor + 2.0 * error].map(at);
        Some(Self {
            factor,
            error,
            outside: Range::around(ends, samples.len(), truth.len()),
        })
    }
}

fn curve(component: &Component) -> Option<&Curve> {
    match component {
        Component::Curve(curve) if curve.dim() == 2 && curve.has_density() => Some(curve),
        _ => None,
    }
}

/// A point beside the curve.
struct Offset {
    /// The mean place on the curve, given the point.
    place: Vec<f64>,
    /// From there to the point, in standard deviations of the noise.
    offset: [f64; 2],
    /// These, in the unit of the data.
    unit: [f64; 2],
    curve: usize,
}

fn offsets<'a>(
    points: impl Iterator<Item = &'a [f64]>,
    law: &Mixture,
    curves: &[&Curve],
) -> Vec<Offset> {
    let of = |x: &[f64]| {
        let shares = law.responsibilities(x)?;
        let nearest = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
        let (place, _) = curves[nearest].place_moments(x);
        let unit = [0, 1].map(|k| curves[nearest].noise(k));
        Some(Offset {
            offset: [0, 1].map(|k| (x[k] - place[k]) / unit[k]),
            unit,
            place,
            curve: nearest,
        })
    };
    points.filter_map(of).collect()
}

/// Equal cells of the plane.
struct Cells {
    low: [f64; 2],
    size: [f64; 2],
}

impl Cells {
    fn over(points: &Points) -> Self {
        let ends = [0, 1].map(|k| {
            points
                .rows()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                    (low.min(x[k]), high.max(x[k]))
                })
        });
        Self {
            low: ends.map(|(low, _)| low),
            size: ends.map(|(low, high)| (high - low) / CELLS as f64),
        }
    }

    /// The mean square distance of points to the mean of their own cell, and that of its square. The points are
    /// moved `factor` times as far from their curve first. The number of points comes last. `None` for too few.
    fn squares(&self, offsets: &[Offset], factor: f64) -> Option<(f64, f64, f64)> {
        let length = |o: &Offset| factor * o.offset[0].hypot(o.offset[1]);
        let near: Vec<_> = offsets.iter().filter(|o| length(o) < REACH).collect();
        let place = |o: &Offset| {
            let cell = |k: usize| {
                let at = (o.place[k] - self.low[k]) / self.size[k];
                at.clamp(0.0, CELLS as f64 - 1.0) as usize
            };
            (o.curve * CELLS + cell(0)) * CELLS + cell(1)
        };
        let cells = near.iter().map(|o| place(o)).max()? + 1;
        let (mut sums, mut counts) = (vec![[0.0; 2]; cells], vec![0.0; cells]);
        for o in &near {
            let cell = place(o);
            counts[cell] += 1.0;
            for (sum, offset) in sums[cell].iter_mut().zip(o.offset) {
                *sum += factor * offset;
            }
        }
        let (mut second, mut fourth, mut free) = (0.0, 0.0, 0.0);
        for o in near.iter().filter(|o| counts[place(o)] > 1.0) {
            let cell = place(o);
            let part = |k: usize| factor * o.offset[k] - sums[cell][k] / counts[cell];
            // One point of every cell is spent on its mean.
            let scale = counts[cell] / (counts[cell] - 1.0);
            let square = scale * (part(0).powi(2) + part(1).powi(2));
            second += square;
            fourth += square * square;
            free += 1.0;
        }
        (free >= 30.0).then(|| (second / free, fourth / free, free))
    }
}
