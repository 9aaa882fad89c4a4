//! What the figures keep of the way from noise to samples: as much for any number of timesteps or samples.

use crate::{
    diffusion::Instant,
    figure::{Field, Window, square_window},
    points::Points,
    target::Mixture,
};
use rayon::prelude::*;

/// Points of a panel, at most.
const PANEL_POINTS: usize = 10_000;

/// Points of a frame of the moving picture, in one dimension and in two.
const FRAME_POINTS: [usize; 2] = [10_000, 2_000];

/// Frames of the moving picture, at most.
const FRAMES: usize = 100;

/// Samples that are followed all the way, and the places of each that are kept, at most.
const FOLLOWED: usize = 6;
const PLACES: usize = 400;

/// Parts of T at which the processes are shown, unless the configuration says otherwise.
const PARTS: [f64; 10] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 0.9, 1.0];

/// Evaluations of components that one field of densities may take, and its cells a side.
const FIELD_WORK: usize = 2_000_000;
const FIELD_CELLS: (usize, usize) = (56, 128);

/// Both processes at one of the times that panels show, in standardised units.
pub(crate) struct Stage {
    /// t in [0, T], and the level there.
    pub(crate) at: Instant,
    /// Forward points (row-major).
    pub(crate) forward: Vec<f64>,
    /// Reverse points (row-major).
    pub(crate) reverse: Vec<f64>,
    /// q_t, where it is known and has a density.
    pub(crate) law: Option<Mixture>,
}

/// Samples at one of the times that the moving picture shows, in standardised units.
pub(crate) struct Shot {
    /// Steps taken.
    pub(crate) step: usize,
    /// t in [0, T].
    pub(crate) t: f64,
    /// Points (row-major).
    pub(crate) points: Vec<f32>,
    /// q_t, where it is known.
    pub(crate) law: Option<Mixture>,
}

/// The kept parts of one walk from noise to samples.
pub(crate) struct Journey {
    dim: usize,
    /// Steps of the whole walk.
    pub(crate) num_steps: usize,
    wanted: Vec<f64>,
    shots_every: f64,
    places_every: usize,
    seen: usize,
    /// The times of the panels, from T to 0; in two dimensions.
    pub(crate) stages: Vec<Stage>,
    /// The frames of the moving picture, from T to 0; in one and two dimensions.
    pub(crate) shots: Vec<Shot>,
    /// The places of the first few samples (row-major, `[places, d]` each); in two dimensions.
    pub(crate) paths: Vec<Vec<f64>>,
}

impl Journey {
    /// For a walk over the times `visited` (ascending, from 0 to T) of points of dimension `dim`; `timesteps`
    /// overrides when the panels are.
    pub(crate) fn new(
        visited: &[f64],
        dim: usize,
        timesteps: Option<&[usize]>,
        animation: bool,
    ) -> Self {
        let num_steps = visited.len() - 1;
        let shots = match animation && dim <= 2 {
            true => (num_steps + 1).min(FRAMES),
            false => 0,
        };
        Self {
            dim,
            num_steps,
            wanted: shown(visited, timesteps),
            shots_every: match shots {
                0 | 1 => f64::INFINITY,
                shots => num_steps as f64 / (shots - 1) as f64,
            },
            places_every: num_steps.div_ceil(PLACES).max(1),
            seen: 0,
            stages: vec![],
            shots: vec![],
            paths: vec![],
        }
    }

    /// Takes what it needs of the state after as many steps as it has seen states.
    pub(crate) fn see(
        &mut self,
        at: Instant,
        reverse: &Points,
        forward: &Points,
        law: Option<&Mixture>,
    ) {
        let step = self.seen;
        self.seen += 1;
        if self.is_shot(step) {
            let most = FRAME_POINTS[self.dim - 1] * self.dim;
            self.shots.push(Shot {
                step,
                t: at.t,
                points: reverse
                    .values()
                    .iter()
                    .take(most)
                    .map(|x| *x as f32)
                    .collect(),
                law: law.cloned(),
            });
        }
        if self.dim != 2 {
            return;
        }
        if self.wanted.contains(&at.t) {
            self.stages.push(Stage {
                at,
                forward: first(forward, PANEL_POINTS),
                reverse: first(reverse, PANEL_POINTS),
                law: law.cloned(),
            });
        }
        if step.is_multiple_of(self.places_every) || step == self.num_steps {
            self.paths.resize(FOLLOWED.min(reverse.len()), vec![]);
            for (path, x) in self.paths.iter_mut().zip(reverse.rows()) {
                path.extend_from_slice(x);
            }
        }
    }

    /// Whether the moving picture shows the state after `step` steps: evenly, and the last one always.
    fn is_shot(&self, step: usize) -> bool {
        let frame = |step: usize| ((step as f64 + 1e-9) / self.shots_every).floor();
        self.shots_every.is_finite()
            && (step == 0 || step == self.num_steps || frame(step) > frame(step - 1))
    }

    /// The stage whose time is nearest to a fraction of the way from the data to T.
    pub(crate) fn stage_at(&self, part: f64) -> Option<&Stage> {
        let last = self
            .stages
            .iter()
            .map(|stage| stage.at.t)
            .fold(0.0, f64::max);
        let distance = |stage: &&Stage| (stage.at.t - part * last).abs();
        let noisy = self.stages.iter().filter(|stage| stage.at.t > 0.0);
        noisy.min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// The times of the panels, among those visited.
fn shown(visited: &[f64], timesteps: Option<&[usize]>) -> Vec<f64> {
    let last = visited[visited.len() - 1];
    let nearest = |wanted: f64| {
        let distance = |t: &f64| (t - wanted).abs();
        let found = visited.iter().copied();
        found
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(last)
    };
    let mut shown: Vec<_> = match timesteps {
        Some(timesteps) => timesteps.iter().map(|t| nearest(*t as f64)).collect(),
        None => PARTS.iter().map(|part| nearest(part * last)).collect(),
    };
    shown.sort_by(f64::total_cmp);
    shown.dedup();
    shown
}

/// The values of the first `most` points.
pub(crate) fn first(points: &Points, most: usize) -> Vec<f64> {
    points.values()[..points.dim() * most.min(points.len())].to_vec()
}

/// ln p of a two-dimensional law over a window, as finely as is affordable.
pub(crate) fn ln_density(law: &Mixture, window: Window) -> Field {
    let work = FIELD_WORK / law.weights().len().max(1);
    let cells = (work as f64).sqrt() as usize;
    ln_density_on(law, window, cells.clamp(FIELD_CELLS.0, FIELD_CELLS.1))
}

/// ln p over a window, on so many cells a side.
pub(crate) fn ln_density_on(law: &Mixture, window: Window, cells: usize) -> Field {
    let centers = window.centers(cells, cells);
    let ln_p = |row: &[f64]| -> Vec<f64> { row.chunks_exact(2).map(|x| law.ln_pdf(x)).collect() };
    let values = centers.par_chunks(2 * cells).flat_map_iter(ln_p).collect();
    Field::new(window, cells, cells, values)
}

/// A time in words: whole if it is.
pub(crate) fn written(t: f64) -> String {
    match t.fract() == 0.0 {
        true => format!("{t}"),
        false => format!("{t:.3}"),
    }
}

impl Stage {
    /// A square window around its points.
    pub(crate) fn window(&self) -> Option<Window> {
        square_window(&[&self.forward], &[&self.reverse])
    }
}

/// A square window around the points of all stages, as far as they are not much farther out than the data.
pub(crate) fn window_of(stages: &[Stage]) -> Option<Window> {
    let all = stages
        .iter()
        .filter_map(Stage::window)
        .reduce(Window::union)?
        .squared();
    let data = stages.last().and_then(Stage::window)?;
    Some(within_reach(all, data))
}

/// Noise may be so much wider than the data that nothing of the data would be seen beside it.
const REACH: f64 = 4.0;

/// `all`, or as much of it as still shows `data`.
pub(crate) fn within_reach(all: Window, data: Window) -> Window {
    if all.side() <= REACH * data.side() {
        return all;
    }
    let around = |(low, high): (f64, f64)| {
        let half = 0.5 * REACH * (high - low);
        let middle = 0.5 * (low + high);
        (middle - half, middle + half)
    };
    Window {
        x: around(data.x),
        y: around(data.y),
    }
}

/// Whether some stages are so much wider than others that each needs a window of its own.
pub(crate) fn need_own_windows(stages: &[Stage]) -> bool {
    let sides = || {
        stages
            .iter()
            .filter_map(Stage::window)
            .map(|window| window.side())
    };
    sides().fold(0.0, f64::max) > REACH * sides().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::NoiseLevel;

    fn walked(num_steps: usize, n: usize, dim: usize) -> Journey {
        let visited: Vec<_> = (0..=num_steps).map(|t| t as f64).collect();
        let mut journey = Journey::new(&visited, dim, None, true);
        let points = Points::new(vec![0.5; n * dim], dim);
        for t in visited.iter().rev() {
            let at = Instant {
                t: *t,
                level: NoiseLevel::DATA,
            };
            journey.see(at, &points, &points, None);
        }
        journey
    }

    #[test]
    fn what_is_kept_does_not_grow_with_the_way() {
        for num_steps in [1, 7, 100, 5000] {
            let journey = walked(num_steps, 30, 2);
            assert!(journey.stages.len() <= PARTS.len() && journey.shots.len() <= FRAMES);
            assert!(journey.paths.len() == FOLLOWED && journey.paths[0].len() <= 2 * (PLACES + 1));
            let shots: Vec<_> = journey.shots.iter().map(|shot| shot.step).collect();
            assert_eq!(
                (shots[0], shots[shots.len() - 1]),
                (0, num_steps),
                "both ends"
            );
            assert!(shots.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(
                shots.len() >= FRAMES.min(num_steps + 1) - 1,
                "{}",
                shots.len()
            );
            assert_eq!(journey.stages[0].at.t, num_steps as f64);
            assert_eq!(journey.stages[journey.stages.len() - 1].at.t, 0.0);
        }
    }

    #[test]
    fn in_one_dimension_there_is_a_moving_picture_only() {
        let journey = walked(20, 30, 1);
        assert!(journey.stages.is_empty() && journey.paths.is_empty());
        assert_eq!(journey.shots.len(), 21);
        assert!(walked(20, 30, 3).shots.is_empty());
    }

    #[test]
    fn the_panels_can_be_chosen() {
        let visited: Vec<_> = (0..=100).map(f64::from).collect();
        assert_eq!(shown(&visited, Some(&[0, 25, 99])), [0.0, 25.0, 99.0]);
        let few = [0.0, 50.0, 100.0];
        assert_eq!(shown(&few, Some(&[0, 20, 30, 99])), [0.0, 50.0, 100.0]);
    }
}
