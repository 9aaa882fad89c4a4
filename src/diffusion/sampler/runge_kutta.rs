//! The probability flow by an adaptive Runge–Kutta method.

use super::{PathStep, Step};
use crate::{
    diffusion::{Denoiser, Instant, NoiseSchedule, Quantity},
    error::Result,
    rng::Generator,
};

/// Dormand & Prince (1980), fifth order with an embedded fourth, each point with steps of its own.
///
/// With θ = arctan(s/a) and z = x/√(a² + s²) the flow is dz/dθ = v̂ = ε̂ cos θ − x̂0 sin θ, which has no
/// singularity at either end. z has about unit variance everywhere, so one tolerance serves all levels. A
/// step is accepted where the two orders agree to the tolerance times 1 + |z|.
pub(super) struct RungeKutta {
    pub(super) tolerance: f64,
    pub(super) schedule: NoiseSchedule,
}

/// Nodes c_i.
const NODES: [f64; 7] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];

/// Weights a_ij; the last row is the fifth-order solution.
const WEIGHTS: [[f64; 6]; 7] = [
    [0.0; 6],
    [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [
        19372.0 / 6561.0,
        -25360.0 / 2187.0,
        64448.0 / 6561.0,
        -212.0 / 729.0,
        0.0,
        0.0,
    ],
    [
        9017.0 / 3168.0,
        -355.0 / 33.0,
        46732.0 / 5247.0,
        49.0 / 176.0,
        -5103.0 / 18656.0,
        0.0,
    ],
    [
        35.0 / 384.0,
        0.0,
        500.0 / 1113.0,
        125.0 / 192.0,
        -2187.0 / 6784.0,
        11.0 / 84.0,
    ],
];

/// Fifth minus fourth order.
const ERROR: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// How far below the size of z a trial step stays, and below the allowed error the first step
/// (Hairer, Nørsett & Wanner 1993, II.4, and SciPy's `select_initial_step`).
const CAUTION: f64 = 0.01;

/// The trial step in radians where z or its slope tells nothing.
const TRIAL_STEP: f64 = 1e-6;

/// The first step as a fraction of the interval where no slope is a number.
const FIRST_STEP: f64 = 0.05;

/// How much a step may shrink and grow, and how far below the allowed error it aims. The error of a step
/// that is twice too long is 32 times what is allowed, and passes through 0 at few points only. That of
/// one five times too long would be 3000 times as large where it is accepted by chance.
const STEP_CHANGE: (f64, f64) = (0.2, 2.0);
const SAFETY: f64 = 0.9;

/// A step this small a fraction of π/2 is accepted whatever its error.
const LEAST_STEP: f64 = 1e-9;

/// One point on its way.
struct Path {
    /// The place in the block.
    index: usize,
    theta: f64,
    /// Its step, towards smaller θ.
    step: f64,
    /// z at θ.
    z: Vec<f64>,
    /// The slopes of the stages, `[7, d]`.
    slopes: Vec<f64>,
    /// Whether the first slope is known.
    has_slope: bool,
}

impl RungeKutta {
    fn instant(&self, theta: f64, ends: (Instant, Instant)) -> Instant {
        let angle = |at: Instant| at.level.noise.atan2(at.level.signal);
        if theta >= angle(ends.0) {
            ends.0
        } else if theta <= angle(ends.1) {
            ends.1
        } else {
            self.schedule.at_ratio(theta.tan())
        }
    }

    /// Gives every path the step it begins with, from its slope and how that changes over a trial step.
    /// A step of any fixed length is accepted by chance at some points, where its error passes through 0.
    fn choose_first_steps(
        &self,
        paths: &mut [Path],
        ends: (Instant, Instant),
        denoiser: &dyn Denoiser,
    ) -> Result<()> {
        let goal = ends.1.level.noise.atan2(ends.1.level.signal);
        self.evaluate(paths, 0, ends, denoiser)?;
        let trials: Vec<_> = paths
            .iter_mut()
            .map(|path| {
                let trial = path.trial_step(self.tolerance).min(path.theta - goal);
                // The second stage is one Euler step of this length.
                path.step = trial / NODES[1];
                path.has_slope = true;
                trial
            })
            .collect();
        self.evaluate(paths, 1, ends, denoiser)?;
        for (path, trial) in paths.iter_mut().zip(trials) {
            path.step = path.first_step(trial, self.tolerance, path.theta - goal);
        }
        Ok(())
    }

    /// v̂ at a stage of every path that is still on its way, written into its slopes.
    fn evaluate(
        &self,
        paths: &mut [Path],
        stage: usize,
        ends: (Instant, Instant),
        denoiser: &dyn Denoiser,
    ) -> Result<()> {
        let d = denoiser.dim();
        let (mut at, mut x, mut rows) = (vec![], vec![], vec![]);
        let asked: Vec<_> = (0..paths.len())
            .filter(|i| stage > 0 || !paths[*i].has_slope)
            .collect();
        for path in asked.iter().map(|i| &paths[*i]) {
            let instant = self.instant(path.theta - NODES[stage] * path.step, ends);
            let norm = instant.level.norm();
            at.push(instant);
            rows.push(path.index);
            for (k, z) in path.z.iter().enumerate() {
                let slope = |j: usize| WEIGHTS[stage][j] * path.slopes[j * d + k];
                let moved = (0..stage).map(slope).sum::<f64>();
                x.push(norm * (z - path.step * moved));
            }
        }
        let velocity = angular_velocity(denoiser, &rows, &x, &at)?;
        for (i, v) in asked.into_iter().zip(velocity.chunks_exact(d)) {
            paths[i].slopes[stage * d..(stage + 1) * d].copy_from_slice(v);
        }
        Ok(())
    }
}

/// The largest of `values`, each in units of the error that is allowed of z.
fn scaled(tolerance: f64, z: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    let pairs = values.zip(z);
    pairs
        .map(|(value, z)| value.abs() / (tolerance * (1.0 + z.abs())))
        .fold(0.0, f64::max)
}

/// ε̂ cos θ − x̂0 sin θ at points with instants of their own, through whichever of the two has its digits;
/// `rows` names the points among those of the denoiser.
fn angular_velocity(
    denoiser: &dyn Denoiser,
    rows: &[usize],
    x: &[f64],
    at: &[Instant],
) -> Result<Vec<f64>> {
    let d = denoiser.dim();
    let mut velocity = vec![0.0; x.len()];
    for noisy in [false, true] {
        let is_in = |at: &Instant| (at.level.noise > at.level.signal) == noisy;
        let chosen: Vec<_> = (0..at.len()).filter(|i| is_in(&at[*i])).collect();
        if chosen.is_empty() {
            continue;
        }
        let instants: Vec<_> = chosen.iter().map(|i| at[*i]).collect();
        let points: Vec<_> = chosen
            .iter()
            .flat_map(|i| &x[i * d..(i + 1) * d])
            .copied()
            .collect();
        let mut answers = vec![0.0; points.len()];
        let quantity = if noisy { Quantity::X0 } else { Quantity::Noise };
        let rows: Vec<_> = chosen.iter().map(|i| rows[*i]).collect();
        ask(denoiser, quantity, &rows, &points, &instants, &mut answers)?;
        for ((i, x), answer) in chosen
            .iter()
            .zip(points.chunks_exact(d))
            .zip(answers.chunks_exact(d))
        {
            let level = at[*i].level;
            for (k, (x, answer)) in x.iter().zip(answer).enumerate() {
                let (x0, noise) = match noisy {
                    true => (*answer, (x - level.signal * answer) / level.noise),
                    false => ((x - level.noise * answer) / level.signal, *answer),
                };
                velocity[i * d + k] = (level.signal * noise - level.noise * x0) / level.norm();
            }
        }
    }
    Ok(velocity)
}

/// Asks for a quantity at points with instants of their own: all at once, or one by one where the
/// denoiser knows something of each.
fn ask(
    denoiser: &dyn Denoiser,
    quantity: Quantity,
    rows: &[usize],
    x: &[f64],
    at: &[Instant],
    answers: &mut [f64],
) -> Result<()> {
    let d = denoiser.dim();
    if denoiser.of_rows(rows[0]..rows[0] + 1).is_none() {
        return match quantity {
            Quantity::Noise => denoiser.predict_noise_each(x, at, answers),
            Quantity::X0 => denoiser.predict_x0_each(x, at, answers),
        };
    }
    let points = x.chunks_exact(d).zip(answers.chunks_exact_mut(d));
    for ((row, at), (x, answer)) in rows.iter().zip(at).zip(points) {
        let own = denoiser.of_rows(*row..row + 1);
        quantity.of(own.as_deref().unwrap_or(denoiser), x, *at, answer)?;
    }
    Ok(())
}

impl PathStep for RungeKutta {
    fn advance(
        &self,
        x: &mut [f64],
        memory: &mut [f64],
        step: &Step,
        denoiser: &dyn Denoiser,
        _: &mut Generator,
    ) -> Result<()> {
        let d = denoiser.dim();
        if step.is_last() {
            let here = x.to_vec();
            return denoiser.predict_x0(&here, step.from, x);
        }
        let ends = (step.from, step.to);
        let angle = |at: Instant| at.level.noise.atan2(at.level.signal);
        let (start, goal) = (angle(step.from), angle(step.to));
        let (from, to) = (step.from.level.norm(), step.to.level.norm());
        let path = |(index, x): (usize, &[f64])| Path {
            index,
            theta: start,
            // The step that the last interval ended with, if there was one.
            step: memory[index * d].min(start - goal),
            z: x.iter().map(|x| x / from).collect(),
            slopes: vec![0.0; 7 * d],
            has_slope: false,
        };
        let mut paths: Vec<_> = x.chunks_exact(d).enumerate().map(path).collect();
        if memory[0] <= 0.0 {
            self.choose_first_steps(&mut paths, ends, denoiser)?;
        }
        while !paths.is_empty() {
            for stage in 0..7 {
                self.evaluate(&mut paths, stage, ends, denoiser)?;
            }
            for path in &mut paths {
                path.take_step(self.tolerance, goal, d);
            }
            for path in paths.extract_if(.., |path| path.theta <= goal) {
                let row = path.index * d..(path.index + 1) * d;
                for (x, z) in x[row].iter_mut().zip(&path.z) {
                    *x = to * z;
                }
                memory[path.index * d] = path.step;
            }
        }
        Ok(())
    }

    fn is_deterministic(&self) -> bool {
        true
    }
}

impl Path {
    /// An Euler step that moves z by a hundredth of its size.
    fn trial_step(&self, tolerance: f64) -> f64 {
        let size = scaled(tolerance, &self.z, self.z.iter().copied());
        let slope = scaled(
            tolerance,
            &self.z,
            self.slopes[..self.z.len()].iter().copied(),
        );
        match size < 1e-5 || slope < 1e-5 {
            true => TRIAL_STEP,
            false => CAUTION * size / slope,
        }
    }

    /// The step whose fifth power times the larger of the first two derivatives, in units of the allowed
    /// error, is 0.01; the second is the change of the slope over `trial`.
    fn first_step(&self, trial: f64, tolerance: f64, most: f64) -> f64 {
        let d = self.z.len();
        let (first, second) = self.slopes[..2 * d].split_at(d);
        let slope = scaled(tolerance, &self.z, first.iter().copied());
        let change = second.iter().zip(first).map(|(b, a)| (b - a) / trial);
        let steepest = slope.max(scaled(tolerance, &self.z, change));
        let step = match steepest <= 1e-15 {
            true => trial * 1e-3,
            false => (CAUTION / steepest).powf(0.2),
        };
        let is_number = self.slopes[..2 * d].iter().all(|slope| slope.is_finite());
        match is_number {
            true => step
                .min(trial / CAUTION)
                .clamp(LEAST_STEP, most.max(LEAST_STEP)),
            false => FIRST_STEP * most,
        }
    }

    /// Takes the step whose slopes are known, if its error allows it, and chooses the next.
    fn take_step(&mut self, tolerance: f64, goal: f64, d: usize) {
        let sum = |weights: &[f64], k: usize| -> f64 {
            let terms = weights.iter().enumerate();
            terms.map(|(j, w)| w * self.slopes[j * d + k]).sum()
        };
        let moved: Vec<_> = (0..d)
            .map(|k| self.z[k] - self.step * sum(&WEIGHTS[6], k))
            .collect();
        let error = (0..d)
            .map(|k| {
                let scale = tolerance * (1.0 + self.z[k].abs().max(moved[k].abs()));
                (self.step * sum(&ERROR, k)).abs() / scale
            })
            .fold(0.0, f64::max);
        let (least, most) = STEP_CHANGE;
        let change = (SAFETY * error.powf(-0.2)).clamp(least, most);
        let tiny = self.step <= LEAST_STEP;
        // What is not a number is not held against the step: it will be seen in the samples.
        if error <= 1.0 || tiny || error.is_nan() {
            let arrives = self.theta - self.step <= goal * (1.0 + 1e-14);
            self.theta = if arrives {
                goal
            } else {
                self.theta - self.step
            };
            self.z = moved;
            // First same as last.
            self.slopes.copy_within(6 * d.., 0);
            self.has_slope = true;
            if arrives {
                self.step = (self.step * change).max(LEAST_STEP);
                return;
            }
        } else {
            self.has_slope = true;
        }
        let change = if change.is_nan() { 1.0 } else { change };
        self.step = (self.step * change).max(LEAST_STEP).min(self.theta - goal);
    }
}
