//! Which part of its data a panel shows.

use super::{
    field::Window,
    statistics::{quantile, range, sorted_finite, union},
};

/// Where a density is visible at all: above 1/2000 of its peak, or of some even densities over the whole curve,
/// so that a narrow peak hides nothing that is wide.
pub(crate) fn support(density: &[(f64, f64)]) -> Option<(f64, f64)> {
    let (_, peak) = range(density.iter().map(|p| p.1))?;
    let (low, high) = range(density.iter().map(|p| p.0))?;
    let least = peak.min(10.0 / (high - low)) / 2000.0;
    let is_visible = |p: &&(f64, f64)| p.1.is_finite() && p.1 > least;
    range(density.iter().filter(is_visible).map(|p| p.0))
}

/// The bulk of the samples: their 0.05 % to 99.95 % quantiles.
pub(crate) fn bulk(samples: &[f64]) -> Option<(f64, f64)> {
    let sorted = sorted_finite(samples.iter().copied());
    Some((quantile(&sorted, 0.0005)?, quantile(&sorted, 0.9995)?))
}

/// The range to show: all of `known` (where the truth lies) and the bulk of the samples not far from it.
///
/// Far means more than the known range's width beyond it: diverged samples must not hide the truth. They are
/// counted instead.
pub(crate) fn visible_range(known: Option<(f64, f64)>, samples: &[f64]) -> Option<(f64, f64)> {
    let core = match known {
        Some(known) => known,
        None => {
            let sorted = sorted_finite(samples.iter().copied());
            (quantile(&sorted, 0.05)?, quantile(&sorted, 0.95)?)
        }
    };
    let (width, magnitude) = (core.1 - core.0, core.0.abs().max(core.1.abs()));
    let reach = if width > 1e-9 * magnitude {
        width
    } else {
        (0.1 * magnitude).max(1e-3)
    };
    let near: Vec<f64> = samples
        .iter()
        .copied()
        .filter(|x| (core.0 - reach..=core.1 + reach).contains(x))
        .collect();
    let (low, high) = union(Some(core), bulk(&near))?;
    let margin = (0.02 * (high - low)).max(0.02 * reach);
    Some((low - margin, high + margin))
}

/// What panels show: nearly all of `known`, where the truth lies, and of the clouds not far from it; the same
/// length on both axes.
pub(crate) fn square_window(known: &[&[f64]], clouds: &[&[f64]]) -> Option<Window> {
    Some(plane_window(known, clouds)?.squared())
}

/// What panels show of the plane: as [`square_window`], but no more of either axis than it needs, so that wide data
/// have wide panels.
pub(crate) fn plane_window(known: &[&[f64]], clouds: &[&[f64]]) -> Option<Window> {
    let axis = |k: usize| {
        let of =
            |points: &&[f64]| -> Vec<f64> { points.iter().skip(k).step_by(2).copied().collect() };
        let truth = known
            .iter()
            .map(|points| bulk(&of(points)))
            .fold(None, union);
        let all: Vec<f64> = clouds.iter().flat_map(of).collect();
        visible_range(truth, &all)
    };
    let (x, y) = (axis(0)?, axis(1)?);
    let margin = MARGIN * (x.1 - x.0).max(y.1 - y.0);
    let around = |(low, high): (f64, f64)| (low - margin, high + margin);
    Some(Window {
        x: around(x),
        y: around(y),
    })
}

/// Free room around what a window of the plane shows, as a fraction of its longer side.
const MARGIN: f64 = 0.03;

/// The window that holds all but a few in a thousand of some points along each axis.
pub(crate) fn core_window(points: &[f64]) -> Option<Window> {
    let axis = |k: usize| {
        let sorted = sorted_finite(points.iter().skip(k).step_by(2).copied());
        let range = (quantile(&sorted, TAIL)?, quantile(&sorted, 1.0 - TAIL)?);
        let margin = MARGIN * (range.1 - range.0).max(1e-9);
        Some((range.0 - margin, range.1 + margin))
    };
    Some(Window {
        x: axis(0)?,
        y: axis(1)?,
    })
}

/// What a core leaves out at each end. Of a normal law it ends beyond the line around 95 % of the plane's mass.
const TAIL: f64 = 0.005;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diverged_samples_do_not_hide_the_truth() {
        let mut samples = vec![0.5; 60];
        samples.extend([1e9; 40]);
        let (low, high) = visible_range(Some((-1.0, 1.0)), &samples).expect("there is data");
        assert!(low < -1.0 && low > -1.5 && high > 1.0 && high < 3.5);
        assert_eq!(visible_range(None, &[f64::NAN]), None);
        assert!(
            visible_range(None, &[2.0, 2.0]).is_some_and(|(low, high)| low < 2.0 && 2.0 < high)
        );
    }

    #[test]
    fn the_window_is_a_square_around_the_truth() {
        let known = [0.0, 0.0, 4.0, 1.0];
        let mut far = vec![2.0, 0.5];
        far.extend([1e6, 1e6]);
        let window = square_window(&[&known], &[&far]).expect("a window");
        let (width, height) = (window.x.1 - window.x.0, window.y.1 - window.y.0);
        assert!((width - height).abs() < 1e-9 && width > 4.0 && width < 9.0);
    }
}
