//! Centre and spread of every mode of points, by the shares that the components of a law have of each.

use crate::{
    points::Points,
    target::{DensestRegion, Mixture},
};

/// A mode of fewer points has no width.
const FEWEST: f64 = 30.0;

/// One mode of points, in units of its component's standard deviations along the axes.
struct OneMode {
    /// The sum of the shares.
    count: f64,
    /// Where the centre is, in standard deviations from that of the component.
    centre: Vec<f64>,
    /// The mean square distance from that centre, per dimension.
    square: f64,
    /// The relative variance of one point's square distance.
    variance: f64,
}

/// The modes of points; a mode of too few is none.
pub(super) struct ModeMoments(Vec<Option<OneMode>>);

impl ModeMoments {
    /// Of the points inside a region. `None` where no mode has enough of them.
    pub(super) fn of(points: &Points, law: &Mixture, region: &DensestRegion) -> Option<Self> {
        let inside: Vec<_> = points
            .rows()
            .filter(|x| !region.leaves_out(law.ln_pdf(x)))
            .filter_map(|x| Some((x, law.responsibilities(x)?)))
            .collect();
        let of = |k: usize| one_mode(&inside, law, k);
        let modes: Vec<_> = (0..law.components().len()).map(of).collect();
        modes.iter().any(Option::is_some).then_some(Self(modes))
    }

    fn pairs<'a>(
        &'a self,
        truth: &'a Self,
        law: &'a Mixture,
    ) -> impl Iterator<Item = (f64, &'a OneMode, &'a OneMode)> {
        let modes = self.0.iter().zip(&truth.0).zip(law.weights());
        modes.filter_map(|((a, b), weight)| Some((*weight, a.as_ref()?, b.as_ref()?)))
    }

    /// The width of the modes beside that of others: the root of the mean ratio of their squares.
    pub(super) fn width_beside(&self, truth: &Self, law: &Mixture) -> Option<f64> {
        let terms = self.pairs(truth, law);
        let (sum, all) = terms.fold((0.0, 0.0), |(sum, all), (weight, a, b)| {
            (sum + weight * a.square / b.square, all + weight)
        });
        (all > 0.0).then(|| (sum / all).sqrt())
    }

    /// The standard error of that for perfect points.
    pub(super) fn width_error(&self, truth: &Self, law: &Mixture) -> f64 {
        let terms = self.pairs(truth, law);
        let (sum, all) = terms.fold((0.0, 0.0), |(sum, all), (weight, a, b)| {
            let variance = b.variance * (1.0 / a.count + 1.0 / b.count);
            (sum + weight * weight * variance, all + weight)
        });
        0.5 * sum.sqrt() / all
    }

    /// How far a centre is from another: in the units of the data, its square in standard deviations, and that in
    /// standard errors.
    pub(super) fn centre_beside(
        &self,
        truth: &Self,
        law: &Mixture,
        mode: usize,
    ) -> Option<(Vec<f64>, f64, f64)> {
        let (a, b) = (self.0[mode].as_ref()?, truth.0[mode].as_ref()?);
        let gaps: Vec<_> = a.centre.iter().zip(&b.centre).map(|(a, b)| a - b).collect();
        let square: f64 = gaps.iter().map(|gap| gap * gap).sum();
        let errors = square / (b.square * (1.0 / a.count + 1.0 / b.count));
        let component = &law.components()[mode];
        let scaled = gaps.iter().enumerate();
        let shift = scaled.map(|(i, gap)| gap * component.variance(i).sqrt());
        Some((shift.collect(), square, errors))
    }
}

fn one_mode(inside: &[(&[f64], Vec<f64>)], law: &Mixture, k: usize) -> Option<OneMode> {
    let (d, component) = (law.dim(), &law.components()[k]);
    let scale: Vec<_> = (0..d).map(|i| component.variance(i).sqrt()).collect();
    let place = |x: &[f64], i: usize| (x[i] - component.mean(i)) / scale[i];
    let count: f64 = inside.iter().map(|(_, r)| r[k]).sum();
    if count < FEWEST || scale.iter().any(|s| *s <= 0.0) {
        return None;
    }
    let mean =
        |f: &dyn Fn(&[f64]) -> f64| inside.iter().map(|(x, r)| r[k] * f(x)).sum::<f64>() / count;
    let centre: Vec<_> = (0..d).map(|i| mean(&|x| place(x, i))).collect();
    let square_of = |x: &[f64]| {
        let squares = (0..d).map(|i| (place(x, i) - centre[i]).powi(2));
        squares.sum::<f64>() / d as f64
    };
    let square = mean(&|x| square_of(x));
    let variance = mean(&|x| (square_of(x) / square - 1.0).powi(2));
    Some(OneMode {
        count,
        square,
        variance,
        centre,
    })
}
