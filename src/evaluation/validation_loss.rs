//! The loss on the validation split.

use crate::{error::Result, evaluation::trained::Trained, experiment::Split, target::Estimate};

/// The mean loss over the validation points, every one noised `eval.val_draws` times.
pub(crate) fn validation_loss(trained: &Trained) -> Result<Estimate> {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    let draws = config.eval.val_draws;
    let points = dataset.standardized(Split::Val);
    let weight = config.train.loss_weight.clone();
    let mut source = config.batches(&points, &trained.schedule, dataset.num_classes(), weight);
    // The draws of one point are not independent of each other: the points are.
    let mut of_point = vec![0.0; points.len()];
    for draw in 0..draws as u64 {
        let losses = trained.predictor.losses(&source.validation_batch(draw)?)?;
        for (sum, loss) in of_point.iter_mut().zip(losses) {
            *sum += loss / draws as f64;
        }
    }
    Ok(Estimate::mean_of(&of_point))
}
