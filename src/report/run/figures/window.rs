//! The part of the plane that a picture of the processes shows.

use crate::{
    evaluation::recording::Stage,
    figure::{Window, core_window},
};

/// Noise so many times wider than the data would leave the data too little of a window that all panels share.
const WIDER: f64 = 1.6;

/// A square window for each stage, around nearly all points of the forward process: the same for all, unless the
/// data would fill too little of it.
pub(crate) fn windows(stages: &[Stage]) -> Option<Vec<Window>> {
    let own: Vec<_> = stages
        .iter()
        .map(|stage| Some(core_window(&stage.forward)?.squared()))
        .collect::<Option<_>>()?;
    let shared = own.iter().copied().reduce(Window::union)?.squared();
    let narrowest = own.iter().map(Window::side).fold(f64::INFINITY, f64::min);
    Some(match shared.side() > WIDER * narrowest {
        true => own,
        false => vec![shared; own.len()],
    })
}

/// `all`, or as much of it as still shows `data`: a window `reach` times as wide.
pub(crate) fn within_reach(all: Window, data: Window, reach: f64) -> Window {
    if all.side() <= reach * data.side() {
        return all;
    }
    let around = |(low, high): (f64, f64)| {
        let half = 0.5 * reach * (high - low);
        let middle = 0.5 * (low + high);
        (middle - half, middle + half)
    };
    Window {
        x: around(data.x),
        y: around(data.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::Instant;

    fn stage(size: f64) -> Stage {
        let forward = (0..2000).map(|i| size * (f64::from(i) * 0.7).sin());
        Stage {
            at: Instant::DATA,
            forward: forward.collect(),
            // Samples that diverged.
            reverse: vec![1e6; 20],
            law: None,
        }
    }

    #[test]
    fn what_diverged_leaves_the_data_their_room() {
        let square = |half: f64| Window {
            x: (1.0 - half, 1.0 + half),
            y: (-half, half),
        };
        assert_eq!(within_reach(square(1.9), square(1.0), 2.0), square(1.9));
        assert_eq!(within_reach(square(600.0), square(1.0), 2.0), square(2.0));
    }

    #[test]
    fn data_fill_their_panels() {
        let near = windows(&[stage(1.5), stage(1.2), stage(1.0)]).expect("windows");
        assert!(near.iter().all(|window| *window == near[0]));
        assert!(near[0].side() < 2.0 * 1.5 * 1.08, "{:?}", near[0]);
        let far = windows(&[stage(30.0), stage(4.0), stage(1.0)]).expect("windows");
        for (window, size) in far.iter().zip([30.0, 4.0, 1.0]) {
            assert!(window.side() > 2.0 * size * 0.99 && window.side() < 2.0 * size * 1.08);
        }
    }
}
