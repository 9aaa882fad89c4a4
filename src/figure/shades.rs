//! Colours for numbers, and what they stand for.

use super::{
    mark::Color,
    statistics::{quantile, sorted_finite},
};

const ABOVE: Color = Color(213, 94, 0, 1.0);
const BELOW: Color = Color(0, 114, 178, 1.0);

/// From nothing to most: white over blue to nearly black, ever darker.
const LADDER: [(f64, [f64; 3]); 5] = [
    (0.0, [255.0, 255.0, 255.0]),
    (0.25, [178.0, 214.0, 236.0]),
    (0.5, [86.0, 160.0, 210.0]),
    (0.75, [18.0, 98.0, 160.0]),
    (1.0, [6.0, 34.0, 74.0]),
];

/// How numbers become colours: from 0, white, to the largest, nearly black; or blue below 0 and orange above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shades {
    /// Below 0 where signs differ in colour.
    low: f64,
    high: f64,
}

impl Shades {
    /// From 0 up to a given value.
    pub(crate) fn up_to(high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        Self { low: 0.0, high }
    }

    /// From 0 up to nearly the largest of some values.
    pub(crate) fn from_zero(values: &[f64]) -> Self {
        Self::up_to(most(values.iter().copied()))
    }

    /// Around 0, up to a given size.
    pub(crate) fn diverging_up_to(high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        Self { low: -high, high }
    }

    /// Around 0, up to nearly the largest size of some values.
    pub(crate) fn diverging(values: &[f64]) -> Self {
        Self::diverging_up_to(most(values.iter().map(|v| v.abs())))
    }

    /// The values that get the extreme colours.
    pub(crate) fn ends(self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The colour of a value.
    pub(crate) fn color(self, value: f64) -> Color {
        if self.low < 0.0 {
            let color = if value > 0.0 { ABOVE } else { BELOW };
            color.tint((value.abs() / self.high).min(1.0))
        } else {
            ladder((value / self.high).clamp(0.0, 1.0))
        }
    }
}

/// The largest value but for one in a thousand, which may be a spike.
fn most(values: impl Iterator<Item = f64>) -> f64 {
    quantile(&sorted_finite(values), 0.999).unwrap_or(0.0)
}

fn ladder(place: f64) -> Color {
    let above = LADDER
        .iter()
        .position(|(at, _)| *at >= place)
        .unwrap_or(LADDER.len() - 1)
        .max(1);
    let ((from, a), (to, b)) = (LADDER[above - 1], LADDER[above]);
    let part = (place - from) / (to - from);
    let mix = |k: usize| (a[k] + part * (b[k] - a[k])).round() as u8;
    Color(mix(0), mix(1), mix(2), 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_darker_and_nothing_is_white() {
        let shade = Shades::from_zero(&[0.0, 1.0, 2.0]);
        let light = |v: f64| {
            let Color(r, g, b, _) = shade.color(v);
            u32::from(r) + u32::from(g) + u32::from(b)
        };
        assert_eq!(light(0.0), 3 * 255);
        assert!((0..20).all(|i| light(0.1 * f64::from(i)) > light(0.1 * f64::from(i + 1))));
    }

    #[test]
    fn opposite_errors_have_different_colours_and_none_is_white() {
        let shade = Shades::diverging_up_to(2.0);
        assert_ne!(shade.color(1.0), shade.color(-1.0));
        assert_eq!(shade.color(0.0), Color(255, 255, 255, 1.0));
        assert_eq!(shade.color(5.0), ABOVE);
    }
}
