//! What a training has cost after each of its validations, and how far it was then.

use crate::{
    error::Result,
    experiment::{MetricsRecord, Run, RunState, run::listing::RunRow},
};

/// A validation in the course of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stage {
    /// Points that the network was shown until then: steps times the batch size.
    pub(crate) evaluations: f64,
    pub(crate) excess_loss: Option<f64>,
    pub(crate) val_loss: f64,
}

/// The validations of a run, in their order; none where nothing was trained.
///
/// # Errors
/// If the run's own log cannot be read.
pub(crate) fn course(row: &RunRow) -> Result<Vec<Stage>> {
    if row.status.state == RunState::Judged {
        return Ok(vec![]);
    }
    let run = Run::open(&row.directory)?;
    let batch_size = run.config.train.batch_size as f64;
    let stage = |record: MetricsRecord| Stage {
        evaluations: record.step as f64 * batch_size,
        excess_loss: record.excess_loss,
        val_loss: record.val_loss,
    };
    Ok(run.metrics()?.into_iter().map(stage).collect())
}

/// Where a training was when its network had answered `budget` times: its last validation until then.
pub(crate) fn at(course: &[Stage], budget: f64) -> Option<&Stage> {
    let until = |stage: &&Stage| stage.evaluations <= budget * (1.0 + 1e-9);
    course.iter().rfind(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_at_the_last_validation_within_it() {
        let stage = |evaluations| Stage {
            evaluations,
            excess_loss: None,
            val_loss: 1.0 / evaluations,
        };
        let course = [100.0, 200.0, 300.0].map(stage);
        let found = |budget| at(&course, budget).map(|stage| stage.evaluations);
        assert_eq!(
            [99.0, 100.0, 250.0, 900.0].map(found),
            [None, Some(100.0), Some(200.0), Some(300.0)]
        );
    }
}
