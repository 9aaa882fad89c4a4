//! How a line or a point looks.

use plotters::style::RGBAColor;

use super::geometry::Point;

/// The pattern of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

impl Dash {
    /// Lengths of ink and of gap in logical pixels.
    pub(super) fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some((8.0, 5.0)),
            Self::Dotted => Some((2.0, 4.0)),
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub color: RGBAColor,
    pub width: f64,
    pub dash: Dash,
}

impl Stroke {
    pub(super) const fn solid(color: RGBAColor, width: f64) -> Self {
        Self::dashed(color, width, Dash::Solid)
    }

    pub(super) const fn dashed(color: RGBAColor, width: f64, dash: Dash) -> Self {
        Self { color, width, dash }
    }
}

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    /// A triangle that points to what lies beyond the axis, in the direction (x, y) on the screen.
    Beyond(i8, i8),
}

impl Marker {
    /// How far down its position lies from the middle of a legend's row.
    pub(super) fn key_offset(self) -> f64 {
        match self {
            Self::Beyond(_, y) => 5.5 * f64::from(y),
            _ => 0.0,
        }
    }

    /// The corners relative to the centre for radius 1; a circle has none.
    pub(super) fn corners(self) -> Vec<Point> {
        match self {
            Self::Circle => Vec::new(),
            Self::Square => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Self::Triangle => vec![(0.0, -1.3), (1.2, 0.8), (-1.2, 0.8)],
            Self::Diamond => vec![(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)],
            Self::Beyond(x, y) => {
                let length = f64::from(x).hypot(f64::from(y)).max(1.0);
                let (x, y) = (f64::from(x) / length, f64::from(y) / length);
                let corner =
                    |along: f64, across: f64| (along * x - across * y, along * y + across * x);
                // The tip is the given position, so that it can touch the frame.
                vec![corner(0.0, 0.0), corner(-2.2, 1.3), corner(-2.2, -1.3)]
            }
        }
    }
}
