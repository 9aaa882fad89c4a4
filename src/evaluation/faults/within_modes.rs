//! The modes of samples about their own centres: how wide they are, and where.

use super::moments::ModeMoments;
use crate::{
    points::Points,
    rng::{Purpose, Seed},
    target::{Component, DensestRegion, Mixture},
};

/// Perfect points that the samples are compared with.
const POOL: usize = 1 << 14;

/// Of these so many, for what has to be computed at several widths.
const FEW: usize = 1 << 12;

/// Standard errors that chance does not reach.
const ERRORS: f64 = 4.0;

/// The square of the distance of a centre from its place, in standard errors, that chance does not reach.
const FAR: f64 = 30.0;

/// Factors between which a width is sought.
const FACTORS: (f64, f64) = (0.02, 20.0);

/// Perfect points, and in which component each was drawn.
pub(super) struct Pool {
    pub(super) points: Points,
    pub(super) component: Vec<usize>,
}

impl Pool {
    fn of(law: &Mixture, size: usize) -> Self {
        let points = law.stratified_sample(size, &mut Seed(0).stream(Purpose::MonteCarlo, 12, 0));
        let (mut k, mut sum) = (0, law.weights()[0]);
        let component = (0..size).map(|i| {
            while (i as f64 + 0.5) / size as f64 >= sum && k + 1 < law.weights().len() {
                k += 1;
                sum += law.weights()[k];
            }
            k
        });
        Self {
            component: component.collect(),
            points,
        }
    }

    /// The points after every component has been stretched about its centre and moved.
    pub(super) fn stretched(&self, law: &Mixture, factor: f64, shifts: &[Vec<f64>]) -> Points {
        let d = law.dim();
        let rows = self.points.rows().zip(&self.component);
        let moved = rows.flat_map(|(x, k)| {
            let component = &law.components()[*k];
            (0..d).map(move |i| {
                let centre = component.mean(i);
                centre + shifts[*k][i] + factor * (x[i] - centre)
            })
        });
        Points::new(moved.collect(), d)
    }
}

/// The modes of samples beside those of the truth. Only what lies in the region that holds nearly all of the truth is
/// compared, so that a few samples far away decide nothing.
pub(super) struct WithinModes {
    /// The width as a multiple of the true one, with its standard error, where chance cannot explain it.
    pub(super) factor: Option<(f64, f64)>,
    /// How far each mode is from its place; 0 where chance can explain it.
    pub(super) shifts: Vec<Vec<f64>>,
    /// The mode that is the farthest, in its own standard deviations.
    pub(super) farthest: Option<usize>,
    pub(super) pool: Pool,
}

impl WithinModes {
    /// Of data whose components are Gaussians and boxes alone; a curve has no width of this kind.
    pub(super) fn of(samples: &Points, law: &Mixture, region: &DensestRegion) -> Option<Self> {
        let is_curve = |component: &Component| matches!(component, Component::Curve(_));
        if law.components().iter().any(is_curve) {
            return None;
        }
        let perfect = Pool::of(law, POOL).points;
        let found = ModeMoments::of(samples, law, region)?;
        let truth = ModeMoments::of(&perfect, law, region)?;
        let (shifts, farthest) = shifts(&found, &truth, law);
        let pool = Pool::of(law, FEW);
        let wanted = found.width_beside(&truth, law);
        let error = found.width_error(&truth, law);
        let factor = wanted.filter(|width| (width - 1.0).abs() > ERRORS * error);
        Some(Self {
            factor: factor.map(|width| stretch(&pool, law, region, width, error)),
            shifts,
            farthest,
            pool,
        })
    }
}

/// How far every centre is from its place, and the farthest.
fn shifts(
    found: &ModeMoments,
    truth: &ModeMoments,
    law: &Mixture,
) -> (Vec<Vec<f64>>, Option<usize>) {
    let mut farthest: (f64, Option<usize>) = (0.0, None);
    let mut shift = |k: usize| {
        let apart = found.centre_beside(truth, law, k);
        let still = vec![0.0; law.dim()];
        let Some((shift, square, _)) = apart.filter(|(_, _, errors)| *errors > FAR) else {
            return still;
        };
        if square > farthest.0 {
            farthest = (square, Some(k));
        }
        shift
    };
    let shifts = (0..law.components().len()).map(&mut shift).collect();
    (shifts, farthest.1)
}

/// The factor by which all components have to be stretched about their centres to look that wide inside the region, with
/// its error.
fn stretch(
    pool: &Pool,
    law: &Mixture,
    region: &DensestRegion,
    wanted: f64,
    error: f64,
) -> (f64, f64) {
    let still = vec![vec![0.0; law.dim()]; law.components().len()];
    let truth = ModeMoments::of(&pool.points, law, region);
    let width = |factor: f64| {
        let points = pool.stretched(law, factor, &still);
        let found = ModeMoments::of(&points, law, region)?;
        found.width_beside(truth.as_ref()?, law)
    };
    let solve = |wanted: f64| {
        let (mut low, mut high) = FACTORS;
        for _ in 0..12 {
            let middle = (low * high).sqrt();
            // What leaves nothing inside is too wide.
            match width(middle).is_some_and(|width| width < wanted) {
                true => low = middle,
                false => high = middle,
            }
        }
        (low * high).sqrt()
    };
    let factor = solve(wanted);
    let slope = (solve(wanted + error) - factor).abs();
    (factor, slope)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::target::Gaussian;

    /// Two modes at ±3 with these standard deviations.
    pub(in crate::evaluation::faults) fn modes(std_devs: [f64; 2]) -> Mixture {
        let mode = |(mean, std_dev): (f64, f64)| {
            Component::Gaussian(Gaussian::diagonal(vec![mean, 0.0], &[std_dev; 2]).unwrap())
        };
        let both = [(-3.0, std_devs[0]), (3.0, std_devs[1])].map(mode);
        Mixture::new(vec![0.5, 0.5], both.to_vec())
    }

    fn draw(law: &Mixture, n: usize) -> Points {
        law.sample(n, &mut Seed(9).stream(Purpose::TestData, 1, 0))
    }

    #[test]
    fn modes_that_are_stretched_are_found_to_be() {
        let law = modes([0.5, 0.8]);
        let region = DensestRegion::of(&law, 0.01).unwrap();
        for factor in [0.6, 1.3] {
            let samples = draw(&modes([0.5 * factor, 0.8 * factor]), 4000);
            let found = WithinModes::of(&samples, &law, &region).unwrap();
            let (width, error) = found.factor.unwrap();
            assert!((width / factor - 1.0).abs() < 0.05, "{width} {factor}");
            assert!(error < 0.05 && found.farthest.is_none());
        }
        let found = WithinModes::of(&draw(&law, 4000), &law, &region).unwrap();
        assert!(found.factor.is_none() && found.farthest.is_none());
    }

    #[test]
    fn modes_that_are_moved_are_no_wider() {
        let law = modes([0.5, 0.8]);
        let region = DensestRegion::of(&law, 0.01).unwrap();
        let moved = draw(&law, 4000);
        let moved = moved.rows().flat_map(|x| [x[0], x[1] + 0.15]).collect();
        let found = WithinModes::of(&Points::new(moved, 2), &law, &region).unwrap();
        assert_eq!(found.factor, None);
        assert_eq!(found.farthest, Some(0), "the narrower one is the farther");
        assert!(
            (found.shifts[0][1] - 0.15).abs() < 0.04,
            "{:?}",
            found.shifts
        );
    }
}
