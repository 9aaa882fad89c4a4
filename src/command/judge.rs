//! `judge`: samples from elsewhere under the same evaluation.

use crate::{
    cli::JudgeArgs,
    error::{Error, Result},
    experiment::{
        Dataset, ExperimentConfig, Run,
        config::name,
        data::given::{self, STANDARD_INPUT},
        run::judged::JudgedSource,
    },
    points::Points,
    report::{
        run::given::judge,
        runs::metrics::{self, Asked},
    },
    terminal::{context::Context, threads},
};
use std::path::{Path, PathBuf};

pub(super) fn execute(args: &JudgeArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    check_options(args)?;
    Asked::of(&args.columns).check(&[])?;
    let place = args
        .data
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
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
        let source = JudgedSource {
            samples: file.display().to_string(),
            sha256: given::digest(samples),
            num_samples: samples.len(),
        };
        let directory = args
            .out
            .clone()
            .unwrap_or_else(|| source.default_directory(&config));
        let (run, _lock) = source.create(&directory, &config, (&place, &dataset))?;
        let made =
            pool.install(|| judge((&run, &source), &dataset, samples, args.figures, args.force))?;
        let said = if made { "judged" } else { "already judged" };
        context.say(format!("{said} {}", run.directory().display()));
        judged.push(run);
    }
    print(&judged, args, context)
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
