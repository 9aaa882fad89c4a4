//! Which changes there are, from what is known of a run.

use super::{
    against::Against,
    discretisation, network, prior, samples,
    targets::{Target, Targets},
    trials,
};
use crate::{
    evaluation::{candidates::Candidate, network_signs::NetworkSigns},
    experiment::{
        ExperimentConfig,
        run::record::{Blamed, EvalRecord},
    },
    target::Estimate,
};

/// What to change next.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Advice {
    pub(super) groups: Vec<Against>,
    /// W1 without both causes, where no change helps alone.
    pub(super) together: Option<Estimate>,
    /// How far the network has come to knowing its training points alone.
    pub(super) memorised: Option<f64>,
    /// The excess loss on the training points and on new ones, where it is far smaller on the former.
    pub(super) fits_points: Option<(f64, f64)>,
    /// Whether there is nothing to see and nothing to change.
    pub(super) may_stop: bool,
    /// The settings of what was tried, one by one.
    pub(super) tried: Vec<Vec<String>>,
}

/// What advice is made from.
#[derive(Clone, Copy)]
pub(crate) struct Grounds<'a> {
    pub(crate) config: &'a ExperimentConfig,
    /// That of the run, which the command changes; it differs where the samples were drawn otherwise.
    pub(crate) run: &'a ExperimentConfig,
    pub(crate) record: &'a EvalRecord,
    pub(crate) signs: &'a NetworkSigns,
    /// Whether the training has failed.
    pub(crate) has_failed: bool,
    /// Whether no metric tells the samples from the truth.
    pub(crate) none_beyond: bool,
}

impl Advice {
    /// Its settings are those that the command takes of the run, whatever its samples were drawn by.
    pub(crate) fn of(grounds: Grounds) -> Self {
        let mut found = Self::of_samples(grounds);
        let tried = grounds.record.alternatives.iter();
        found.tried = tried.map(|tried| grounds.in_full(&tried.set)).collect();
        let remedies = found
            .groups
            .iter_mut()
            .flat_map(|group| &mut group.remedies);
        for remedy in remedies {
            remedy.set = grounds.in_full(&remedy.set);
        }
        found
    }

    /// With settings that change what the samples were drawn by.
    fn of_samples(grounds: Grounds) -> Self {
        let Grounds { config, record, .. } = grounds;
        if grounds.has_failed {
            return Self::of_groups(vec![Against {
                cause: Blamed::Network,
                left: None,
                remedies: network::after_failure(config),
            }]);
        }
        let Some(found) = &record.attribution else {
            return Self::default();
        };
        if found.verdict == Blamed::SampleSize {
            return Self {
                may_stop: grounds.none_beyond,
                ..Self::of_groups(samples::against(config, record, found))
            };
        }
        let (targets, together) = match Targets::of(found) {
            Targets::Each(targets) => (targets, None),
            Targets::Together(targets, left) => (targets.to_vec(), Some(left)),
            // Removing nothing would help.
            Targets::None => (vec![], None),
        };
        let mut groups: Vec<_> = targets
            .iter()
            .map(|target| grounds.against(*target))
            .collect();
        // What was tried and is better counts, whatever removing its cause would do.
        for (cause, of_start) in [(Blamed::Prior, true), (Blamed::Discretisation, false)] {
            let is_new = targets.iter().all(|target| target.cause != cause);
            let tried = trials::best(record, of_start).filter(|_| is_new);
            groups.extend(tried.map(|tried| Against {
                cause,
                left: None,
                remedies: vec![tried],
            }));
        }
        let of_network = groups.iter().any(|group| group.cause == Blamed::Network);
        Self {
            together,
            memorised: grounds.signs.memorised.filter(|_| of_network),
            fits_points: grounds.signs.fits_points.filter(|_| of_network),
            ..Self::of_groups(groups)
        }
    }

    fn of_groups(groups: Vec<Against>) -> Self {
        let is_there = |group: &Against| !group.remedies.is_empty();
        Self {
            groups: groups.into_iter().filter(is_there).collect(),
            ..Self::default()
        }
    }
}

impl Grounds<'_> {
    /// The settings that make of the run what `set` makes of what the samples were drawn by. Those of a new training
    /// stay as they are.
    fn in_full(&self, set: &[String]) -> Vec<String> {
        let is_of_samples =
            |text: &String| text.starts_with("sampler.") || text.starts_with("eval.");
        if self.run == self.config || !set.iter().all(is_of_samples) {
            return set.to_vec();
        }
        let wanted = self.config.changed(set);
        let found = wanted.and_then(|wanted| Candidate::between(self.run, &wanted));
        found.map_or_else(|| set.to_vec(), |found| found.set)
    }

    fn against(&self, target: Target) -> Against {
        let (config, record) = (self.config, self.record);
        Against {
            cause: target.cause,
            left: Some(target.left),
            remedies: match target.cause {
                Blamed::Prior => prior::remedies(config, record),
                Blamed::Network => network::remedies(config, self.signs),
                Blamed::Discretisation => discretisation::remedies(config, record),
                Blamed::SampleSize => vec![],
            },
        }
    }
}
