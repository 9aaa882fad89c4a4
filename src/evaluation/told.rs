//! From how many samples on a run can be told from the truth.

use crate::{
    evaluation::{
        faults,
        judged::{LEVEL, Tests},
    },
    experiment::{
        Dataset, Split,
        run::record::{EvalRecord, ToldBy, ToldRecord},
    },
    metric::{
        PerfectNoise, Setting,
        telling::{self, MOST, SMALLEST, Source},
    },
    points::Points,
    truth::OutputLaw,
};

/// The sizes that are tried on draws from an exact law, at least.
const LEAST_LARGEST: usize = 10_000;

/// Samples and what they are held against.
pub(crate) struct Held<'a> {
    dataset: &'a Dataset,
    samples: &'a Points,
    /// What the noise of perfect samples depends on.
    setting: Setting<'a>,
}

impl<'a> Held<'a> {
    /// Samples against the test split and the law of a data set.
    pub(crate) fn new(
        dataset: &'a Dataset,
        overlap_range: Option<(f64, f64)>,
        samples: &'a Points,
    ) -> Self {
        let setting = Setting {
            density: dataset.density.as_ref(),
            test: dataset.split(Split::Test),
            samples: samples.len(),
            overlap_range,
        };
        Self {
            dataset,
            samples,
            setting,
        }
    }

    /// Adds to a record at which size its samples are told from the truth, and what is wrong with them.
    pub(crate) fn tell(&self, record: &mut EvalRecord, law: Option<&OutputLaw>) {
        record.told = told(self, record, law);
        let region = PerfectNoise::of(&self.setting).region();
        let truth = self.setting.density.zip(region.as_ref());
        record.faults = faults::faults(record, self.samples, self.setting.test, truth);
    }
}

/// The tests of a record, with the size at which they tell its samples. `None` where there is no test.
fn told(held: &Held, record: &EvalRecord, law: Option<&OutputLaw>) -> Option<ToldRecord> {
    let samples = held.samples;
    let tests = Tests::of(record);
    let is_finite = samples.values().iter().all(|x| x.is_finite());
    if tests.all.is_empty() || !is_finite {
        return None;
    }
    let quantiles = law.map(|law| {
        let quantiles = Points::new(law.curve.quantiles(MOST), 1);
        held.dataset.affine.invert(&quantiles)
    });
    let (source, by, largest) = match &quantiles {
        Some(quantiles) => {
            let largest = samples.len().clamp(LEAST_LARGEST, MOST);
            (
                Source::Law { quantiles, largest },
                ToldBy::ExactLaw,
                largest,
            )
        }
        None => {
            let all_told = tests.rejected_of_samples().next().is_some();
            let source = Source::Subsets { samples, all_told };
            (source, ToldBy::Subsets, samples.len().min(MOST))
        }
    };
    Some(ToldRecord {
        samples: telling::smallest_told(&held.setting, source, tests.level_of_one()),
        smallest: SMALLEST.min(largest),
        largest,
        by,
        level: LEVEL,
        num_tests: tests.all.len(),
        rejected: tests.rejected().map(String::from).collect(),
    })
}
