//! `sample`: draws from a finished run with any sampler.

use crate::{
    cli::SampleArgs,
    error::{Error, Result},
    evaluation::{class_choice, draw, trained::Trained},
    experiment::{Dataset, Run, RunState, all_mistakes, files},
    points::Points,
    rng::Seed,
    terminal::{context::Context, sign::Sign, table},
    text::significant,
};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// Most samples, and coordinates of them, at a time.
const MAX_SAMPLES: usize = 100_000_000;

/// The form of a file of samples.
#[derive(Clone, Copy)]
enum Form {
    Npy,
    Csv,
}

pub(super) fn execute(args: &SampleArgs, context: &Context) -> Result<()> {
    let foreign = args.set.iter();
    let foreign = foreign.filter(|(key, _)| key.split('.').next() != Some("sampler"));
    let mistakes: Vec<_> = foreign
        .map(|(key, setting)| {
            Error::usage_hint(
                format!(
                    "{}: a run that is trained keeps its `{key}`",
                    setting.origin
                ),
                "`sample` overrides keys of [sampler]; --num-samples and --seed say the rest",
            )
        })
        .collect();
    if !mistakes.is_empty() {
        return Err(all_mistakes(mistakes));
    }
    let form = args.out.as_deref().map_or(Ok(Form::Npy), form_of)?;
    let run = complete_run(args)?;
    let num_samples = args
        .num_samples
        .map_or(run.config.eval.num_samples, |n| n as usize);
    let seed = args.seed.unwrap_or(run.config.seed);
    let trained = Trained::open(run, args.device)?;
    let (run, dataset) = (&trained.run, &trained.dataset);
    if num_samples.saturating_mul(dataset.dim()) > MAX_SAMPLES {
        return Err(Error::usage_hint(
            format!("--num-samples {num_samples} does not fit into memory"),
            "draw several times with a --seed each",
        ));
    }
    let class = args.class.as_deref();
    let class = class.map(|text| class_choice::find(&trained, text));
    let class = class.transpose()?;
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| default_path(run, class, num_samples, seed));
    let seed = Seed(seed);
    let classes = match class {
        Some(class) => Some(vec![class; num_samples]),
        None => class_choice::draw(&trained, num_samples, seed),
    };
    let schedule = run.config.process.build();
    if let Some(long) = run.config.sampler.long_steps(&schedule) {
        context.warn(long.message(&run.config.sampler_label()));
    }
    let begun = Instant::now();
    let sign = Sign::of(&context.global, "sampling");
    let drawn = draw::draw(&trained, classes, num_samples, seed)?;
    drop(sign);
    let seconds = begun.elapsed().as_secs_f64();
    let bytes = match form {
        Form::Npy => files::npy_f64(drawn.samples.values(), drawn.samples.dim()),
        Form::Csv => csv(&drawn.samples, dataset)?,
    };
    files::write_atomic(&path, &bytes)?;
    if let Form::Npy = form {
        let labels = labels_path(&path);
        match drawn.samples.labels() {
            Some(classes) => files::write_atomic(&labels, &files::npy_u32(classes))?,
            // Those of samples that stood here before would pass for theirs.
            None => files::remove_file(&labels),
        }
    }
    context.say(format!(
        "{num_samples} samples, {}: {} network evaluations a sample, {} s",
        run.config.sampler_label(),
        significant(drawn.evaluations),
        significant(seconds),
    ));
    table::print_path(context.global.format, "samples", &path)
}

/// The run to draw from, with the sampler that is asked for.
fn complete_run(args: &SampleArgs) -> Result<Run> {
    if !Run::is_at(&args.directory) {
        return Err(Error::nothing(
            format!("`{}` is not a run", args.directory.display()),
            "name the directory that `train` printed",
        ));
    }
    let run = Run::open_with(&args.directory, &args.set)?;
    let status = run.status()?;
    if status.state != RunState::Complete {
        return Err(Error::nothing(
            format!(
                "`{}` is {} at step {} of {}",
                args.directory.display(),
                status.state,
                status.step,
                status.num_steps
            ),
            status.state.hint(),
        ));
    }
    Ok(run)
}

/// What the name of a file says of its form.
fn form_of(path: &Path) -> Result<Form> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => Ok(Form::Npy),
        Some("csv") => Ok(Form::Csv),
        _ => Err(Error::usage_hint(
            format!("--out `{}` does not end with .npy or .csv", path.display()),
            "samples are written as npy or CSV",
        )),
    }
}

/// Beside the run's other files, by what they depend on, so that different samples never share a name.
fn default_path(run: &Run, class: Option<u32>, num_samples: usize, seed: u64) -> PathBuf {
    let class = class.map_or(String::new(), |class| format!("\n{class}"));
    let key = format!("{}\n{num_samples}\n{seed}{class}", run.config.identity());
    let hash = &files::sha256(key.as_bytes())[..8];
    run.directory().join(format!("samples-{hash}.npy"))
}

/// The file of the samples' classes, beside that of the samples: `a_labels.npy` of `a.npy`.
fn labels_path(samples: &Path) -> PathBuf {
    let mut name = samples.file_stem().unwrap_or_default().to_os_string();
    name.push("_labels.npy");
    samples.with_file_name(name)
}

/// A header, and a row a sample; the last column is the class, by its name, where there are classes.
fn csv(points: &Points, dataset: &Dataset) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(vec![]);
    let names = (0..points.dim()).map(|k| dataset.axes.name(k).to_string());
    let mut header: Vec<_> = names.collect();
    header.extend(points.labels().map(|_| "class".to_string()));
    let failed = |e: &dyn std::fmt::Display| Error::Unexpected(format!("cannot write CSV: {e}"));
    writer.write_record(&header).map_err(|e| failed(&e))?;
    for (i, row) in points.rows().enumerate() {
        let mut cells: Vec<_> = row.iter().map(f64::to_string).collect();
        cells.extend(
            points
                .labels()
                .map(|labels| class_choice::name(dataset, labels[i])),
        );
        writer.write_record(&cells).map_err(|e| failed(&e))?;
    }
    writer.into_inner().map_err(|e| failed(&e))
}
