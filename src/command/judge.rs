//! `judge`: samples from elsewhere under the same evaluation.

use crate::{
    cli::JudgeArgs,
    error::{Error, Result},
    evaluation::{inputs, trained::Trained},
    experiment::{
        Dataset, ExperimentConfig, Run,
        child::{Frame, GivenNetwork, Limits},
        config::name,
        data::given::{self, STANDARD_INPUT},
        run::judged::{JudgedDenoiser, JudgedSamples, JudgedSource},
    },
    model::{AnswersConfig, ModelConfig},
    points::Points,
    report::{
        run::{evaluate::write, given::judge},
        runs::metrics::{self, Asked},
    },
    terminal::{context::Context, stages::Stages, stop::StopFlag, threads},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) fn execute(args: &JudgeArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    check_options(args)?;
    Asked::of(&args.columns).check(&[])?;
    let place = args
        .data
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
    if let Some(command) = &args.denoiser {
        return denoiser(command, &config, &place, args, context);
    }
    // The samples first: what is wrong with them leaves nothing behind.
    let all = read(args, &Dataset::generate(&config.data)?)?;
    let dataset = Dataset::ensure(&config.data, &place)?;
    context.notices(&dataset.notices);
    let pool = threads::pool(threads::number(args.jobs))?;
    let mut judged = vec![];
    for (file, samples) in args.samples.iter().zip(&all) {
        let config = ExperimentConfig {
            name: args.name.clone().unwrap_or_else(|| name_of(file)),
            ..config.clone()
        };
        let given = JudgedSamples {
            samples: file.display().to_string(),
            sha256: given::digest(samples),
            num_samples: samples.len(),
        };
        let source = JudgedSource::Samples(given.clone());
        let directory = args
            .out
            .clone()
            .unwrap_or_else(|| source.default_directory(&config));
        let (run, _lock) = source.create(&directory, &config, (&place, &dataset))?;
        let made =
            pool.install(|| judge((&run, &given), &dataset, samples, args.figures, args.force))?;
        let said = if made { "judged" } else { "already judged" };
        context.say(format!("{said} {}", run.directory().display()));
        judged.push(run);
    }
    print(&judged, args, context)
}

/// Evaluates a network in other processes as one that was trained here.
fn denoiser(
    command: &str,
    config: &ExperimentConfig,
    place: &Path,
    args: &JudgeArgs,
    context: &Context,
) -> Result<()> {
    let words = shlex::split(command).ok_or_else(|| {
        Error::usage(format!(
            "--denoiser is `{command}`, in which a quote is not closed"
        ))
    })?;
    // The network first: what is wrong with it leaves nothing behind.
    let dataset = Dataset::generate(&config.data)?;
    let frame = Frame {
        affine: dataset.affine.clone(),
        num_timesteps: config.process.num_timesteps,
        num_classes: match config.model.class_conditional() {
            true => dataset.num_classes(),
            false => 0,
        },
    };
    let limits = Limits {
        workers: usize::from(args.workers),
        timeout: Duration::from_secs_f64(args.timeout),
    };
    let network = GivenNetwork::start(&words, limits, frame)?;
    let hello = network.hello();
    let dataset = Dataset::ensure(&config.data, place)?;
    context.notices(&dataset.notices);
    let config = ExperimentConfig {
        name: args.name.clone().unwrap_or_else(|| name_of_command(&words)),
        ..config.clone()
    };
    let source = JudgedSource::Denoiser(JudgedDenoiser {
        denoiser: config.name.clone(),
        hello,
    });
    let directory = args
        .out
        .clone()
        .unwrap_or_else(|| source.default_directory(&config));
    let (mut run, _lock) = source.create(&directory, &config, (place, &dataset))?;
    let inputs = inputs::of_given(&config, &config.name);
    run.config.model = ModelConfig::Given(AnswersConfig {
        prediction: config.model.prediction(),
        class_conditional: config.model.class_conditional(),
    });
    let trained = Trained::given(run.clone(), dataset, network, hello.has_slopes());
    let pool = threads::pool(threads::number(args.jobs))?;
    let stop = StopFlag::listen()?;
    let stages = Stages::new(&context.global, 1, stop);
    let name = run.directory().display().to_string();
    let told = |stage, part| stages.stage(&name, stage, part);
    pool.install(|| write(&trained, inputs, args.figures, &told))?;
    stages.done(&name, true);
    drop(stages);
    print(&[run], args, context)
}

/// A network is called after the last word that names a file, else after its program.
fn name_of_command(words: &[String]) -> String {
    let file = words.iter().rev().find(|word| Path::new(word).is_file());
    let word = file.or(words.first());
    word.map_or_else(
        || "denoiser".into(),
        |word| name::name_from(Path::new(word)),
    )
}

/// The samples of every file.
fn read(args: &JudgeArgs, dataset: &Dataset) -> Result<Vec<Points>> {
    let labels = |i| args.labels.get(i).map(PathBuf::as_path);
    let files = args.samples.iter().enumerate();
    files
        .map(|(i, file)| given::read(file, labels(i), dataset))
        .collect()
}

/// A row for each file.
fn print(judged: &[Run], args: &JudgeArgs, context: &Context) -> Result<()> {
    let asked = Asked::of(&args.columns);
    let table = metrics::table(judged, false, &asked)?;
    metrics::print(
        &table,
        context.global.format,
        &metrics::SAMPLE_METRICS,
        &asked,
    )
}

/// The samples of a file are called after it.
fn name_of(file: &Path) -> String {
    match file.as_os_str() == STANDARD_INPUT {
        true => "standard-input".into(),
        false => {
            let path = file.to_string_lossy().replace(".npz:", "-");
            name::name_from(Path::new(path.strip_suffix(".gz").unwrap_or(&path)))
        }
    }
}

/// Refuses options that do not fit each other.
fn check_options(args: &JudgeArgs) -> Result<()> {
    let (files, labels) = (args.samples.len(), args.labels.len());
    if labels > 0 && labels != files {
        return Err(Error::usage_hint(
            format!("{files} files of samples and {labels} of labels"),
            "give --labels once for each --samples, in the same order",
        ));
    }
    for (option, is_given) in [
        ("--out", args.out.is_some()),
        ("--name", args.name.is_some()),
    ] {
        if is_given && files > 1 {
            return Err(Error::usage_hint(
                format!("{option} names one directory, and there are {files} files of samples"),
                "leave it out: each directory is named after its file",
            ));
        }
    }
    if let Some(name) = args.name.as_ref().filter(|name| !name::is_file_name(name)) {
        return Err(Error::usage(format!(
            "--name is {name:?}, expected letters, digits, `-`, `_` and `.`"
        )));
    }
    Ok(())
}
