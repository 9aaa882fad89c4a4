//! The part of the plane that a picture of the processes shows.

use crate::{
    evaluation::recording::Stage,
    figure::{Window, square_window},
};

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
