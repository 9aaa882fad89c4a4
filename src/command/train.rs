//! `train`: one run, from its configuration to its last checkpoint.

use crate::{
    cli::TrainArgs,
    diffusion::Frame,
    error::{Error, Result},
    experiment::{
        Dataset, ExperimentConfig, Provenance, Run, RunState, Split, files,
        run::{earlier, judged::JudgedSource},
    },
    model::Length,
    terminal::{context::Context, sign::Sign, stop::StopFlag, table, threads},
    training::session::{self, Outcome},
};
use std::path::{Path, PathBuf};

pub(super) fn execute(args: &TrainArgs, context: &Context) -> Result<()> {
    let (directory, config) = place(args)?;
    let data = args
        .data
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
    let stop = StopFlag::listen()?;

    if JudgedSource::read(&directory).is_some() {
        return Err(holds_judged_samples(&directory));
    }
    Run::check(&directory, &config)?;
    if Run::is_at(&directory) && Run::open(&directory)?.status()?.state == RunState::Complete {
        context.say(format!("`{}` is complete already", directory.display()));
        return table::print_path(context.global.format, "run", &directory);
    }
    // The data first: what is wrong with it leaves no directory of a run behind.
    let sign = Sign::of(&context.global, "drawing the data");
    let dataset = Dataset::ensure(&config.data, &data)?;
    drop(sign);
    context.notices(&dataset.notices);
    if let Some(notice) = earlier::notice(&directory, &config) {
        context.say(notice);
    }
    let (run, _lock) = Run::create(&directory, &config)?;
    warn_of_prior(&config, &dataset, context);
    warn_of_epochs(&config, &dataset, context);
    let threads = threads::number(args.threads);
    run.write_provenance(&Provenance::new(
        args.device.to_string(),
        threads,
        config.model.num_parameters(dataset.shape(&config)),
        [config.digest(), config.training_digest()],
        &data,
        dataset.digest(),
    ))?;

    let Some(network) = config.model.network() else {
        training_is_over(&run)?;
        context.say("the Bayes denoiser is known: there is nothing to train");
        return table::print_path(context.global.format, "run", &directory);
    };
    let (device, global) = (args.device, &context.global);
    let trained = session::run(&run, network, &dataset, device, threads, &stop, global);
    match trained {
        Ok(Outcome::Complete) => table::print_path(context.global.format, "run", &directory),
        Ok(Outcome::Diverged(message)) => Err(Error::SomeFailed(format!(
            "`{}` diverged: {message}; its last good checkpoint is kept",
            directory.display()
        ))),
        Ok(Outcome::Stopped { signal, step }) => Err(Error::Interrupted {
            signal,
            message: format!(
                "stopped after step {step}, which is saved; the same command continues `{}`",
                directory.display()
            ),
        }),
        Err(error) => {
            session::mark_failed(&run, &error);
            Err(error)
        }
    }
}

/// Where the run lies, and its configuration: as an earlier version has written it, where the same run is there.
fn place(args: &TrainArgs) -> Result<(PathBuf, ExperimentConfig)> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    if let Some(directory) = args.out.clone() {
        let earlier = earlier::known_by_path(&directory, &config);
        return Ok((directory, earlier.unwrap_or(config)));
    }
    let directory = Run::default_directory(&config);
    Ok(earlier::beside(&directory, &config).unwrap_or((directory, config)))
}

fn holds_judged_samples(directory: &Path) -> Error {
    Error::in_use(
        format!(
            "`{}` holds samples or a network from elsewhere",
            directory.display()
        ),
        "name another directory with --out",
    )
}

/// A run without a network is complete after no step: `metrics.jsonl` is empty, and there is no
/// checkpoint.
fn training_is_over(run: &Run) -> Result<()> {
    files::write_atomic(&run.metrics_path(), b"")?;
    let mut status = run.status()?;
    status.state = RunState::Complete;
    status.write(&run.status_path())
}

/// A batch takes as many points as it says: few points may be shown far oftener than the epochs say.
fn warn_of_epochs(config: &ExperimentConfig, dataset: &Dataset, context: &Context) {
    let (train, points) = (&config.train, dataset.split(Split::Train).len());
    let Length::Epochs(epochs) = train.length else {
        return;
    };
    let shown = (train.num_steps(points) * train.batch_size) as f64 / points as f64;
    if shown > 1.5 * epochs as f64 {
        context.warn(format!(
            "{epochs} epochs of {points} points show each point {shown} times, since train.batch_size = {}",
            train.batch_size
        ));
    }
}

/// A schedule whose end is far from the prior trains, but its samples start in the wrong place.
fn warn_of_prior(config: &ExperimentConfig, dataset: &Dataset, context: &Context) {
    let Some(density) = dataset.standardized_density() else {
        return;
    };
    let mismatch = config.prior_mismatch(&density);
    if mismatch.is_large() {
        let remedy = match config.process.build().frame() {
            Frame::VarianceExploding => {
                "a larger sigma_max, or sampler.start = \"exact\", starts where the process ends"
            }
            _ => "`cosine` and `vp` end at the prior for every num_timesteps",
        };
        context.warn(format!(
            "schedule `{}` with num_timesteps = {} ends far from the prior: a_T = {:.3}, \
             KL(q_T‖prior) = {:.3} nats. Samples will start where the forward process never was ({remedy})",
            config.process.schedule.kind(),
            config.process.num_timesteps,
            mismatch.terminal_signal,
            mismatch.kl.value,
        ));
    }
}
