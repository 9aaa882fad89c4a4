//! How a line or a point looks.

use super::geometry::Point;

/// Red, green and blue from 0 to 255, and the opacity from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8, pub(crate) f64);

impl Color {
    /// The same colour with another opacity.
    pub(crate) const fn opacity(self, opacity: f64) -> Self {
        Self(self.0, self.1, self.2, opacity)
    }

    /// The colour mixed with white, opaque: a pale line that does not darken where it crosses itself.
    pub(crate) const fn tint(self, strength: f64) -> Self {
        const fn mix(channel: u8, strength: f64) -> u8 {
            (255.0 - (255.0 - channel as f64) * strength).round() as u8
        }
        let Self(r, g, b, _) = self;
        Self(mix(r, strength), mix(g, strength), mix(b, strength), 1.0)
    }
}

/// The pattern of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dash {
    Solid,
    Dashed,
    Dotted,
}

impl Dash {
    /// Lengths of ink and of gap in logical pixels.
    pub(crate) fn lengths(self) -> Option<(f64, f64)> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some((8.0, 5.0)),
            Self::Dotted => Some((2.0, 4.0)),
        }
    }
}

/// How a line is drawn; its width is in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
    pub(crate) dash: Dash,
}

impl Stroke {
    pub(crate) const fn solid(color: Color, width: f64) -> Self {
        Self::dashed(color, width, Dash::Solid)
    }

    pub(crate) const fn dashed(color: Color, width: f64, dash: Dash) -> Self {
        Self { color, width, dash }
    }
}

/// The shape of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    /// A triangle that points to what lies beyond the axis, in the direction (x, y) on the screen.
    Beyond(i8, i8),
}

impl Marker {
    /// How far down its position lies from the middle of a legend's row.
    pub(crate) fn key_offset(self) -> f64 {
        match self {
            Self::Beyond(_, y) => 5.5 * f64::from(y),
            _ => 0.0,
        }
    }

    /// The corners relative to the centre for radius 1; a circle has none.
    pub(crate) fn corners(self) -> Vec<Point> {
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
