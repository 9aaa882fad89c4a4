//! Points through a network with fixed weights.

use super::{
    FusedNetwork,
    layer::{Picks, Points},
    workspace::{ClassWorkspace, TimeWorkspace},
};
use crate::model::{features::TimeTable, kernel::Buffer};
use std::sync::Arc;

/// Fixed weights, with everything that depends on t alone computed for all timesteps, and on the class
/// alone for all classes.
#[derive(Debug)]
pub(in crate::model) struct FixedWeights {
    weights: Arc<Buffer>,
    time: TimeWorkspace,
    class: ClassWorkspace,
}

/// Buffers in which points go through a network with fixed weights.
#[derive(Debug, Default)]
pub(in crate::model) struct Buffers {
    /// A value, the one before it and the one before that, which may be a skip connection's.
    values: [Buffer; 3],
}

impl FusedNetwork {
    /// `weights`, ready for [`output`](Self::output) at every timestep of `table` and for every class.
    pub(in crate::model) fn fix(&self, weights: &[f32], table: &TimeTable) -> FixedWeights {
        let weights = Arc::new(Buffer::copy_of(weights));
        self.fix_rows(weights, table, table.rows())
    }

    /// The same weights, ready at any times instead: what `pick` names are then the rows of `features`,
    /// those of the times.
    pub(in crate::model) fn fix_at(
        &self,
        fixed: &FixedWeights,
        table: &TimeTable,
        features: &[f32],
    ) -> FixedWeights {
        self.fix_rows(fixed.weights.clone(), table, features)
    }

    fn fix_rows(&self, weights: Arc<Buffer>, table: &TimeTable, rows: &[f32]) -> FixedWeights {
        let mut time = TimeWorkspace {
            features: Buffer::copy_of(rows),
            ..TimeWorkspace::default()
        };
        self.embed_time(&weights, table, &mut time);
        // The derivatives are for training.
        time.slopes.clear();
        let mut class = ClassWorkspace::default();
        self.embed_classes(&weights, &mut class);
        FixedWeights {
            weights,
            time,
            class,
        }
    }

    /// The output `[n, d]` for features of points `x`, at the timesteps and of the classes that `picks`
    /// names.
    pub(in crate::model) fn output<'a>(
        &self,
        fixed: &FixedWeights,
        table: &TimeTable,
        x: &[f32],
        picks: Picks,
        buffers: &'a mut Buffers,
    ) -> &'a [f32] {
        let (weights, tables) = (&fixed.weights, (&fixed.time, &fixed.class));
        let n = x.len() / self.layer_weights(0, weights, table, tables).inputs();
        for (i, (layer, _)) in self.main().enumerate() {
            let mut product = std::mem::take(&mut buffers.values[(i + 1) % 3]);
            product.resize(n * layer.outputs);
            let input = match i {
                0 => x,
                i => &buffers.values[i % 3],
            };
            let skip = layer.skip.map(|value| {
                debug_assert!(i + 1 - value < 3, "a skip connection reaches too far back");
                &*buffers.values[value % 3]
            });
            let points = Points { input, skip, picks };
            let weights = self.layer_weights(i, weights, table, tables);
            weights.forward(points, &mut product, None);
            buffers.values[(i + 1) % 3] = product;
        }
        &buffers.values[self.layers.main.len() % 3]
    }
}
