//! What figures show of the way from noise to samples: as much for any number of timesteps or samples.

use crate::{diffusion::Instant, points::Points, target::Mixture};

/// Points of a panel, at most.
const PANEL_POINTS: usize = 10_000;

/// Points of a frame of the moving picture, in one dimension and in two.
const FRAME_POINTS: [usize; 2] = [10_000, 2_000];

/// Frames of the moving picture, at most.
const FRAMES: usize = 50;

/// Samples that are followed all the way, and the places of each that are kept, at most.
const FOLLOWED: usize = 6;
const PLACES: usize = 400;

/// Parts of T at which the processes are shown, unless the configuration says otherwise.
const PARTS: [f64; 10] = [0.0, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 0.9, 1.0];

/// Parts of T at which the marginals are shown; that nearest to 0 is the first time above the data.
const MARGINALS: [f64; 6] = [1.0, 0.75, 0.5, 0.25, 0.1, 0.0];

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

/// Both processes at one of the times that the marginals are shown, in standardised units.
pub(crate) struct Snapshot {
    pub(crate) t: f64,
    pub(crate) forward: Points,
    pub(crate) reverse: Points,
    /// q_t, where it is known.
    pub(crate) law: Option<Mixture>,
}

/// Samples at one of the times that the moving picture shows, in standardised units.
pub(crate) struct FilmFrame {
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
pub(crate) struct Recording {
    dim: usize,
    /// Steps of the whole walk.
    pub(crate) num_steps: usize,
    stage_times: Vec<f64>,
    snapshot_times: Vec<f64>,
    film_every: f64,
    places_every: usize,
    seen: usize,
    /// The times of the panels, from T to 0; in two dimensions.
    pub(crate) stages: Vec<Stage>,
    /// The times of the marginals, from T to the first above the data; in any dimension.
    pub(crate) snapshots: Vec<Snapshot>,
    /// The frames of the moving picture, from T to 0; in one and two dimensions.
    pub(crate) film: Vec<FilmFrame>,
    /// The places of the first few samples (row-major, `[places, d]` each); in two dimensions.
    pub(crate) paths: Vec<Vec<f64>>,
}

impl Recording {
    /// For a walk over the times `visited` (ascending, from 0 to T) of points of dimension `dim`; `timesteps`
    /// overrides when the panels are.
    pub(crate) fn new(
        visited: &[f64],
        dim: usize,
        timesteps: Option<&[usize]>,
        animation: bool,
    ) -> Self {
        let num_steps = visited.len() - 1;
        let frames = match animation && dim <= 2 {
            true => (num_steps + 1).min(FRAMES),
            false => 0,
        };
        Self {
            dim,
            num_steps,
            stage_times: stage_times(visited, timesteps),
            snapshot_times: snapshot_times(visited),
            film_every: match frames {
                0 | 1 => f64::INFINITY,
                frames => num_steps as f64 / (frames - 1) as f64,
            },
            places_every: num_steps.div_ceil(PLACES).max(1),
            seen: 0,
            stages: vec![],
            snapshots: vec![],
            film: vec![],
            paths: vec![],
        }
    }

    /// Takes what it needs of the state after as many steps as it has seen states.
    pub(crate) fn see(
        &mut self,
        at: Instant,
        reverse: Points,
        forward: Points,
        law: Option<Mixture>,
    ) {
        let step = self.seen;
        self.seen += 1;
        if self.is_filmed(step) {
            let most = FRAME_POINTS[self.dim - 1] * self.dim;
            let points = reverse.values().iter().take(most);
            self.film.push(FilmFrame {
                step,
                t: at.t,
                points: points.map(|x| *x as f32).collect(),
                law: law.clone(),
            });
        }
        if self.dim == 2 {
            self.see_in_plane(step, at, &reverse, &forward, law.as_ref());
        }
        if self.snapshot_times.contains(&at.t) {
            self.snapshots.push(Snapshot {
                t: at.t,
                forward,
                reverse,
                law,
            });
        }
    }

    fn see_in_plane(
        &mut self,
        step: usize,
        at: Instant,
        reverse: &Points,
        forward: &Points,
        law: Option<&Mixture>,
    ) {
        if self.stage_times.contains(&at.t) {
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
    fn is_filmed(&self, step: usize) -> bool {
        let frame = |step: usize| ((step as f64 + 1e-9) / self.film_every).floor();
        self.film_every.is_finite()
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
fn stage_times(visited: &[f64], timesteps: Option<&[usize]>) -> Vec<f64> {
    let last = visited[visited.len() - 1];
    let mut shown: Vec<_> = match timesteps {
        Some(timesteps) => timesteps
            .iter()
            .map(|t| nearest(visited, *t as f64))
            .collect(),
        None => PARTS.map(|part| nearest(visited, part * last)).to_vec(),
    };
    shown.sort_by(f64::total_cmp);
    shown.dedup();
    shown
}

/// The times of the marginals, among those visited above the data.
fn snapshot_times(visited: &[f64]) -> Vec<f64> {
    let last = visited[visited.len() - 1];
    MARGINALS
        .map(|part| nearest(&visited[1..], part * last))
        .to_vec()
}

/// Of some times that which is nearest to the wanted one.
fn nearest(times: &[f64], wanted: f64) -> f64 {
    let distance = |t: &f64| (t - wanted).abs();
    let found = times.iter().copied();
    found
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(wanted)
}

/// The values of the first `most` points.
pub(crate) fn first(points: &Points, most: usize) -> Vec<f64> {
    points.values()[..points.dim() * most.min(points.len())].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::NoiseLevel;

    fn walked(num_steps: usize, n: usize, dim: usize) -> Recording {
        let visited: Vec<_> = (0..=num_steps).map(|t| t as f64).collect();
        let mut recording = Recording::new(&visited, dim, None, true);
        let points = Points::new(vec![0.5; n * dim], dim);
        for t in visited.iter().rev() {
            let at = Instant {
                t: *t,
                level: NoiseLevel::DATA,
            };
            recording.see(at, points.clone(), points.clone(), None);
        }
        recording
    }

    #[test]
    fn what_is_kept_does_not_grow_with_the_way() {
        for num_steps in [1, 7, 100, 5000] {
            let recording = walked(num_steps, 30, 2);
            assert!(recording.stages.len() <= PARTS.len() && recording.film.len() <= FRAMES);
            assert!(
                recording.paths.len() == FOLLOWED && recording.paths[0].len() <= 2 * (PLACES + 1)
            );
            let film: Vec<_> = recording.film.iter().map(|frame| frame.step).collect();
            assert_eq!((film[0], film[film.len() - 1]), (0, num_steps), "both ends");
            assert!(film.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(
                film.len() >= FRAMES.min(num_steps + 1) - 1,
                "{}",
                film.len()
            );
            assert_eq!(recording.stages[0].at.t, num_steps as f64);
            assert_eq!(recording.stages[recording.stages.len() - 1].at.t, 0.0);
        }
    }

    #[test]
    fn in_one_dimension_there_is_a_moving_picture_only() {
        let recording = walked(20, 30, 1);
        assert!(recording.stages.is_empty() && recording.paths.is_empty());
        assert_eq!(recording.film.len(), 21);
        assert!(walked(20, 30, 3).film.is_empty());
    }

    #[test]
    fn the_panels_can_be_chosen() {
        let visited: Vec<_> = (0..=100).map(f64::from).collect();
        assert_eq!(stage_times(&visited, Some(&[0, 25, 99])), [0.0, 25.0, 99.0]);
        let few = [0.0, 50.0, 100.0];
        assert_eq!(
            stage_times(&few, Some(&[0, 20, 30, 99])),
            [0.0, 50.0, 100.0]
        );
    }
}
