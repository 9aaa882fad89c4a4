//! What to change next: keys that exist for this sampler, process and data, with values that are not set already.

use crate::{
    diffusion::{
        Frame, MAX_TIMESTEPS, Prediction, ScheduleConfig, Start,
        sampler::{Levels, ReverseVariance, SamplerKind},
    },
    evaluation::verdict::chooses_steps,
    experiment::{
        ExperimentConfig,
        run::{checkpoint::Which, record::Blamed},
    },
    model::Length,
};

/// Smallest tolerance of a solver that chooses its steps.
const LEAST_TOLERANCE: f64 = 1e-10;

/// No schedule takes so large a noise.
const LARGEST_NOISE: f64 = 1e6;

/// Largest width that is advised.
const LARGEST_WIDTH: usize = 1024;

/// What is known of a network's error.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs {
    /// It errs where little is left of the data.
    pub(super) errs_near_noise: bool,
    /// It was much better earlier in its training.
    pub(super) was_better: bool,
}

/// A piece of advice: words, and settings `key=value` as `--set` takes them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Advice {
    words: &'static str,
    set: String,
}

impl Advice {
    fn new(words: &'static str, set: impl Into<String>) -> Self {
        Self {
            words,
            set: set.into(),
        }
    }
}

/// One sentence with the first two pieces of advice; nothing where there is none.
pub(super) fn sentence(advice: &[Advice]) -> Option<String> {
    let told = |(i, advice): (usize, &Advice)| {
        let mut words = advice.words.to_string();
        if i == 0 {
            words[..1].make_ascii_uppercase();
        }
        format!("{words} (`{}`)", advice.set)
    };
    let told: Vec<_> = advice.iter().take(2).enumerate().map(told).collect();
    (!told.is_empty()).then(|| format!("{}.", told.join(", or ")))
}

/// What may make the share of a cause smaller, the first of them first.
pub(super) fn against(cause: Blamed, config: &ExperimentConfig, signs: Signs) -> Vec<Advice> {
    match cause {
        Blamed::Prior => prior(config),
        Blamed::Network => network(config, signs),
        Blamed::Discretisation => discretisation(config),
        Blamed::SampleSize => vec![],
    }
}

/// What may help a training that failed.
pub(super) fn after_failure(config: &ExperimentConfig) -> Vec<Advice> {
    let rate = config.train.learning_rate / 10.0;
    vec![Advice::new(
        "lower the learning rate",
        format!("train.learning_rate={}", plain(rate)),
    )]
}

fn prior(config: &ExperimentConfig) -> Vec<Advice> {
    let process = &config.process;
    let mut found = vec![];
    match &process.schedule {
        ScheduleConfig::Ve { sigma_max, .. }
        | ScheduleConfig::VeSqrt { sigma_max }
        | ScheduleConfig::VeQuadratic { sigma_max, .. }
        | ScheduleConfig::VeSigmoid { sigma_max, .. }
        | ScheduleConfig::Karras { sigma_max, .. } => {
            found.extend(raised("process.schedule.sigma_max", 4.0 * sigma_max));
        }
        ScheduleConfig::Linear { .. }
        | ScheduleConfig::LinearRescaled { .. }
        | ScheduleConfig::Quadratic { .. }
        | ScheduleConfig::BetaSigmoid { .. } => found.push(Advice::new(
            "end the process nearer to noise",
            "process.schedule=cosine",
        )),
        ScheduleConfig::Vp { beta_max, .. } => {
            found.extend(raised("process.schedule.beta_max", 2.0 * beta_max));
        }
        ScheduleConfig::Cosine
        | ScheduleConfig::CosineClipped
        | ScheduleConfig::CosineOpen
        | ScheduleConfig::AlphaBarSigmoid { .. }
        | ScheduleConfig::Flow => {}
    }
    found.extend(match config.sampler.start {
        Start::Standard => Some(Advice::new(
            "start from a normal law with the moments of q_T",
            "sampler.start=matched",
        )),
        Start::Matched => Some(Advice::new("start from q_T itself", "sampler.start=exact")),
        Start::Exact => None,
    });
    found
}

/// A larger value of what ends the process, within its range.
fn raised(key: &str, value: f64) -> Option<Advice> {
    let words = "raise the noise at the end of the process";
    (value < LARGEST_NOISE).then(|| Advice::new(words, format!("{key}={}", plain(value))))
}

fn network(config: &ExperimentConfig, signs: Signs) -> Vec<Advice> {
    let Some(network) = config.model.network() else {
        return vec![];
    };
    let mut found = vec![];
    if signs.errs_near_noise && network.prediction == Prediction::Noise {
        found.push(Advice::new("predict v", "model.prediction=v"));
    }
    if signs.was_better {
        found.extend(overtrained(config));
        return found;
    }
    found.push(match config.train.length {
        Length::Steps(steps) => Advice::new("train longer", format!("train.steps={}", 2 * steps)),
        Length::Epochs(epochs) => {
            Advice::new("train longer", format!("train.epochs={}", 2 * epochs))
        }
    });
    if network.hidden_dim < LARGEST_WIDTH {
        found.push(Advice::new(
            "take a wider network",
            format!("model.hidden_dim={}", 2 * network.hidden_dim),
        ));
    }
    found
}

/// What helps a network that more training has made worse.
fn overtrained(config: &ExperimentConfig) -> Vec<Advice> {
    let is_best = config.eval.checkpoint == Which::Best;
    let best = (!is_best).then(|| {
        Advice::new(
            "take the network of the best validation",
            "eval.checkpoint=best",
        )
    });
    let more = Advice::new(
        "train on more data",
        format!("data.num_train={}", 2 * config.data.num_train),
    );
    best.into_iter().chain([more]).collect()
}

fn discretisation(config: &ExperimentConfig) -> Vec<Advice> {
    let total = config.process.num_timesteps;
    let steps = config.sampler.steps(total);
    let mut found = vec![];
    if config.sampler.kind == SamplerKind::Exact {
        return found;
    }
    if !chooses_steps(config) {
        if steps < total {
            let more = (2 * steps).min(total);
            found.push(Advice::new(
                "take more steps",
                format!("sampler.num_steps={more}"),
            ));
        } else if config.sampler.num_steps.is_none() && 2 * total <= MAX_TIMESTEPS {
            found.push(Advice::new(
                "use more timesteps",
                format!("process.num_timesteps={}", 2 * total),
            ));
        } else if is_spaced_freely(config) {
            found.push(Advice::new(
                "take more steps",
                format!("sampler.num_steps={}", 2 * steps),
            ));
        }
    }
    found.extend(of_sampler(config));
    found
}

/// Whether there may be more steps than timesteps.
fn is_spaced_freely(config: &ExperimentConfig) -> bool {
    let steps = config.sampler.steps(config.process.num_timesteps);
    steps <= 50_000 && config.process.num_timesteps > 1
}

/// What else a sampler has to set.
fn of_sampler(config: &ExperimentConfig) -> Option<Advice> {
    let variance_is_free = !config.model.class_conditional();
    let is_even = config.sampler.levels == Levels::Uniform;
    let is_exploding = config.process.build().frame() == Frame::VarianceExploding;
    match config.sampler.kind {
        SamplerKind::Ddpm { variance } | SamplerKind::DdpmX0 { variance, .. } => {
            let is_other = variance != ReverseVariance::Bayes && variance_is_free;
            is_other
                .then(|| Advice::new("take the best reverse variance", "sampler.variance=bayes"))
        }
        SamplerKind::Ddim { eta } => {
            (eta > 0.0).then(|| Advice::new("add no noise", "sampler.eta=0"))
        }
        SamplerKind::Euler { noise } => {
            (noise > 0.0).then(|| Advice::new("add no noise", "sampler.noise=0"))
        }
        SamplerKind::Heun { s_churn, .. } if s_churn > 0.0 => {
            Some(Advice::new("add no noise", "sampler.s_churn=0"))
        }
        SamplerKind::Heun { .. } => (is_even && !is_exploding)
            .then(|| Advice::new("space the levels in σ", "sampler.levels=karras")),
        SamplerKind::DpmSolverPp2m => {
            is_even.then(|| Advice::new("space the levels in λ", "sampler.levels=lambda"))
        }
        SamplerKind::Rk45 { tolerance } => (tolerance >= 10.0 * LEAST_TOLERANCE).then(|| {
            Advice::new(
                "allow a smaller error in a step",
                format!("sampler.tolerance={}", plain(tolerance / 10.0)),
            )
        }),
        SamplerKind::Exact => None,
    }
}

/// A number as TOML takes it.
fn plain(x: f64) -> String {
    match (1e-4..1e6).contains(&x) {
        true => format!("{}", (x * 1e9).round() / 1e9),
        false => format!("{x:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::config::toml_source::{self, apply_all, parse_override},
        report::run::testing::config,
    };

    /// Configurations that differ in what advice depends on.
    fn texts() -> Vec<String> {
        let samplers = [
            "kind = \"ddpm\"",
            "kind = \"ddpm\"\nvariance = \"bayes\"",
            "kind = \"ddpm_x0\"\nnum_steps = 7",
            "kind = \"ddim\"\neta = 0.5",
            "kind = \"ddim\"\nnum_steps = 40",
            "kind = \"euler\"\nnoise = 0.5\nnum_steps = 5",
            "kind = \"heun\"",
            "kind = \"heun\"\ns_churn = 10.0\nstart = \"matched\"",
            "kind = \"dpm_solver_pp_2m\"\nlevels = \"lambda\"",
            "kind = \"dpm_solver_pp_2m\"\nnum_steps = 6\nstart = \"exact\"",
            "kind = \"rk45\"\ntolerance = 1e-10",
            "kind = \"rk45\"",
            "kind = \"exact\"",
        ];
        let schedules = [
            "linear",
            "linear_rescaled",
            "quadratic",
            "beta_sigmoid",
            "cosine",
            "cosine_clipped",
            "cosine_open",
            "alpha_bar_sigmoid",
            "vp",
            "ve",
            "ve_sqrt",
            "ve_quadratic",
            "ve_sigmoid",
            "karras",
            "flow",
        ];
        let with = |schedule: &'static str| {
            samplers.map(|sampler| {
                format!("[process]\nnum_timesteps = 40\nschedule = \"{schedule}\"\n[sampler]\n{sampler}\n")
            })
        };
        let mut texts: Vec<_> = schedules.into_iter().flat_map(with).collect();
        for model in [
            "[model]\nkind = \"bayes\"\n",
            "[model]\nhidden_dim = 2048\n",
            "[model]\nclass_conditional = true\nclass_embedding_dim = 4\n",
            "[train]\nepochs = 3\n[eval]\ncheckpoint = \"best\"\n",
            "[process]\nnum_timesteps = 1\n",
            "[process]\nschedule = { kind = \"ve\", sigma_max = 900000.0 }\n",
            "[sampler]\nkind = \"ddim\"\nnum_steps = 100000\n",
        ] {
            texts.push(model.into());
        }
        texts
    }

    fn every(config: &ExperimentConfig) -> Vec<Advice> {
        let causes = [Blamed::Prior, Blamed::Network, Blamed::Discretisation];
        let signs = |was_better| Signs {
            errs_near_noise: true,
            was_better,
        };
        let of = |cause| {
            let all = [true, false].map(|better| against(cause, config, signs(better)));
            all.concat()
        };
        let failure = after_failure(config);
        causes.into_iter().flat_map(of).chain(failure).collect()
    }

    #[test]
    fn every_advice_is_taken_by_the_command_and_changes_something() {
        let data = "[data]\nkind = \"gaussian_mixture\"\nweights = [1.0]\nmeans = [0.0]\n\
                    std_devs = [1.0]\n";
        let mut count = 0;
        for text in texts() {
            let before = config(&text);
            for advice in every(&before) {
                let mut table = toml_source::parse_text(&format!("{data}{text}"), "a").unwrap();
                apply_all(&mut table, &[parse_override(&advice.set).unwrap()]);
                let after = ExperimentConfig::from_table(&table, "a");
                let after =
                    after.unwrap_or_else(|error| panic!("{}: {error:?}\n{text}", advice.set));
                assert!(after != before, "{} is set already: {text}", advice.set);
                count += 1;
            }
        }
        assert!(count > 500, "{count}");
    }

    #[test]
    fn advice_names_what_the_sampler_has() {
        let said = |text: &str, cause| {
            sentence(&against(cause, &config(text), Signs::default())).unwrap_or_default()
        };
        let steps = Blamed::Discretisation;
        let words = said("[sampler]\nkind = \"ddim\"\neta = 0.5\n", steps);
        assert_eq!(
            words,
            "Use more timesteps (`process.num_timesteps=200`), or add no noise (`sampler.eta=0`)."
        );
        assert!(said("", steps).contains("`sampler.variance=bayes`"));
        let words = said("[sampler]\nkind = \"ddim\"\nnum_steps = 60\n", steps);
        assert_eq!(words, "Take more steps (`sampler.num_steps=100`).");
        assert_eq!(
            said(
                "[sampler]\nkind = \"exact\"\nstart = \"exact\"\n",
                Blamed::Prior
            ),
            ""
        );
        assert_eq!(
            said(
                "[process]\nschedule = \"karras\"\n[sampler]\nstart = \"matched\"\n",
                Blamed::Prior
            ),
            "Raise the noise at the end of the process (`process.schedule.sigma_max=320`), or start from q_T itself \
             (`sampler.start=exact`)."
        );
        let network = |errs_near_noise, was_better| {
            let signs = Signs {
                errs_near_noise,
                was_better,
            };
            sentence(&against(Blamed::Network, &config(""), signs)).unwrap()
        };
        assert!(
            network(true, false).starts_with("Predict v (`model.prediction=v`), or train longer")
        );
        assert!(network(false, false).starts_with("Train longer (`train.steps=10000`), or take"));
        assert_eq!(
            network(false, true),
            "Take the network of the best validation (`eval.checkpoint=best`), or train on more data \
             (`data.num_train=16000`)."
        );
    }
}
