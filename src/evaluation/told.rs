//! From how many samples on a run can be told from the truth.

use crate::{
    evaluation::{
        judged::{LEVEL, Tests},
        trained::Trained,
    },
    experiment::{
        Split,
        run::record::{EvalRecord, ToldBy, ToldRecord},
    },
    metric::{
        Setting,
        telling::{self, MOST, SMALLEST, Source},
    },
    points::Points,
    truth::OutputLaw,
};

/// The sizes that are tried on draws from an exact law, at least.
const LEAST_LARGEST: usize = 10_000;

/// What the noise of perfect samples depends on.
pub(crate) fn setting<'a>(trained: &'a Trained, samples: &Points) -> Setting<'a> {
    let dataset = &trained.dataset;
    Setting {
        density: dataset.density.as_ref(),
        test: dataset.split(Split::Test),
        samples: samples.len(),
        overlap_range: trained.run.config.eval.overlap_range,
    }
}

/// The tests of a record, with the size at which they tell its samples. `None` where there is no test.
pub(crate) fn told(
    trained: &Trained,
    record: &EvalRecord,
    samples: &Points,
    law: Option<&OutputLaw>,
) -> Option<ToldRecord> {
    let tests = Tests::of(record);
    let is_finite = samples.values().iter().all(|x| x.is_finite());
    if tests.all.is_empty() || !is_finite {
        return None;
    }
    let dataset = &trained.dataset;
    let setting = setting(trained, samples);
    let quantiles = law.map(|law| {
        let quantiles = Points::new(law.curve.quantiles(MOST), 1);
        dataset.affine.invert(&quantiles)
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
        samples: telling::smallest_told(&setting, source, tests.level_of_one()),
        smallest: SMALLEST.min(largest),
        largest,
        by,
        level: LEVEL,
        num_tests: tests.all.len(),
        rejected: tests.rejected().map(String::from).collect(),
    })
}
