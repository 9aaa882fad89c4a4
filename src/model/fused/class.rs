//! What the network knows of a class, computed once for all points that have it.

use super::{
    FusedNetwork,
    workspace::{ClassWorkspace, StepWeights, Workspace},
};
use crate::model::kernel::{Matrix, Pick, multiply};

impl FusedNetwork {
    /// Fills the forward part of `class`.
    pub(super) fn embed_classes(&self, weights: &[f32], class: &mut ClassWorkspace) {
        let Some((layer, rows)) = self.sees_class() else {
            return;
        };
        let embedding = Matrix::row_major(self.embedding(weights), self.class_width());
        let matrix = Matrix::row_major(&weights[rows], layer.outputs);
        let num_rows = self.layers.classes.map_or(0, |classes| classes.rows);
        class.shares.resize(num_rows * layer.outputs);
        multiply(&mut class.shares, embedding, matrix, false);
    }

    /// The gradient of the embedding of the classes and of the weights that see it alone.
    pub(super) fn class_backward(&self, step: StepWeights, space: &mut Workspace) {
        let (Some((layer, rows)), Some(place)) = (self.sees_class(), self.embedding.clone()) else {
            return;
        };
        let width = self.class_width();
        let shares = Matrix::row_major(&space.class.shares_gradient, layer.outputs);
        let embedding = Matrix::row_major(self.embedding(step.weights), width);
        let gradient = &mut space.gradient[rows];
        multiply(gradient, embedding.transposed(), shares, false);
        let matrix = Matrix::row_major(&step.transposed[self.places.len()], width);
        multiply(&mut space.gradient[place], shares, matrix, false);
    }
}

/// The rows of the embedding that `classes` names; any, where the network is told none.
pub(in crate::model) fn pick_classes(classes: &[u32]) -> Pick<'_> {
    match classes {
        [] => Pick::Same(0),
        rows => Pick::Each(rows),
    }
}
