//! A denoiser for each class of the data, and the terms of the loss of a class-conditional model.

use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoiser, Instant, LossWeightConfig, NoiseSchedule,
        Prediction, Quantity,
    },
    error::Result,
    memo::Memo,
    points::Points,
    target::{Estimate, Mixture},
    truth::{BayesDenoiser, EmpiricalDenoiser, LossFloor, excess_loss},
};

/// Denoisers that each know one class, and one that knows them all.
pub(crate) struct PerClass<'a> {
    of_class: Vec<Box<dyn Denoiser + 'a>>,
    of_all: Box<dyn Denoiser + 'a>,
}

impl PerClass<'_> {
    /// ε*(x, t, c) = E[ε | x_t = x, c], the Bayes denoiser of each class of `data` (standardised units),
    /// and that of the whole for no class. For that one alone unless `conditional` is set.
    pub(crate) fn bayes(data: &Mixture, schedule: &NoiseSchedule, conditional: bool) -> Self {
        let parts = parts(data, if conditional { Some(0.0) } else { None });
        let bayes =
            |law: &Mixture| -> Box<dyn Denoiser> { Box::new(BayesDenoiser::new(law, schedule)) };
        Self {
            of_class: match conditional {
                true => parts.iter().map(|part| bayes(&part.law)).collect(),
                false => vec![],
            },
            of_all: bayes(data),
        }
    }

    /// The minimisers of the loss over the training points `points` (`[n, d]`, standardised units) of
    /// each class, and over all of them; over all of them alone unless `num_classes` is above 0.
    pub(crate) fn empirical(points: &Points, num_classes: usize) -> Self {
        let empirical =
            |points: &Points| -> Box<dyn Denoiser> { Box::new(EmpiricalDenoiser::new(points)) };
        let of_class = |class| empirical(&points.of_class(class));
        Self {
            of_class: (0..num_classes as u32).map(of_class).collect(),
            of_all: empirical(points),
        }
    }
}

impl Denoiser for PerClass<'_> {
    fn dim(&self) -> usize {
        self.of_all.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.of_all.predict_noise(x, at, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.of_all.predict_x0(x, at, predicted_x0)
    }
}

impl ClassDenoiser for PerClass<'_> {
    fn num_classes(&self) -> usize {
        self.of_class.len()
    }

    fn predict_of(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        let member = |class: u32| &**self.of_class.get(class as usize).unwrap_or(&self.of_all);
        let classes = match classes {
            Classes::Same(class) => return quantity.of(member(class), x, at, predicted),
            Classes::Each(classes) => classes,
        };
        let d = self.dim();
        for class in 0..=self.num_classes() as u32 {
            let rows: Vec<usize> = (0..classes.len())
                .filter(|i| classes[*i] == class)
                .collect();
            let points = rows.iter().flat_map(|i| &x[i * d..(i + 1) * d]);
            let points: Vec<f64> = points.copied().collect();
            let mut answers = vec![0.0; points.len()];
            quantity.of(member(class), &points, at, &mut answers)?;
            for (i, answer) in rows.iter().zip(answers.chunks_exact(d)) {
                predicted[i * d..(i + 1) * d].copy_from_slice(answer);
            }
        }
        Ok(())
    }
}

/// A part of what a network is asked in training: points of one law, of which it is told one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The law of the points, in standardised units.
    pub law: Mixture,
    /// Its share of all points; the shares sum to 1.
    pub share: f64,
    /// What the network is told of their class: its number, or the number of classes for none.
    pub class: u32,
}

/// The parts of what a network is asked about data of the law `data`: each class, and, where the class
/// is dropped with some probability, the whole without it. One part for a network that is told nothing of
/// classes, which is `dropout` = `None`.
pub(crate) fn parts(data: &Mixture, dropout: Option<f64>) -> Vec<Part> {
    let whole = |share, class| Part {
        law: data.clone(),
        share,
        class,
    };
    let Some(dropout) = dropout else {
        return vec![whole(1.0, 0)];
    };
    let weights = data.class_weights();
    let of_class = |(class, weight): (u32, &f64)| {
        Some(Part {
            law: data.of_class(class)?,
            share: (1.0 - dropout) * weight,
            class,
        })
    };
    let mut parts: Vec<_> = (0..).zip(&weights).filter_map(of_class).collect();
    if dropout > 0.0 {
        parts.push(whole(dropout, weights.len() as u32));
    }
    parts
}

/// What a loss floor depends on.
type Asked = (Vec<Part>, NoiseSchedule, Prediction, LossWeightConfig);

/// The floors of the latest processes: the runs of a sweep share them.
static FLOORS: Memo<Asked, LossFloor> = Memo::new(8);

/// What a perfect network would have for a loss over all `parts` together.
pub(crate) fn loss_floor(
    parts: &[Part],
    schedule: &NoiseSchedule,
    prediction: Prediction,
    weight: &LossWeightConfig,
) -> LossFloor {
    let of = |part: &Part| LossFloor::new(&part.law, schedule, prediction, weight).by_timestep;
    let asked = (parts.to_vec(), schedule.clone(), prediction, weight.clone());
    let found = FLOORS.of(asked, |_| LossFloor {
        by_timestep: shared(parts.iter().map(|part| (part.share, of(part)))),
    });
    LossFloor::clone(&found)
}

/// How far the loss of `denoiser` over all `parts` together is above [`loss_floor`], for t = 1..=T at
/// index t − 1, as [`excess_loss`] finds it for each.
pub(crate) fn excess_over_parts(
    parts: &[Part],
    schedule: &NoiseSchedule,
    denoiser: &dyn ClassDenoiser,
    prediction: Prediction,
    weight: &LossWeightConfig,
) -> Result<Vec<Estimate>> {
    let of = |part: &Part| {
        let told = Conditional::new(denoiser, Classes::Same(part.class));
        let excess = excess_loss(&part.law, schedule, &told, prediction, weight)?;
        Ok((part.share, excess))
    };
    let found: Vec<_> = parts.iter().map(of).collect::<Result<_>>()?;
    Ok(shared(found))
}

/// Σ share · value at every timestep. The parts share their random numbers, so that their standard
/// errors may add up at worst: so they do here.
fn shared(parts: impl IntoIterator<Item = (f64, Vec<Estimate>)>) -> Vec<Estimate> {
    let mut sums: Vec<Estimate> = vec![];
    for (share, values) in parts {
        sums.resize(values.len(), Estimate::exact(0.0));
        for (sum, value) in sums.iter_mut().zip(values) {
            sum.value += share * value.value;
            sum.standard_error += share * value.standard_error;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        target::{Component, Gaussian},
    };

    fn data() -> Mixture {
        let component =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        Mixture::new(
            vec![0.2, 0.5, 0.3],
            vec![
                component(-1.0, 0.6),
                component(0.3, 0.5),
                component(1.1, 0.4),
            ],
        )
    }

    #[test]
    fn not_to_know_the_class_costs_what_lies_between_the_floors() {
        // The Bayes denoiser of the whole has the same loss with and without classes, that of its own
        // floor. So floor + excess of the class-conditional model is the floor of the other, at every
        // timestep.
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
        let deaf = PerClass::bayes(&data, &schedule, false);
        let (prediction, weight) = (Prediction::Noise, LossWeightConfig::Uniform);
        let whole = LossFloor::new(&data, &schedule, prediction, &weight).by_timestep;
        for dropout in [0.0, 0.25] {
            let parts = parts(&data, Some(dropout));
            let shares: f64 = parts.iter().map(|part| part.share).sum();
            assert!((shares - 1.0).abs() < 1e-15);
            let floor = loss_floor(&parts, &schedule, prediction, &weight).by_timestep;
            let excess = excess_over_parts(&parts, &schedule, &deaf, prediction, &weight).unwrap();
            for ((whole, floor), excess) in whole.iter().zip(&floor).zip(&excess) {
                let gap = whole.value - floor.value - excess.value;
                assert!(gap.abs() < 1e-9, "{gap}");
                assert!(floor.value < whole.value);
            }
            let told = PerClass::bayes(&data, &schedule, true);
            let excess = excess_over_parts(&parts, &schedule, &told, prediction, &weight);
            for excess in excess.unwrap() {
                assert!(excess.value < 1e-28, "{excess:?}");
            }
        }
    }

    #[test]
    fn points_of_many_classes_are_answered_as_each_would_be_alone() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
        let points = Points::new(vec![-1.0, 0.2, 0.4, 1.0, -0.7], 1);
        let points = points.with_labels(vec![0, 1, 1, 2, 0]);
        for denoiser in [
            PerClass::bayes(&data, &schedule, true),
            PerClass::empirical(&points, 3),
        ] {
            let (x, classes) = ([0.1, -0.4, 0.9, 0.3], [2, 0, 3, 2]);
            let mut together = [0.0; 4];
            let at = schedule.instant(4);
            let noise = Quantity::Noise;
            let told = Classes::Each(&classes);
            denoiser
                .predict_of(&x, at, told, noise, &mut together)
                .unwrap();
            for (i, class) in classes.into_iter().enumerate() {
                let mut alone = [0.0];
                let told = Classes::Same(class);
                denoiser
                    .predict_of(&x[i..=i], at, told, noise, &mut alone)
                    .unwrap();
                assert_eq!(alone[0], together[i]);
            }
            let mut none = [0.0];
            denoiser.predict_noise(&x[2..3], at, &mut none).unwrap();
            assert_eq!(none[0], together[2]);
        }
    }
}
