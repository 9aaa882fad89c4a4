//! What is compared of the runs on one law of the data.

use super::{sampling::AtEqualSampling, training::AtEqualTraining};
use crate::{
    error::Result,
    experiment::sweep::{
        gathered::{Gathered, Part},
        summary::Summary,
    },
    report::sweep::comparison::{self, Comparisons},
};

/// The runs on one law, as they are, at equal cost of training, and at equal cost of sampling.
pub(crate) struct Compared {
    /// The law of the data in words.
    pub(crate) law: String,
    pub(crate) summary: Summary,
    pub(crate) distances: Option<Comparisons>,
    pub(crate) training: Option<AtEqualTraining>,
    pub(crate) sampling: AtEqualSampling,
}

/// Every law of the data that the runs have.
///
/// # Errors
/// If a run's own records cannot be read, or an evaluation was edited (exit 5).
pub(crate) fn all(gathered: &Gathered) -> Result<Vec<Compared>> {
    gathered.parts.iter().map(Compared::of).collect()
}

impl Compared {
    fn of(part: &Part) -> Result<Self> {
        let summary = Summary::new(part.rows.clone());
        Ok(Self {
            law: part.law.clone(),
            distances: comparison::compare(&summary),
            training: AtEqualTraining::of(&summary)?,
            sampling: AtEqualSampling::of(&summary)?,
            summary,
        })
    }

    /// Every comparison, with what is equal in it beside the data.
    pub(super) fn comparisons(&self) -> Vec<(String, &Summary, &Comparisons)> {
        let distances = self.distances.iter();
        let distances = distances.map(|found| (String::new(), &self.summary, found));
        let training = self.training.iter().filter_map(|found| {
            let at = format!("{} training evaluations", found.budget);
            Some((at, &found.summary, found.compared.as_ref()?))
        });
        let sampling = self.sampling.comparisons().map(|(cost, summary, found)| {
            let at = format!("{cost} evaluations a sample");
            (at, summary, found)
        });
        distances.chain(training).chain(sampling).collect()
    }
}
