//! How often a denoiser is asked.

use super::{Classes, Denoiser, Instant};
use crate::error::Result;
use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

/// A denoiser that counts for how many points it answers.
pub(crate) struct Counted<'a> {
    denoiser: &'a dyn Denoiser,
    count: AtomicU64,
}

impl<'a> Counted<'a> {
    /// The same denoiser, asked for no point yet.
    pub(crate) fn new(denoiser: &'a dyn Denoiser) -> Self {
        Self {
            denoiser,
            count: AtomicU64::new(0),
        }
    }

    /// Answers so far, for one point each.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn part(&self) -> Part<'_> {
        Part {
            denoiser: Held::Whole(self.denoiser),
            count: &self.count,
        }
    }
}

/// The denoiser of all points or of some, with the count of all.
struct Part<'a> {
    denoiser: Held<'a>,
    count: &'a AtomicU64,
}

enum Held<'a> {
    Whole(&'a dyn Denoiser),
    Part(Box<dyn Denoiser + 'a>),
}

impl Part<'_> {
    fn counted(&self, x: &[f64]) -> &dyn Denoiser {
        let denoiser = match &self.denoiser {
            Held::Whole(denoiser) => *denoiser,
            Held::Part(denoiser) => &**denoiser,
        };
        let points = x.len() / denoiser.dim();
        self.count.fetch_add(points as u64, Ordering::Relaxed);
        denoiser
    }
}

impl Denoiser for Part<'_> {
    fn dim(&self) -> usize {
        self.counted(&[]).dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.counted(x).predict_noise(x, at, predicted_noise)
    }

    fn predict_noise_each(
        &self,
        x: &[f64],
        at: &[Instant],
        predicted_noise: &mut [f64],
    ) -> Result<()> {
        self.counted(x).predict_noise_each(x, at, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.counted(x).predict_x0(x, at, predicted_x0)
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        self.counted(x).predict_x0_each(x, at, predicted_x0)
    }

    fn classes(&self) -> Option<Classes<'_>> {
        self.counted(&[]).classes()
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let part = self.counted(&[]).of_rows(rows)?;
        Some(Box::new(Part {
            denoiser: Held::Part(part),
            count: self.count,
        }))
    }
}

impl Denoiser for Counted<'_> {
    fn dim(&self) -> usize {
        self.denoiser.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.part().predict_noise(x, at, predicted_noise)
    }

    fn predict_noise_each(
        &self,
        x: &[f64],
        at: &[Instant],
        predicted_noise: &mut [f64],
    ) -> Result<()> {
        self.part().predict_noise_each(x, at, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.part().predict_x0(x, at, predicted_x0)
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        self.part().predict_x0_each(x, at, predicted_x0)
    }

    fn classes(&self) -> Option<Classes<'_>> {
        self.denoiser.classes()
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let part = self.denoiser.of_rows(rows)?;
        Some(Box::new(Part {
            denoiser: Held::Part(part),
            count: &self.count,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            ReverseProcess, SamplerConfig, ScheduleConfig, Start,
            sampler::{Levels, SamplerKind},
        },
        rng::Seed,
    };

    /// ε̂ = 0.
    struct Zero;

    impl Denoiser for Zero {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, _: &[f64], _: Instant, predicted_noise: &mut [f64]) -> Result<()> {
            predicted_noise.fill(0.0);
            Ok(())
        }
    }

    #[test]
    fn every_sampler_asks_as_often_as_its_method_says() {
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let heun = SamplerKind::Heun {
            s_churn: 0.0,
            s_tmin: 0.0,
            s_tmax: 1e9,
            s_noise: 1.0,
        };
        // Heun's method asks twice but in the step into the data.
        for (kind, evaluations) in [
            (SamplerKind::Ddim { eta: 0.0 }, 7),
            (SamplerKind::DpmSolverPp2m, 7),
            (heun, 13),
        ] {
            let config = SamplerConfig {
                kind,
                num_steps: Some(7),
                levels: Levels::Karras,
                start: Start::Standard,
            };
            let (sampler, zero) = (config.build(&schedule, &[], None), Counted::new(&Zero));
            let process = ReverseProcess::new(&sampler, &zero, 300, Seed(0));
            process.samples().unwrap();
            assert_eq!(zero.count(), 300 * evaluations, "{config:?}");
        }
    }
}
