//! The cells of the attribution from samples that share their random numbers, in any dimension.

mod kernel;
mod limit;
mod marginals;
mod noise;
mod perfect;
mod plan;
#[cfg(test)]
mod tests;

pub(crate) use perfect::PerfectSamples;
pub(crate) use plan::NetworkCost;

use super::{Attribution, Cause, Factorial, Sampled, Subject, kind::Kind};
use crate::{
    diffusion::{Classes, Conditional, ReverseProcess, sampler::BLOCK},
    distance::wasserstein::one_sample_floor,
    error::Result,
    points::Points,
    rng::{self, Purpose, Seed},
    truth::PerClass,
};
use limit::Walk;
use marginals::{BATCHES, Batched, Marginal};
use plan::Plan;
use rayon::prelude::*;

impl Attribution {
    /// The attribution of a run from samples of every combination, in the data's own units, of which
    /// `scale` make one of the standardised axes each. W1 is the mean over the axes.
    ///
    /// All combinations have the same random numbers, sample by sample. Those of cell 0 are perfect, and
    /// with the run's own `seed` those of cell 7 are the first of the run, if it starts from the prior.
    /// How many there are is a function of what they cost: about as much as the run's own, or some
    /// seconds. `None` where that is too few to say anything, or where a sample is not finite. With it come the
    /// perfect samples, which other samplers can be held against.
    pub(crate) fn by_samples(
        subject: &Subject,
        scale: &[f64],
        cost: NetworkCost,
        seed: Seed,
    ) -> Result<Option<(Self, PerfectSamples)>> {
        let plan = Plan::new(subject);
        let Some(num_samples) = plan.num_samples(cost) else {
            return Ok(None);
        };
        let mut samples = samples(&plan, num_samples, seed)?;
        let found = Self::from_pairs(&plan, &samples, scale);
        let perfect = samples[0].take().map(|points| PerfectSamples {
            points,
            scale: scale.to_vec(),
            seed,
            // What a sample of all combinations costs, in samples of the run.
            worth: plan.worth(cost),
        });
        Ok(found.zip(perfect))
    }

    /// From the samples of the combinations that the run has, in standardised units.
    fn from_pairs(plan: &Plan, samples: &[Option<Points>], scale: &[f64]) -> Option<Self> {
        let subject = &plan.subject;
        let axes: Vec<_> = (0..subject.data.dim())
            .map(|k| subject.data.axis(k))
            .collect();
        let units: Vec<_> = scale.iter().map(|unit| unit / axes.len() as f64).collect();
        let marginals: Vec<_> = axes.par_iter().map(Marginal::new).collect();
        let perfect = samples[0].as_ref()?;
        let cell = |(index, points): (usize, &Option<Points>)| {
            if index == 0 {
                return Some(Batched::default());
            }
            let along = |(k, marginal): (usize, &Marginal)| {
                let points = points.as_ref()?;
                Some(
                    marginal
                        .w1(&points.axis(k), &perfect.axis(k))
                        .scaled(units[k]),
                )
            };
            let axes: Option<Vec<_>> = marginals.iter().enumerate().map(along).collect();
            axes.map(|axes| Batched::sum(&axes))
        };
        let cells: Vec<_> = samples.par_iter().enumerate().map(cell).collect();
        let of = |pick: &dyn Fn(&Batched) -> f64| -> Option<Factorial> {
            let cell = |i: usize| cells[i & plan.present].as_ref().map(pick);
            let cells: Vec<_> = (0..8).map(cell).collect::<Option<_>>()?;
            cells.try_into().ok().map(Factorial)
        };
        // The cells of one combination are too small together.
        let doubt = |group: &usize| {
            let size = cells[*group].as_ref().map_or(0.0, |cell| cell.doubt);
            let is_of = |i: usize| i & plan.present == *group;
            Factorial(std::array::from_fn(|i| if is_of(i) { size } else { 0.0 }))
        };
        let groups: Vec<_> = (0..8).filter(|i| i & !plan.present == 0).collect();
        let floor = |(law, unit)| unit * one_sample_floor(law, subject.num_samples);
        let found = Self {
            cells: of(&|cell| cell.all)?,
            sample_floor: axes.iter().zip(&units).map(floor).sum(),
            sampled: Some(Sampled {
                num_samples: perfect.len(),
                replicates: (0..BATCHES)
                    .map(|b| of(&|cell| cell.without[b]))
                    .collect::<Option<_>>()?,
                doubts: groups.iter().map(doubt).collect(),
            }),
        };
        let is_finite = found.cells.0.iter().all(|w1| w1.is_finite());
        is_finite.then_some(found)
    }
}

/// The samples of each combination whose causes the run has, in standardised units.
fn samples(plan: &Plan, num_samples: usize, seed: Seed) -> Result<Vec<Option<Points>>> {
    let subject = &plan.subject;
    let starts = [true, false].map(|exact| start(&plan.subject, exact, num_samples, seed));
    let start_of = |index: usize| {
        // Where the prior is as good as right, it is the run's own everywhere.
        let has_prior = plan.present & Cause::Prior.bit() != 0;
        let exact = has_prior && index & Cause::Prior.bit() == 0;
        starts[usize::from(!exact)].clone()
    };
    let bayes = PerClass::bayes(subject.data, subject.schedule, subject.classes.is_some());
    let bayes = Conditional::new(&bayes, subject.told().unwrap_or(Classes::Same(0)));
    let [limits, runs] = plan.cells();
    let mut walks: Vec<_> = limits
        .iter()
        .map(|index| Walk {
            points: start_of(*index),
            network: plan.network_of(*index),
        })
        .collect();
    match plan.kind {
        Kind::Flow => limit::flow_back(subject, &bayes, &plan.levels, plan.substeps, &mut walks)?,
        Kind::Stochastic | Kind::Exact => {
            limit::walk_back(subject, &plan.levels, seed, &mut walks)?;
        }
    }
    let mut found = vec![None; 8];
    for (index, walk) in limits.into_iter().zip(walks) {
        found[index] = Some(walk.points);
    }
    for index in runs {
        let denoiser = plan.network_of(index).unwrap_or(&bayes);
        let process = ReverseProcess::new(subject.sampler, denoiser, num_samples, seed);
        found[index] = Some(process.starting_at(start_of(index)).samples()?);
    }
    Ok(found)
}

/// Draws of q_T, or of where the run starts, with the same noise: that of the run.
fn start(subject: &Subject, exact: bool, num_samples: usize, seed: Seed) -> Points {
    let d = subject.data.dim();
    let (level, laws) = (subject.schedule.terminal(), subject.laws());
    let mut values = vec![0.0; num_samples * d];
    let blocks = values.par_chunks_mut(BLOCK * d).enumerate();
    blocks.for_each(|(block, x)| {
        let stream = |major| seed.stream(Purpose::Prior, major, block as u64);
        let mut z = vec![0.0; x.len()];
        rng::fill_normal(&mut stream(0), &mut z);
        let first = block * BLOCK;
        if exact {
            let (mut rng, mut x0) = (stream(1), vec![]);
            for row in 0..x.len() / d {
                let law = &laws[subject.law_of(first + row)].law;
                x0.extend_from_slice(law.sample(1, &mut rng).values());
            }
            return level.diffuse(&x0, &z, x);
        }
        let rows = first..first + x.len() / d;
        let start = subject.sampler.start();
        let told = subject.told().map(|told| told.of_rows(rows));
        start.draw(told, d, &mut stream(0), x);
    });
    Points::new(values, d)
}
