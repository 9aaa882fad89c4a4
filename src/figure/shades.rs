//! Colours for numbers, and the strip that explains them.

use super::axes::Axis;
use super::canvas::Canvas;
use super::geometry::Rect;
use super::panel::Panel;
use super::scale::Scale;
use super::statistics::{quantile, sorted_finite};
use super::theme::tint;
use plotters::style::RGBAColor;

const ABOVE: RGBAColor = RGBAColor(213, 94, 0, 1.0);
const BELOW: RGBAColor = RGBAColor(0, 114, 178, 1.0);

/// From nothing to most: white over blue to nearly black, ever darker.
const LADDER: [(f64, [f64; 3]); 5] = [
    (0.0, [255.0, 255.0, 255.0]),
    (0.25, [178.0, 214.0, 236.0]),
    (0.5, [86.0, 160.0, 210.0]),
    (0.75, [18.0, 98.0, 160.0]),
    (1.0, [6.0, 34.0, 74.0]),
];

/// How numbers become colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shades {
    /// From 0, white, to the largest value, nearly black.
    FromZero,
    /// The same, up to a given value.
    UpTo(f64),
    /// Blue below 0 and orange above, up to the largest size.
    Diverging,
    /// The same, up to a given size.
    DivergingUpTo(f64),
}

impl Shades {
    /// The values that get the extreme colours.
    fn ends(self, values: &[f64]) -> (f64, f64) {
        let most = |values: Vec<f64>| {
            let most = quantile(&values, 0.999).unwrap_or(1.0);
            if most > 0.0 { most } else { 1.0 }
        };
        match self {
            Self::FromZero => (0.0, most(sorted_finite(values.iter().copied()))),
            Self::UpTo(high) => (0.0, high),
            Self::Diverging => {
                let most = most(sorted_finite(values.iter().map(|v| v.abs())));
                (-most, most)
            }
            Self::DivergingUpTo(high) => (-high, high),
        }
    }

    /// The colour of every value of a field.
    pub(super) fn of(self, values: &[f64]) -> impl Fn(f64) -> RGBAColor + use<> {
        let (low, high) = self.ends(values);
        move |value: f64| {
            if low < 0.0 {
                let color = if value > 0.0 { ABOVE } else { BELOW };
                tint(color, (value.abs() / high).min(1.0))
            } else {
                ladder((value / high).clamp(0.0, 1.0))
            }
        }
    }

    /// The strip beside a map.
    pub(super) fn strip(self, canvas: &mut Canvas, area: Rect, values: &[f64], steps: usize) {
        let (low, high) = self.ends(values);
        let shade = self.of(values);
        let mut blank = Axis::new(Scale::linear(0.0, 1.0), "");
        blank.names = Some(vec![]);
        let mut panel = Panel::new(
            canvas,
            Rect {
                right: area.left + 74.0,
                left: area.left,
                ..area
            },
            &(blank, Axis::new(Scale::linear(low, high), "")),
        );
        for i in 0..steps {
            let at = |i: usize| low + (high - low) * i as f64 / steps as f64;
            panel.rect(
                (0.0, at(i)),
                (1.0, at(i + 1)),
                shade(0.5 * (at(i) + at(i + 1))),
            );
        }
    }
}

fn ladder(place: f64) -> RGBAColor {
    let above = LADDER
        .iter()
        .position(|(at, _)| *at >= place)
        .unwrap_or(LADDER.len() - 1)
        .max(1);
    let ((from, a), (to, b)) = (LADDER[above - 1], LADDER[above]);
    let part = (place - from) / (to - from);
    let mix = |k: usize| (a[k] + part * (b[k] - a[k])).round() as u8;
    RGBAColor(mix(0), mix(1), mix(2), 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_darker_and_nothing_is_white() {
        let shade = Shades::FromZero.of(&[0.0, 1.0, 2.0]);
        let light = |v: f64| {
            let RGBAColor(r, g, b, _) = shade(v);
            u32::from(r) + u32::from(g) + u32::from(b)
        };
        assert_eq!(light(0.0), 3 * 255);
        assert!((0..20).all(|i| light(0.1 * f64::from(i)) > light(0.1 * f64::from(i + 1))));
    }

    #[test]
    fn opposite_errors_have_different_colours_and_none_is_white() {
        let shade = Shades::DivergingUpTo(2.0).of(&[]);
        assert_ne!(shade(1.0), shade(-1.0));
        assert_eq!(shade(0.0), RGBAColor(255, 255, 255, 1.0));
        assert_eq!(shade(5.0), ABOVE);
    }
}
