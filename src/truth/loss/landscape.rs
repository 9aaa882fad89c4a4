//! What each timestep asks of a network: the losses of a perfect network, of the best linear one and of
//! a constant, side by side.

use crate::{
    diffusion::{LossWeightConfig, NoiseLevel, NoiseSchedule, Prediction},
    target::{Estimate, Mixture},
    truth::{LossFloor, Part, loss::irreducible::x0_unit},
};

/// x0 counts as known below this fraction of its variance, and as lost above one minus it.
const DECIDED: f64 = 0.05;

/// One timestep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LossAt {
    /// Timestep t.
    pub t: usize,
    /// Its noise level.
    pub level: NoiseLevel,
    /// L*(t), the loss of a perfect network.
    pub floor: Estimate,
    /// The loss of the best denoiser that is affine in x_t.
    pub linear: f64,
    /// The loss of the best constant output: that of a network which ignores x_t.
    pub constant: f64,
    /// E Var[x0 | x_t]/Var x0 in [0, 1], summed over the axes: the fraction of the data's variance that
    /// x_t leaves open. It is the same for every prediction and weight.
    pub open: f64,
}

/// The losses of three denoisers at t = 1..=T, in the units and with the weights of the training loss.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LossLandscape {
    /// For t = 1..=T, at index t − 1.
    pub by_timestep: Vec<LossAt>,
}

impl LossAt {
    fn scale(&mut self, factor: f64) {
        self.floor.value *= factor;
        self.floor.standard_error *= factor;
        self.linear *= factor;
        self.constant *= factor;
        self.open *= factor;
    }
}

impl LossLandscape {
    /// For a network that predicts `prediction`, trained with `weight`, on data of the law `data`
    /// (standardised units). The floor is exact in one dimension, the other two everywhere.
    ///
    /// Let v be the variance along an axis, a and s those of level t, and SNR = a²/s². Along an axis of
    /// the data's covariance the best affine denoiser has E(x0 − x̂0)² = v/(1 + SNR v), as if the data
    /// were Gaussian. The best constant is the mean of the target; the variance it leaves is 1 for ε, v for x0, (a² + s² v)/(a² + s²) for v and 1
    /// + v for the velocity.
    pub(crate) fn new(
        data: &Mixture,
        schedule: &NoiseSchedule,
        prediction: Prediction,
        weight: &LossWeightConfig,
    ) -> Self {
        let floor = LossFloor::new(data, schedule, prediction, weight);
        let variances: Vec<_> = (0..data.dim()).map(|k| data.variance(k)).collect();
        let mean = |f: &dyn Fn(f64) -> f64| {
            variances.iter().map(|v| f(*v)).sum::<f64>() / variances.len() as f64
        };
        let principal = data.principal_variances();
        let linear = |snr: f64| {
            let left = principal.iter().map(|v| v / (1.0 + snr * v)).sum::<f64>();
            left / principal.len() as f64
        };
        let at = |(i, floor): (usize, &Estimate)| {
            let level = schedule.level(i + 1);
            let (snr, unit) = (level.snr(), x0_unit(prediction, weight, level));
            let (signal2, noise2) = (level.signal.powi(2), level.noise.powi(2));
            let constant = match prediction {
                Prediction::Noise => 1.0,
                Prediction::X0 => mean(&|v| v),
                Prediction::V => mean(&|v| (signal2 + noise2 * v) / level.norm().powi(2)),
                Prediction::Velocity => mean(&|v| 1.0 + v),
            };
            LossAt {
                t: i + 1,
                level,
                floor: *floor,
                linear: unit * linear(snr),
                constant: weight.weight(prediction, level) * constant,
                open: (floor.value / unit / mean(&|v| v)).clamp(0.0, 1.0),
            }
        };
        Self {
            by_timestep: floor.by_timestep.iter().enumerate().map(at).collect(),
        }
    }

    /// The same for a network that is asked about all `parts` of the data and told which: at each
    /// timestep the mean over the parts. Each part has a linear denoiser and a constant of its own.
    pub(crate) fn of_parts(
        parts: &[Part],
        schedule: &NoiseSchedule,
        prediction: Prediction,
        weight: &LossWeightConfig,
    ) -> Self {
        let of = |part: &Part| {
            (
                part.share,
                Self::new(&part.law, schedule, prediction, weight),
            )
        };
        let mut all = parts.iter().map(of);
        let (first_share, mut mean) = all.next().expect("there is a part");
        for at in &mut mean.by_timestep {
            at.scale(first_share);
        }
        for (share, other) in all {
            for (at, other) in mean.by_timestep.iter_mut().zip(other.by_timestep) {
                at.floor.value += share * other.floor.value;
                at.floor.standard_error += share * other.floor.standard_error;
                at.linear += share * other.linear;
                at.constant += share * other.constant;
                at.open += share * other.open;
            }
        }
        mean
    }

    /// The mean over t = 1..=T of the floor: what a perfect network's loss would be.
    pub(crate) fn floor(&self) -> Estimate {
        let by_timestep = self.by_timestep.iter().map(|at| at.floor).collect();
        LossFloor { by_timestep }.mean()
    }

    /// The mean over t = 1..=T of one of the other losses.
    pub(crate) fn mean_of(&self, loss: impl Fn(&LossAt) -> f64) -> f64 {
        self.by_timestep.iter().map(loss).sum::<f64>() / self.by_timestep.len() as f64
    }

    /// The first and the last timestep at which x_t neither determines x0 nor says nothing of it: 5 % to
    /// 95 % of the data's variance are open. `None` if no timestep lies between.
    pub(crate) fn undecided(&self) -> Option<(usize, usize)> {
        self.range(|at| (DECIDED..=1.0 - DECIDED).contains(&at.open))
    }

    /// The first and the last timestep at which the best linear denoiser's loss is more than 5 % above
    /// the floor. Only there does a network have to learn more than two moments of the data.
    pub(crate) fn nonlinear(&self) -> Option<(usize, usize)> {
        self.range(|at| at.linear > (1.0 + DECIDED) * at.floor.value)
    }

    fn range(&self, holds: impl Fn(&LossAt) -> bool) -> Option<(usize, usize)> {
        let mut inside = self.by_timestep.iter().filter(|at| holds(at));
        let first = inside.next()?.t;
        Some((first, inside.next_back().map_or(first, |at| at.t)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        settings::Choice,
        target::{Component, Gaussian},
        truth::{excess_loss, linear_denoiser},
    };

    fn mixture(parts: &[(f64, f64, f64)]) -> Mixture {
        let component = |(_, mean, sd): &(f64, f64, f64)| {
            Component::Gaussian(Gaussian::diagonal(vec![*mean], &[*sd]).unwrap())
        };
        Mixture::new(
            parts.iter().map(|part| part.0).collect(),
            parts.iter().map(component).collect(),
        )
    }

    #[test]
    fn for_gaussian_data_the_linear_denoiser_is_the_perfect_one() {
        let (data, schedule) = (
            mixture(&[(1.0, 0.4, 0.7)]),
            ScheduleConfig::Cosine.build(30).unwrap(),
        );
        for (_, prediction) in Prediction::NAMES {
            for weight in [
                LossWeightConfig::Uniform,
                LossWeightConfig::MinSnr { gamma: 5.0 },
            ] {
                let landscape = LossLandscape::new(&data, &schedule, *prediction, &weight);
                for at in &landscape.by_timestep {
                    let error = (at.linear - at.floor.value).abs();
                    assert!(error < 1e-9 * at.linear.max(1.0), "{prediction:?} {at:?}");
                    assert!(at.constant >= at.linear - 1e-9 * at.constant, "{at:?}");
                    // s²/(a² v + s²).
                    let (a2, s2) = (at.level.signal.powi(2), at.level.noise.powi(2));
                    let open = s2 / (a2 * 0.49 + s2);
                    assert!((at.open - open).abs() < 1e-7, "{at:?} {open}");
                }
                assert_eq!(landscape.nonlinear(), None);
            }
        }
    }

    #[test]
    fn of_a_correlated_gaussian_the_linear_denoiser_sees_the_other_coordinate() {
        let covariance = vec![1.0, 0.995, 0.995, 1.0];
        let gaussian = Gaussian::new(vec![0.0; 2], covariance).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let weight = LossWeightConfig::Uniform;
        let landscape = LossLandscape::new(&data, &schedule, Prediction::Noise, &weight);
        for at in &landscape.by_timestep {
            // The mean over both eigenvalues of a² v/(a² v + s²), the loss of the Bayes denoiser.
            let (a2, s2) = (at.level.signal.powi(2), at.level.noise.powi(2));
            let exact = [1.995, 0.005].map(|v| a2 * v / (a2 * v + s2));
            let error = at.linear - 0.5 * (exact[0] + exact[1]);
            assert!(error.abs() < 1e-12, "{at:?}");
        }
        assert_eq!(landscape.nonlinear(), None);
    }

    #[test]
    fn the_linear_loss_is_that_of_the_linear_denoiser() {
        let data = mixture(&[(0.3, -1.4, 0.25), (0.7, 0.7, 0.15)]);
        let schedule = ScheduleConfig::Cosine.build(12).unwrap();
        let weight = LossWeightConfig::MinSnr { gamma: 2.0 };
        let landscape = LossLandscape::new(&data, &schedule, Prediction::V, &weight);
        let linear = linear_denoiser(&data, &schedule);
        let excess = excess_loss(&data, &schedule, &linear, Prediction::V, &weight).unwrap();
        for (at, excess) in landscape.by_timestep.iter().zip(&excess) {
            let error = (at.floor.value + excess.value - at.linear).abs();
            assert!(error < 1e-9 * at.linear, "{at:?} {excess:?}");
        }
        let (first, last) = landscape.undecided().unwrap();
        let open = |t: usize| landscape.by_timestep[t - 1].open;
        assert!(open(first) >= 0.05 && (first == 1 || open(first - 1) < 0.05));
        assert!(open(last) <= 0.95 && (last == 12 || open(last + 1) > 0.95));
        assert!(landscape.nonlinear().is_some());
        let mean = landscape.mean_of(|at| at.linear);
        assert!(landscape.floor().value < mean && mean < landscape.mean_of(|at| at.constant));
    }
}
