//! What other samplers make of a trained network: tried, where the steps or the start matter.

use crate::{
    error::Result,
    evaluation::{
        candidates::{self, Candidate},
        trained::Trained,
    },
    experiment::run::record::AlternativeRecord,
    truth::{Attribution, Cause, PerfectSamples, Subject, w1_of_sampler},
};

/// A cause that adds less than this part of W1, alone or beside the others, does not matter.
const MATTERS: f64 = 0.1;

/// Exact laws that are computed for other samplers, at most.
const MOST_LAWS: usize = 5;

/// Samplers that are tried by samples, at most, and the part of the attribution's time that these may take.
const MOST_SAMPLED: usize = 6;
const PART: f64 = 0.1;

/// How W1 of another sampler is found.
pub(crate) enum Way<'a> {
    /// From the exact law, in standardised units.
    Law,
    /// From samples that share the random numbers of the attribution.
    Samples(&'a PerfectSamples),
}

/// W1 of what other samplers draw with the network of `subject`, which asks it `evaluations` times a sample;
/// nothing where neither the steps nor the start matter.
pub(crate) fn tried(
    trained: &Trained,
    subject: &Subject,
    found: &Attribution,
    evaluations: f64,
    way: &Way,
) -> Result<Vec<AlternativeRecord>> {
    let config = &trained.run.config;
    let candidates = [
        of_cause(found, Cause::Prior, || candidates::of_start(config)),
        of_cause(found, Cause::Discretisation, || {
            candidates::of_steps(config, evaluations)
        }),
    ];
    let candidates: Vec<_> = candidates.into_iter().flatten().collect();
    let (each, most) = match way {
        Way::Law => (0, MOST_LAWS),
        Way::Samples(perfect) => match perfect.share(PART, MOST_SAMPLED) {
            Some(share) => share,
            None => return Ok(vec![]),
        },
    };
    let mut tried = vec![];
    for candidate in candidates.into_iter().take(most) {
        let sampler = trained.sampler_of(&candidate.config.sampler);
        let other = Subject {
            sampler: &sampler,
            ..*subject
        };
        let w1 = match way {
            // The run without the prior is a cell of the attribution.
            _ if is_exact_start(&candidate) => {
                let w1 = found.estimate(|cells| cells.without(Cause::Prior));
                Some((w1.value, Some(w1.standard_error)))
            }
            Way::Law => by_law(trained, &other, true)?.map(|w1| (w1, None)),
            Way::Samples(perfect) => {
                let w1 = perfect.w1_of(&other, each)?;
                w1.map(|w1| (w1.value, Some(w1.standard_error)))
            }
        };
        tried.extend(w1.map(|(w1, w1_error)| AlternativeRecord {
            sampler: candidate.config.sampler_label(),
            set: candidate.set,
            evaluations: evaluations.round(),
            w1,
            w1_error,
        }));
    }
    if let Way::Law = way {
        refine(trained, subject, &mut tried)?;
    }
    Ok(tried)
}

/// Whether nothing but the start changes, to q_T itself.
fn is_exact_start(candidate: &Candidate) -> bool {
    candidate.set == ["sampler.start=exact"]
}

/// Computes the best of those that were computed roughly once more, which tells its error.
fn refine(trained: &Trained, subject: &Subject, tried: &mut [AlternativeRecord]) -> Result<()> {
    let rough = tried.iter_mut().filter(|tried| tried.w1_error.is_none());
    let Some(best) = rough.min_by(|a, b| a.w1.total_cmp(&b.w1)) else {
        return Ok(());
    };
    let Some(config) = trained.run.config.changed(&best.set) else {
        return Ok(());
    };
    let sampler = trained.sampler_of(&config.sampler);
    let other = Subject {
        sampler: &sampler,
        ..*subject
    };
    if let Some(w1) = by_law(trained, &other, false)? {
        best.w1_error = Some((w1 - best.w1).abs());
        best.w1 = w1;
    }
    Ok(())
}

/// The candidates against a cause that matters.
fn of_cause(
    found: &Attribution,
    cause: Cause,
    candidates: impl Fn() -> Vec<Candidate>,
) -> Vec<Candidate> {
    let now = found.cells.total();
    let adds = (now - found.cells.without(cause)).max(found.cells.alone(cause));
    match now > found.sample_floor && adds > MATTERS * now {
        true => candidates(),
        false => vec![],
    }
}

/// In the data's own units.
fn by_law(trained: &Trained, subject: &Subject, rough: bool) -> Result<Option<f64>> {
    let network = subject.network.unwrap_or(&trained.predictor);
    let w1 = w1_of_sampler(subject.data, subject.sampler, network, rough)?;
    let scale = trained.dataset.affine.scale[0];
    Ok(w1.map(|w1| scale * w1))
}
