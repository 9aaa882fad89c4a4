//! A network whose weights lie in one flat vector, with the places of its layers in it.

use crate::model::{
    MlpConfig, PointShape,
    features::TimeTable,
    layers::{Layer, Layers, Place},
};
use std::ops::Range;

/// Layers and places of a network whose weights lie in one flat vector.
#[derive(Debug, Clone)]
pub(in crate::model) struct FusedNetwork {
    pub(super) layers: Layers,
    /// Of the time MLP's layers, then of the main ones.
    pub(super) places: Vec<Place>,
    /// Of the embedding of the classes, if there is one.
    pub(super) embedding: Option<Range<usize>>,
}

impl FusedNetwork {
    /// The network that `config` describes, for such points.
    pub(in crate::model) fn new(config: &MlpConfig, shape: PointShape) -> Self {
        let layers = Layers::new(config, shape);
        let (places, embedding) = (layers.places(), layers.embedding_place());
        Self {
            layers,
            places,
            embedding,
        }
    }

    /// The main layers with the places of their weights.
    pub(super) fn main(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&Layer, &Place)> + ExactSizeIterator {
        self.layers
            .main
            .iter()
            .zip(&self.places[self.layers.time.len()..])
    }

    /// Width of what the main layers see of t.
    pub(super) fn time_width(&self, table: &TimeTable) -> usize {
        self.layers
            .time
            .last()
            .map_or(table.dim(), |layer| layer.outputs)
    }

    /// Width of the embedding of the classes, 0 without one.
    pub(super) fn class_width(&self) -> usize {
        self.layers.classes.map_or(0, |classes| classes.width)
    }

    /// The embedding of the classes, empty without one.
    pub(super) fn embedding<'a>(&self, weights: &'a [f32]) -> &'a [f32] {
        self.embedding.clone().map_or(&[], |place| &weights[place])
    }

    /// The input layer, if it sees the embedding of the class, and where it has the rows for it.
    pub(super) fn sees_class(&self) -> Option<(&Layer, Range<usize>)> {
        let (layer, place) = self.main().next().filter(|(layer, _)| layer.sees_class)?;
        let rows = self.class_width() * layer.outputs;
        Some((layer, place.weight.end - rows..place.weight.end))
    }

    /// Where a main layer that sees the features of t has the rows for them.
    pub(super) fn time_rows(
        &self,
        layer: &Layer,
        place: &Place,
        table: &TimeTable,
    ) -> Range<usize> {
        let behind = if layer.sees_class {
            self.class_width()
        } else {
            0
        };
        let end = place.weight.end - behind * layer.outputs;
        end - self.time_width(table) * layer.outputs..end
    }
}
