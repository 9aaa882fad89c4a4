//! The probability flow from the data's side, with the divergence along each path.

use super::slopes::{OFFSET, slopes_along};
use crate::{
    diffusion::{Denoiser, Instant, NoiseSchedule, Quantity},
    error::Result,
};

/// dz/du of z = x/√(a² + s²), which has about unit variance everywhere, from timestep 1 to T.
///
/// u is ln(s/a), where nothing is singular as long as a signal is left: dz/du = s(ε̂ − s z), with a and s
/// divided by √(a² + s²). To a last level without signal it is the angle arctan(s/a): there
/// dz/du = aε̂ − s x̂0.
pub(super) struct ProbabilityFlow<'a> {
    denoiser: &'a dyn Denoiser,
    steps: Vec<FlowStep>,
}

/// A step of the Runge–Kutta method.
struct FlowStep {
    /// Its beginning, middle and end in u.
    at: [Instant; 3],
    width: f64,
    /// Whether u is the angle.
    by_angle: bool,
}

impl<'a> ProbabilityFlow<'a> {
    /// So many steps, and one more where the last level has no signal.
    pub(super) fn new(
        denoiser: &'a dyn Denoiser,
        schedule: &NoiseSchedule,
        num_steps: usize,
    ) -> Self {
        let last = schedule.num_timesteps();
        let has_end = schedule.terminal().signal == 0.0;
        let top = if has_end { last - 1 } else { last }.max(1);
        let mut steps = vec![];
        if top > 1 {
            let [low, high] = [1, top].map(|t| schedule.level(t).noise_ratio().ln());
            let width = (high - low) / num_steps as f64;
            let at = |i: f64| match i {
                0.0 => schedule.instant(1),
                i if i == num_steps as f64 => schedule.instant(top),
                i => schedule.at_ratio((low + i * width).exp()),
            };
            steps.extend((0..num_steps).map(|i| FlowStep {
                at: [0.0, 0.5, 1.0].map(|part| at(i as f64 + part)),
                width,
                by_angle: false,
            }));
        }
        if has_end && last > 1 {
            let low = schedule.level(top).noise_ratio().atan();
            let width = std::f64::consts::FRAC_PI_2 - low;
            let middle = schedule.at_ratio((low + 0.5 * width).tan());
            steps.push(FlowStep {
                at: [schedule.instant(top), middle, schedule.instant(last)],
                width,
                by_angle: true,
            });
        }
        Self { denoiser, steps }
    }

    /// Moves `z` (`[n, d]`) from timestep 1 to T; the integral of the divergence along each path.
    pub(super) fn follow(&self, z: &mut Vec<f64>) -> Result<Vec<f64>> {
        let mut sum = vec![0.0; z.len() / self.denoiser.dim()];
        for step in &self.steps {
            let h = step.width;
            let moved = |z: &[f64], h: f64, slope: &Slope| -> Vec<f64> {
                z.iter().zip(&slope.z).map(|(z, k)| z + h * k).collect()
            };
            let first = self.slope(step, 0, z)?;
            let second = self.slope(step, 1, &moved(z, 0.5 * h, &first))?;
            let third = self.slope(step, 1, &moved(z, 0.5 * h, &second))?;
            let fourth = self.slope(step, 2, &moved(z, h, &third))?;
            for (slope, weight) in [(first, 1.0), (second, 2.0), (third, 2.0), (fourth, 1.0)] {
                *z = moved(z, h * weight / 6.0, &slope);
                for (sum, divergence) in sum.iter_mut().zip(&slope.divergence) {
                    *sum += h * weight / 6.0 * divergence;
                }
            }
        }
        Ok(sum)
    }

    /// dz/du and its divergence at one of the three instants of a step.
    fn slope(&self, step: &FlowStep, part: usize, z: &[f64]) -> Result<Slope> {
        let (d, at) = (self.denoiser.dim(), step.at[part]);
        let offset = OFFSET * at.level.noise / at.level.norm();
        let mut divergence = vec![0.0; z.len() / d];
        for axis in 0..d {
            let velocity = |z: &[f64]| self.velocity(step.by_angle, at, z);
            let slopes = match self.known_slopes(step.by_angle, at, z, axis) {
                Some(slopes) => slopes?,
                None => slopes_along(axis, z, d, offset, velocity)?,
            };
            let own = slopes.iter().skip(axis).step_by(d);
            for (divergence, slope) in divergence.iter_mut().zip(own) {
                *divergence += slope;
            }
        }
        Ok(Slope {
            z: self.velocity(step.by_angle, at, z)?,
            divergence,
        })
    }

    /// The derivative of the velocity along an axis, where the denoiser knows that of its answer.
    fn known_slopes(
        &self,
        by_angle: bool,
        at: Instant,
        z: &[f64],
        axis: usize,
    ) -> Option<Result<Vec<f64>>> {
        let (d, norm) = (self.denoiser.dim(), at.level.norm());
        let (a, s) = (at.level.signal / norm, at.level.noise / norm);
        let quantity = match by_angle {
            true => Quantity::X0,
            false => Quantity::Noise,
        };
        let x: Vec<_> = z.iter().map(|z| norm * z).collect();
        let found = self.denoiser.slopes(&x, at, axis, quantity)?;
        let of_velocity = |(i, slope): (usize, f64)| {
            let own = f64::from(u8::from(i % d == axis));
            match by_angle {
                true => (a * own - norm * slope) / s,
                false => s * (norm * slope - s * own),
            }
        };
        Some(found.map(|slopes| slopes.into_iter().enumerate().map(of_velocity).collect()))
    }

    fn velocity(&self, by_angle: bool, at: Instant, z: &[f64]) -> Result<Vec<f64>> {
        let norm = at.level.norm();
        let (a, s) = (at.level.signal / norm, at.level.noise / norm);
        let x: Vec<_> = z.iter().map(|z| norm * z).collect();
        let mut answer = vec![0.0; z.len()];
        if by_angle {
            self.denoiser.predict_x0(&x, at, &mut answer)?;
            // With ε̂ = (z − a x̂0)/s.
            let velocity = |(z, x0): (&f64, &f64)| (a * z - x0) / s;
            return Ok(z.iter().zip(&answer).map(velocity).collect());
        }
        self.denoiser.predict_noise(&x, at, &mut answer)?;
        let velocity = |(z, noise): (&f64, &f64)| s * (noise - s * z);
        Ok(z.iter().zip(&answer).map(velocity).collect())
    }
}

/// The change of z and of the logarithm of its volume.
struct Slope {
    z: Vec<f64>,
    divergence: Vec<f64>,
}
