//! What one step of a reverse process does to a point, as far as its law is concerned.

use crate::{
    diffusion::{
        Denoiser, Instant,
        sampler::{GaussianStep, Method, Sampler, Step},
    },
    error::Result,
    rng::{Purpose, Seed},
    target::Mixture,
};
use rayon::prelude::*;

/// Points that go through a denoiser together.
const BLOCK: usize = 256;

/// The family of laws that a step draws x_u from, given x_t.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::truth) enum Kernel {
    /// N(m(x_t), σ²), a point where σ = 0; the step's outcome is m.
    Normal {
        /// σ.
        std_dev: f64,
    },
    /// q(x_u | x_t) shifted by Δ(x_t); the step's outcome is Δ.
    Exact {
        /// Whether Δ is anything but 0.
        shifted: bool,
    },
}

impl Kernel {
    /// Whether it draws anything.
    pub(super) fn is_noisy(self) -> bool {
        self != Self::Normal { std_dev: 0.0 }
    }
}

/// A reverse process in one dimension.
pub(in crate::truth) enum Dynamics<'a> {
    /// Each step draws from a law of x_t alone.
    Steps(Box<dyn Steps + 'a>),
    /// Points move along paths that remember where they come from.
    Paths(Paths<'a>),
}

/// Steps whose law is a function of x_t.
pub(in crate::truth) trait Steps: Sync {
    /// The law of the step.
    fn kernel(&self, step: &Step) -> Kernel;

    /// Replaces every point by the step's outcome there.
    fn outcome(&self, x: &mut [f64], step: &Step) -> Result<()>;
}

impl<'a> Dynamics<'a> {
    /// Of a sampler with a denoiser, for data of the law `data`.
    pub(in crate::truth) fn of_sampler(
        sampler: &'a Sampler,
        denoiser: &'a dyn Denoiser,
        data: &'a Mixture,
    ) -> Self {
        match sampler.method() {
            Method::Gaussian(gaussian) => Self::steps(GaussianSteps {
                gaussian: &**gaussian,
                denoiser,
            }),
            Method::Exact(_) => Self::steps(StochasticLimit {
                data,
                denoiser: None,
            }),
            Method::Path(_) => Self::Paths(Paths { sampler, denoiser }),
        }
    }

    /// Whether no step between these instants, which ascend from the data, draws anything.
    pub(super) fn is_noise_free(&self, instants: &[Instant]) -> bool {
        let mut steps = instants.windows(2).map(|pair| Step::new(pair[1], pair[0]));
        match self {
            Self::Steps(laws) => !steps.any(|step| laws.kernel(&step).is_noisy()),
            Self::Paths(_) => true,
        }
    }

    /// Of steps.
    pub(in crate::truth) fn steps(steps: impl Steps + 'a) -> Self {
        Self::Steps(Box::new(steps))
    }
}

/// The Gaussian steps of a sampler.
struct GaussianSteps<'a> {
    gaussian: &'a dyn GaussianStep,
    denoiser: &'a dyn Denoiser,
}

impl Steps for GaussianSteps<'_> {
    fn kernel(&self, step: &Step) -> Kernel {
        Kernel::Normal {
            std_dev: self.gaussian.std_dev(step),
        }
    }

    fn outcome(&self, x: &mut [f64], step: &Step) -> Result<()> {
        x.par_chunks_mut(BLOCK)
            .try_for_each(|x| self.gaussian.mean(x, step, self.denoiser))
    }
}

/// A sampler whose samples are functions of where they start.
pub(in crate::truth) struct Paths<'a> {
    sampler: &'a Sampler,
    denoiser: &'a dyn Denoiser,
}

impl Paths<'_> {
    /// Where the paths that begin at `x` are at every instant, from the noise to the data.
    pub(super) fn follow(&self, x: &[f64]) -> Result<Vec<Vec<f64>>> {
        let (mut x, mut states) = (x.to_vec(), vec![]);
        let mut memory = vec![0.0; x.len() * self.sampler.memory()];
        for step in self.sampler.steps() {
            states.push(x.clone());
            let blocks = x.par_chunks_mut(BLOCK).zip(memory.par_chunks_mut(BLOCK));
            blocks.try_for_each(|(x, memory)| {
                // Nothing is drawn.
                let mut rng = Seed(0).stream(Purpose::Reverse, 0, 0);
                self.sampler.step(x, memory, &step, self.denoiser, &mut rng)
            })?;
        }
        states.push(x);
        Ok(states)
    }
}

/// What a denoiser adds to a step through its error: `per_x0` · (x̂0 − E[x0 | x_t]).
fn error_of(
    denoiser: &dyn Denoiser,
    data: &Mixture,
    step: &Step,
    per_x0: f64,
    x: &[f64],
) -> Result<Vec<f64>> {
    let level = step.from.level;
    let law = data.diffused(level.signal, level.noise);
    let mut shift = vec![0.0; x.len()];
    let blocks = shift.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK));
    blocks.try_for_each(|(shift, x)| -> Result<()> {
        if level.signal == 0.0 {
            denoiser.predict_x0(x, step.from, shift)?;
            shift
                .iter_mut()
                .for_each(|x0| *x0 = per_x0 * (*x0 - data.mean(0)));
            return Ok(());
        }
        // (x̂0 − E[x0 | x_t]) = −(s/a)(ε̂ − ε*).
        let per_noise = -per_x0 * level.noise_ratio();
        denoiser.predict_noise(x, step.from, shift)?;
        for (shift, x) in shift.iter_mut().zip(x) {
            let bayes = -level.noise * law.score(&[*x])[0];
            *shift = per_noise * (*shift - bayes);
        }
        Ok(())
    })?;
    Ok(shift)
}

/// Ancestral sampling without discretisation error: the exact reverse kernel, its mean moved to where
/// the denoiser puts it. x_u = (a draw from q(x_u | x_t)) + c_0 (x̂0 − E[x0 | x_t]).
pub(in crate::truth) struct StochasticLimit<'a> {
    pub(in crate::truth) data: &'a Mixture,
    /// `None` for the Bayes denoiser.
    pub(in crate::truth) denoiser: Option<&'a dyn Denoiser>,
}

impl Steps for StochasticLimit<'_> {
    fn kernel(&self, _: &Step) -> Kernel {
        Kernel::Exact {
            shifted: self.denoiser.is_some(),
        }
    }

    fn outcome(&self, x: &mut [f64], step: &Step) -> Result<()> {
        let per_x0 = step.transition.posterior_x0();
        match self.denoiser {
            Some(denoiser) => {
                x.copy_from_slice(&error_of(denoiser, self.data, step, per_x0, x)?);
            }
            None => x.fill(0.0),
        }
        Ok(())
    }
}

/// The probability flow without discretisation error: the exact flow of one dimension, with the
/// denoiser's error added as DDIM adds it. That flow is the monotone map that takes q_t to q_u. x_u =
/// F_u⁻¹(F_t(x_t)) + (a_u − s_u a_t/s_t)(x̂0 − E[x0 | x_t]).
pub(in crate::truth) struct FlowLimit<'a> {
    pub(in crate::truth) data: &'a Mixture,
    /// `None` for the Bayes denoiser.
    pub(in crate::truth) denoiser: Option<&'a dyn Denoiser>,
}

impl Steps for FlowLimit<'_> {
    fn kernel(&self, _: &Step) -> Kernel {
        Kernel::Normal { std_dev: 0.0 }
    }

    fn outcome(&self, x: &mut [f64], step: &Step) -> Result<()> {
        let (from, to) = (step.from.level, step.to.level);
        let shift = self.denoiser.map(|denoiser| {
            let per_x0 = to.signal - to.noise * from.signal / from.noise;
            error_of(denoiser, self.data, step, per_x0, x)
        });
        let shift = shift.transpose()?;
        let law_from = self.data.diffused(from.signal, from.noise);
        let law_to = self.data.diffused(to.signal, to.noise);
        x.par_iter_mut()
            .for_each(|x| *x = transport(&law_from, &law_to, *x));
        for (x, shift) in x.iter_mut().zip(shift.iter().flatten()) {
            *x += shift;
        }
        Ok(())
    }
}

/// Enough for bisection alone to reach the last bit.
const MAX_ITERATIONS: usize = 100;

/// F_to⁻¹(F_from(x)), by Newton's method within a bracket.
fn transport(from: &Mixture, to: &Mixture, x: f64) -> f64 {
    let (lower, upper) = (from.cdf(x), from.survival(x));
    // F_to(y) − F_from(x), from whichever tail is small.
    let gap = |y: f64| match lower < upper {
        true => to.cdf(y) - lower,
        false => upper - to.survival(y),
    };
    let (mut low, mut high) = to.support();
    let mut y = x.clamp(low, high);
    for _ in 0..MAX_ITERATIONS {
        let distance = gap(y);
        if distance < 0.0 {
            low = y;
        } else {
            high = y;
        }
        if high - low < 1e-12 {
            return y;
        }
        let newton = y - distance / to.pdf(&[y]);
        // Where Newton's method leaves the bracket, as it does in flat tails, halve it.
        let next = match newton > low && newton < high {
            true => newton,
            false => 0.5 * (low + high),
        };
        if (next - y).abs() <= 1e-12 * (1.0 + y.abs()) {
            return next;
        }
        y = next;
    }
    y
}
