//! One panel of a chart: axes with a stack of layers, under a line of words.

use super::{axis::Axis, caption::Caption, layer::Layer, strip::Strip};
use crate::figure::{field::Window, scale::Scale};

/// A panel; the chart says where it stands.
#[derive(Default)]
pub(crate) struct Panel<'a> {
    /// Written above it, in bold; may be empty.
    pub(crate) heading: String,
    /// A remark beside the heading; may be empty.
    pub(crate) note: String,
    /// The horizontal axis.
    pub(crate) x: Axis,
    /// The vertical axis.
    pub(crate) y: Axis,
    /// Whether a unit is equally long on both axes.
    pub(crate) square: bool,
    /// What it shows; those of equal depth from the back to the front.
    pub(crate) layers: Vec<Layer<'a>>,
    /// What explains the colours of a map.
    pub(crate) strip: Option<Strip>,
}

impl<'a> Panel<'a> {
    /// A panel that shows a part of the plane; none of it, without a window. A unit is equally long on both axes,
    /// unless that would leave a strip.
    pub(crate) fn plane(
        window: Option<Window>,
        [x, y]: [String; 2],
        layers: Vec<Layer<'a>>,
    ) -> Self {
        let scale = |(low, high): (f64, f64)| Scale::linear(low, high);
        Self {
            x: Axis::new(window.map(|window| scale(window.x)), x),
            y: Axis::new(window.map(|window| scale(window.y)), y),
            square: window.is_none_or(|window| window.is_compact()),
            layers,
            ..Self::default()
        }
    }

    /// The same panel with words above it.
    pub(crate) fn titled(self, heading: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            note: note.into(),
            ..self
        }
    }

    pub(super) fn caption(&self) -> Caption<'_> {
        Caption {
            heading: &self.heading,
            note: &self.note,
        }
    }

    /// The layers from the back to the front.
    pub(super) fn by_depth(&self) -> Vec<&Layer<'a>> {
        let mut layers: Vec<_> = self.layers.iter().collect();
        layers.sort_by_key(|layer| layer.depth);
        layers
    }
}
