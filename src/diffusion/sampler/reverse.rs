//! The reverse process as an iterator over its states.

use super::{Sampler, Step};
use crate::{
    diffusion::{Denoiser, Instant},
    error::Result,
    points::Points,
    rng::{Purpose, Seed},
};
use rayon::prelude::*;

/// Points that go through the network together, and share one stream of noise.
///
/// It is part of the format: sample i depends on the seed and on i alone, whatever the number of
/// samples or threads. The size keeps a block's activations in the second-level cache.
pub(crate) const BLOCK: usize = 256;

/// The points at one instant of the reverse process.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReverseState {
    /// The instant, T at the start, the data at the end.
    pub at: Instant,
    /// The points at that instant, in standardised units.
    pub x: Points,
    /// What the sampler has them carry to the next step.
    memory: Vec<f64>,
}

/// Iterates over the states of the reverse process: first the draws of the start, then one state a
/// step, down to the samples. Nothing follows an answer that is an error.
pub(crate) struct ReverseProcess<'a> {
    sampler: &'a Sampler,
    denoiser: &'a dyn Denoiser,
    seed: Seed,
    /// The steps still to be taken.
    ahead: std::vec::IntoIter<Step>,
    state: State,
    num_samples: usize,
}

/// Where the process is.
enum State {
    /// Before its first state, which begins at these points or else is drawn.
    Before(Option<Points>),
    At(ReverseState),
    Ended,
}

impl<'a> ReverseProcess<'a> {
    /// The process that draws `num_samples` samples.
    pub(crate) fn new(
        sampler: &'a Sampler,
        denoiser: &'a dyn Denoiser,
        num_samples: usize,
        seed: Seed,
    ) -> Self {
        Self {
            sampler,
            denoiser,
            seed,
            ahead: sampler.steps().collect::<Vec<_>>().into_iter(),
            state: State::Before(None),
            num_samples,
        }
    }

    /// The same process from these points, one for each sample, and not from draws.
    pub(crate) fn starting_at(self, points: Points) -> Self {
        Self {
            state: State::Before(Some(points)),
            ..self
        }
    }

    /// The samples alone, `[n, d]` in standardised units.
    pub(crate) fn samples(self) -> Result<Points> {
        let mut samples = Points::new(vec![], self.denoiser.dim());
        for state in self {
            samples = state?.x;
        }
        Ok(samples)
    }

    fn start(&self, points: Option<Points>) -> ReverseState {
        let instants = self.sampler.instants();
        let x = points.unwrap_or_else(|| self.draw_start());
        ReverseState {
            at: instants[instants.len() - 1],
            memory: vec![0.0; x.values().len() * self.sampler.memory()],
            x,
        }
    }

    fn draw_start(&self) -> Points {
        let d = self.denoiser.dim();
        let mut values = vec![0.0; self.num_samples * d];
        let blocks = values.par_chunks_mut(BLOCK * d);
        blocks.enumerate().for_each(|(block, x)| {
            let mut rng = self.seed.stream(Purpose::Prior, 0, block as u64);
            let first = block * BLOCK;
            let classes = self.denoiser.classes();
            let classes = classes.map(|classes| classes.of_rows(first..first + x.len() / d));
            self.sampler.start().draw(classes, d, &mut rng, x);
        });
        Points::new(values, d)
    }

    fn advance(&self, mut state: ReverseState, step: &Step) -> Result<ReverseState> {
        let d = self.denoiser.dim();
        let (stream, remembers) = (step.from.stream(), self.sampler.memory() > 0);
        let take = |block: usize, x: &mut [f64], memory: &mut [f64]| {
            let mut rng = self.seed.stream(Purpose::Reverse, stream, block as u64);
            let first = block * BLOCK;
            let part = self.denoiser.of_rows(first..first + x.len() / d);
            let denoiser = part.as_deref().unwrap_or(self.denoiser);
            self.sampler.step(x, memory, step, denoiser, &mut rng)
        };
        let blocks = state.x.values_mut().par_chunks_mut(BLOCK * d).enumerate();
        if remembers {
            let memory = state.memory.par_chunks_mut(BLOCK * d);
            blocks
                .zip(memory)
                .try_for_each(|((block, x), memory)| take(block, x, memory))?;
        } else {
            blocks.try_for_each(|(block, x)| take(block, x, &mut []))?;
        }
        Ok(ReverseState {
            at: step.to,
            ..state
        })
    }
}

impl Iterator for ReverseProcess<'_> {
    type Item = Result<ReverseState>;

    fn next(&mut self) -> Option<Self::Item> {
        let state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Before(points) => Ok(self.start(points)),
            State::At(state) => {
                let step = self.ahead.next()?;
                self.advance(state, &step)
            }
            State::Ended => return None,
        };
        if let Ok(state) = &state {
            self.state = State::At(state.clone());
        }
        Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::{
        NoiseLevel, SamplerConfig, ScheduleConfig, Start, sampler::*, spaced_timesteps,
    };

    /// The exact answer for data N(0, σ²): E[ε | x] = s x/(a²σ² + s²).
    struct GaussianDenoiser {
        variance: f64,
    }

    impl Denoiser for GaussianDenoiser {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
            let NoiseLevel { signal, noise } = at.level;
            for (out, x) in predicted_noise.iter_mut().zip(x) {
                *out = noise * x / (signal.powi(2) * self.variance + noise.powi(2));
            }
            Ok(())
        }
    }

    const DDIM: fn(f64) -> SamplerConfig = |eta| SamplerConfig {
        kind: SamplerKind::Ddim { eta },
        num_steps: None,
        levels: Levels::default(),
        start: Start::Standard,
    };

    fn run(config: &SamplerConfig, n: usize, num_steps: usize) -> Vec<f64> {
        let schedule = ScheduleConfig::Cosine.build(40).unwrap();
        let denoiser = GaussianDenoiser { variance: 0.25 };
        let config = SamplerConfig {
            num_steps: Some(num_steps),
            ..config.clone()
        };
        let sampler = config.build(&schedule, &[], None);
        let states = ReverseProcess::new(&sampler, &denoiser, n, Seed(3));
        states.samples().unwrap().values().to_vec()
    }

    #[test]
    fn the_timesteps_visited_run_from_t_to_zero() {
        assert_eq!(spaced_timesteps(10, 10), (0..=10).collect::<Vec<_>>());
        assert_eq!(spaced_timesteps(10, 4), [0, 3, 5, 8, 10]);
        assert_eq!(spaced_timesteps(1000, 1), [0, 1000]);
        for (t, n) in [(7, 3), (1000, 50), (99, 98)] {
            let steps = spaced_timesteps(t, n);
            assert!(steps.len() == n + 1 && steps.windows(2).all(|p| p[0] < p[1]));
        }
    }

    #[test]
    fn the_first_samples_do_not_depend_on_how_many_there_are() {
        assert_eq!(run(&DDIM(1.0), 300, 40), run(&DDIM(1.0), 1000, 40)[..300]);
    }

    #[test]
    fn ddim_with_full_noise_is_ddpm_with_the_posterior_variance() {
        let variance = ReverseVariance::Posterior;
        let ddpm = SamplerConfig {
            kind: SamplerKind::Ddpm { variance },
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        };
        let x0 = SamplerKind::DdpmX0 {
            variance,
            clip_x0: false,
        };
        let x0 = SamplerConfig {
            kind: x0,
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        };
        for steps in [40, 7] {
            let reference = run(&ddpm, 500, steps);
            for other in [run(&DDIM(1.0), 500, steps), run(&x0, 500, steps)] {
                for (a, b) in reference.iter().zip(&other) {
                    // The paths differ only by rounding, which a_T ≈ 1e-3 amplifies.
                    assert!((a - b).abs() < 1e-9, "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_step_has_the_closed_form_of_gaussian_data() {
        // For Gaussian data every step is linear, x ↦ c x + noise: c from the papers' formulas.
        let schedule = ScheduleConfig::Cosine.build(40).unwrap();
        let denoiser = GaussianDenoiser { variance: 0.25 };
        let (t, u) = (20, 12);
        let (from, to) = (schedule.level(t), schedule.level(u));
        let slope = from.noise / (from.signal.powi(2) * 0.25 + from.noise.powi(2));
        let x0_slope = (1.0 - from.noise * slope) / from.signal;
        let expected = to.signal * x0_slope + to.noise * slope;
        let step = Step::new(schedule.instant(t), schedule.instant(u));
        let mut x = [1.3];
        let mut rng = Seed(0).stream(Purpose::Reverse, 0, 0);
        DDIM(0.0)
            .build(&schedule, &[], None)
            .step(&mut x, &mut [], &step, &denoiser, &mut rng)
            .unwrap();
        assert!((x[0] - 1.3 * expected).abs() < 1e-14);
    }
}
