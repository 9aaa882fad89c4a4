//! What a sampler and a number of samples can show at best.

use crate::{
    diffusion::{NoiseSchedule, SamplerConfig, sampler::SamplerKind},
    distance::wasserstein::one_sample_floor,
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    forecast::facts::{MetricFacts, Named, PerfectFacts},
    metric::{Evidence, METRICS, Metric, PerfectNoise, Setting, class_metrics},
    points::Points,
    rng::{Purpose, Seed},
    target::{Estimate, Mixture},
    truth::{BayesDenoiser, Missed, OutputLaw, Precision},
};

/// Most steps whose exact law is computed.
const MAX_STEPS: usize = 200;

/// A floor that is nothing but rounding.
const NEGLIGIBLE: f64 = 1e-9;

/// The law that a perfect network would draw, in one dimension and few steps, if it is not
/// class-conditional.
pub(crate) fn perfect_network(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
) -> Result<Option<PerfectFacts>> {
    if config.model.class_conditional() {
        return Ok(None);
    }
    perfect_sampler(dataset, schedule, &config.sampler, config.eval.num_samples)
}

/// Why the law that a perfect network would draw is not known, where it is not.
pub(crate) fn why_unknown(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
) -> &'static str {
    match &config.sampler.kind {
        _ if dataset.density.is_none() => "the density of the data is not known",
        _ if dataset.dim() > 1 => "known in one dimension",
        _ if config.model.class_conditional() => "known of a model without classes",
        _ if config.sampler.steps(schedule.num_timesteps()) > MAX_STEPS => "known up to 200 steps",
        SamplerKind::Heun { s_churn, .. } if *s_churn > 0.0 => "not known with churn",
        _ => "not known with this sampler",
    }
}

/// The law that the Bayes denoiser draws with a sampler, in one dimension and few steps.
pub(crate) fn perfect_sampler(
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    sampler: &SamplerConfig,
    num_samples: usize,
) -> Result<Option<PerfectFacts>> {
    let num_steps = sampler.steps(schedule.num_timesteps());
    let density = dataset.standardized_density();
    let Some(data) = density.filter(|data| data.dim() == 1 && num_steps <= MAX_STEPS) else {
        return Ok(None);
    };
    let built = sampler.build(schedule, &dataset.standardized_range(), Some(&data));
    let bayes = BayesDenoiser::new(&data, schedule);
    let law = OutputLaw::of_sampler(&data, &built, &bayes, Precision::Fast)?;
    Ok(law.map(|law| PerfectFacts {
        w1: law.distances.w1.value * dataset.affine.scale[0],
        kl_forward: Some(law.distances.kl_forward.value).filter(|kl| kl.is_finite()),
        w1_floors: law.distances.w1.value / one_sample_floor(&data, num_samples),
    }))
}

/// Truth and noise floor of every metric at `eval.num_samples` and `data.num_test`.
///
/// A floor depends on the samples through their number alone, so any will do: draws from the density,
/// or training points where there is none.
pub(crate) fn metrics(
    config: &ExperimentConfig,
    dataset: &Dataset,
    val_loss: Option<Estimate>,
    law_is_known: bool,
) -> Named<MetricFacts> {
    let (n, test) = (config.eval.num_samples, dataset.split(Split::Test));
    let density = dataset.density.as_ref();
    let samples = stand_ins(n, density, dataset.split(Split::Train));
    let labelled = dataset
        .classes
        .as_ref()
        .filter(|_| config.model.class_conditional());
    let classes = labelled.map_or(vec![], |classes| {
        class_metrics(&samples, test, density, &classes.weights, config.guidance)
    });
    let noise = PerfectNoise::of(&Setting {
        density,
        test,
        samples: n,
        overlap_range: config.eval.overlap_range,
    });
    let with_law = density.filter(|law| law.has_density() && law.dim() <= 2);
    let missed = with_law.filter(|_| !config.model.class_conditional());
    let evidence = Evidence {
        classes: &classes,
        samples: &samples,
        test,
        density,
        overlap_range: config.eval.overlap_range,
        noise: Some(&noise),
        splits: None,
        val_loss: Some(val_loss.unwrap_or(Estimate::exact(f64::NAN))),
        irreducible_loss: val_loss,
        excess_loss: None,
        law: None,
        model_likelihood: None,
        missed: missed.map(|_| {
            // By the exact law, else by the flow from test points.
            let by_points = Missed::num_points(test.len());
            Missed::unknown((!law_is_known).then_some(by_points))
        }),
    };
    let facts = METRICS.iter().filter_map(|metric| {
        let value = metric.evaluate(&evidence)?;
        let more = metric.samples_for_half_floor(n, test.len(), density.is_some());
        let fact = MetricFacts {
            truth: value.truth,
            noise_floor: value.noise_floor.map(settled),
            samples_for_half_floor: value
                .noise_floor
                // Of the flow test points are followed, whatever samples there are.
                .filter(|floor| *floor > NEGLIGIBLE && (law_is_known || !is_missed(*metric)))
                .and(more)
                .map(f64::ceil),
        };
        Some((metric.name().to_string(), fact))
    });
    Named(facts.collect())
}

fn is_missed(metric: &dyn Metric) -> bool {
    metric.name() == "missed_99"
}

/// A floor, or 0 where it is nothing but rounding.
fn settled(floor: f64) -> f64 {
    match floor.abs() <= NEGLIGIBLE {
        true => 0.0,
        false => floor,
    }
}

fn stand_ins(n: usize, density: Option<&Mixture>, train: &Points) -> Points {
    if let Some(density) = density {
        return density.sample(n, &mut Seed(0).stream(Purpose::MonteCarlo, 0, 4));
    }
    let values = train.rows().cycle().take(n).flatten().copied().collect();
    Points::new(values, train.dim())
}
