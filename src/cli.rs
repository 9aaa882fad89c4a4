//! The command line: types and help texts.

use crate::{
    error::{EXIT_CODES, ExitCode},
    model::DeviceKind,
    settings::Setting,
    terminal::options::{Figures, Global},
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Diffusion-model experiments on low-dimensional data whose true density is known.
///
/// Each stage is a command of its own, usable on a different day. stdout carries the result alone (a
/// path, a table, or one JSON document); progress, warnings and errors go to stderr.
#[derive(Debug, Parser)]
#[command(name = "truescore", version, max_term_width = 100, after_help = exit_codes())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

fn exit_codes() -> String {
    let line = |row: &ExitCode| format!("\n{:>5}  {}", row.code, row.meaning);
    let lines: String = EXIT_CODES.iter().map(line).collect();
    format!("Exit codes:{lines}")
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draw a data set and write it; prints its directory
    ///
    /// Draws the train, validation and test splits that `[data]` describes, or reads them from a CSV or
    /// npy file. Writes them as npy files beside dataset.toml, which holds the density's parameters and
    /// the sha256 of each file. A data set that is already there is verified and not changed.
    GenData(GenDataArgs),
    /// Train one run; prints its directory
    ///
    /// The data set is made first if it is not there. A run that was stopped continues from its last
    /// checkpoint. A complete run is not changed.
    Train(TrainArgs),
    /// Train every run of a sweep; prints its directory
    ///
    /// The same command again resumes the sweep: finished runs are not repeated.
    Sweep(SweepArgs),
    /// Evaluate runs: metrics with their truth and noise floor, figures, and a report for a sweep
    ///
    /// Needs nothing but the runs' directories. Writes eval/ into each run. Its page report.md says
    /// which cause is to blame for the error. For a sweep's directory it also writes summary.csv,
    /// groups.csv, figures and report.md. Prints one row a run. `--set eval.exact=false` leaves out the
    /// exact law of the samples and the attribution of their error.
    ///
    /// `--set sampler.KEY=VALUE` evaluates the same weights with another sampler, and `--steps 5,10,20`
    /// with several numbers of steps. Each of these writes eval-HASH/ beside eval/. sampling.csv and
    /// sampling.png in the run's directory hold the quality of all, against the network evaluations
    /// that a sample takes.
    Eval(EvalArgs),
    /// Draw samples from a finished run, with any sampler and any number of steps; prints the file
    ///
    /// Nothing is trained: `--set sampler.kind=heun --set sampler.num_steps=20` draws from the same weights
    /// in another way. Without options the samples are those of the evaluation. stderr has the number
    /// of network evaluations and the time.
    ///
    /// A class-conditional model draws a class for each sample by its fraction of the data, or all of
    /// `--class`. `--set sampler.guidance=2` strengthens the class if the model was trained with
    /// `train.class_dropout`. The classes are in FILE_labels.npy beside FILE.npy, or in the last column of
    /// a CSV.
    Sample(SampleArgs),
    /// List runs: status, the parameters that differ, main metrics
    List(ListArgs),
    /// Compare runs and sweeps of any directories: which differences are real, and at which cost
    ///
    /// Nothing is evaluated: the runs are taken as `eval` left them. Runs that are equal in every key but the
    /// seeds are one setting. Settings are compared by their distance to the truth, paired by seed where they
    /// share their data. Distances on different data are not compared. A run that is there twice counts once.
    ///
    /// Prints one row a setting. `--out` names a directory for a page, report.md, with tables and figures. The
    /// page also compares at equal network evaluations in training and in sampling.
    Compare(CompareArgs),
    /// Print the results of runs as a table for a paper
    ///
    /// A row a setting: the mean over its seeds ± the standard error, with as many digits as that allows. The best
    /// setting and those that cannot be told from it are bold, where at least three seeds allow a judgement. The
    /// last row holds the noise floors. `list --format csv` and `--format json` have the numbers of every run.
    Export(ExportArgs),
    /// Say what is known of a run before it is trained: its law, its limits, and what to change
    ///
    /// Says what the data is, where the schedule ends, and at which timesteps there is anything to
    /// learn. It gives the loss of a perfect network, the cost of a step, and the noise floors of the
    /// metrics. It also says what even a perfect network would get wrong with this sampler. Warnings
    /// have a number and a key to change. Writes nothing, unless a figure is asked for.
    Describe(DescribeArgs),
    /// Say how probable a run finds chosen points, beside how probable they are
    ///
    /// Prints a row for each point and class, all in nats. `estimate` is −½ Σ (SNR before − SNR after)
    /// E‖x − x̂0‖² over the steps, often called the probability of the point. It leaves out two terms:
    /// the divergence from the prior, and the reconstruction. Then come the whole variational bound,
    /// the log-density under the probability flow of the network, and the exact one of the data.
    Probability(ProbabilityArgs),
    /// Judge samples or a network from elsewhere as if they were a run's, against the law of `[data]`
    ///
    /// Nothing is trained, and no run is needed. Every metric of samples stands beside its truth and its noise
    /// floor. `judged/NAME-HASH/eval/` holds the page, the figures and the numbers, and `list` and `compare` show
    /// the directory as judged.
    ///
    /// FILE is CSV, npy or npz, also packed with gzip: a row a sample, in the data's own units. Several `--samples`
    /// give a row each: the homework of a whole class in one table. `-` reads the standard input, and
    /// FILE.npz:ARRAY one of several arrays.
    Judge(JudgeArgs),
    /// Say what a key, kind, metric, figure, file or exit code means
    ///
    /// NAME is a key of the configuration, whole (`train.learning_rate`) or its last part
    /// (`learning_rate`), or a name that a key may have (`cosine`). It may also be a metric (`w1`), a file
    /// (`metrics.json`) or an exit code (`3`). Everything of that name is explained, with its range,
    /// default, unit, source and an example. Without NAME every name is listed.
    Explain(ExplainArgs),
    /// Print the JSON Schema of the configuration, with which editors complete and check it
    ///
    /// Write it to a file and name that file in the first line of a configuration:
    /// `#:schema truescore.schema.json`. The editors that use taplo then know every key.
    Schema(SchemaArgs),
    /// Write a configuration to start from where you are; prints its path
    ///
    /// NAME is one of the presets that the program carries: it is written as one flat file, without any base.
    /// Without NAME the file is a starter that runs as it is and says of each key what it means. A file that is
    /// there is never changed. `preset:NAME` also stands for the path of a configuration in every command.
    Init(InitArgs),
    /// Fit a Gaussian mixture to a table, as a configuration whose truth is known
    Fit(FitArgs),
    /// Print a script with which a shell completes the command line
    ///
    /// For bash: `truescore completions bash > ~/.local/share/bash-completion/completions/truescore`.
    /// For zsh, write it to `_truescore` in a directory of `$fpath`. For fish, write it to
    /// `~/.config/fish/completions/truescore.fish`.
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for every command
    ///
    /// `truescore man | man -l -` shows it.
    Man(ManArgs),
}

/// A configuration and what overrides it.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration: a TOML file, or preset:NAME (`truescore init --list`)
    pub config: PathBuf,
    /// Override a key: VALUE is TOML, what is not TOML is a string (--set model.activation=silu)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_override)]
    pub set: Vec<(String, Setting)>,
}

/// `gen-data`.
#[derive(Debug, Args)]
pub struct GenDataArgs {
    /// What to draw.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The data set's directory [default: data/NAME-HASH]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// What to train.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Directory of the data set [default: data/NAME-HASH, made if it is not there]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The run's directory [default: runs/NAME-HASH]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads [default: number of cores]; results do not depend on it, and batches of up to 256 points
    /// need only one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Where the network runs: cpu, flex, or ndarray where the build has this feature
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
}

/// `sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// What to train.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The sweep's directory [default: sweeps/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Runs at the same time [default: number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Evaluate and report when the runs are done
    #[arg(long)]
    pub eval: bool,
    /// Whether the evaluation draws figures, png or none; every number is written either way
    #[arg(long, value_enum, default_value_t = Figures::Png, requires = "eval", hide_possible_values = true)]
    pub figures: Figures,
    /// Print the plan and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the networks run: cpu, flex, or ndarray where the build has this feature
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
}

/// `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Runs, sweeps, or directories that hold them
    #[arg(required = true, value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Override a key of `[eval]` or `[sampler]` (--set eval.num_samples=100000, --set sampler.kind=heun)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_override)]
    pub set: Vec<(String, Setting)>,
    /// Evaluate with each of these numbers of sampling steps
    #[arg(long, value_name = "N,..", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: Vec<u32>,
    /// Whether figures are drawn, png or none; every number is written either way
    ///
    /// An evaluation that was made without figures gets them when it is asked for again with them.
    #[arg(long, value_enum, default_value_t = Figures::Png, hide_possible_values = true)]
    pub figures: Figures,
    /// More columns, by key or metric: 'sampler.kind,sliced_w1_noise_floor'; all for every metric with what it is
    /// judged by, as JSON and CSV have it
    #[arg(long, value_name = "K,..", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Make evaluations again that are there already, one whose metrics.json was edited included
    #[arg(long)]
    pub force: bool,
    /// Threads [default: number of cores]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Where the networks run: cpu, flex, or ndarray where the build has this feature
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
}

/// `sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The run
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Override a key of `[sampler]` (--set sampler.num_steps=20)
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_override)]
    pub set: Vec<(String, Setting)>,
    /// The class of every sample, by its number or name [default: drawn for each by its fraction of the
    /// data]
    #[arg(long, value_name = "CLASS")]
    pub class: Option<String>,
    /// Samples to draw [default: eval.num_samples]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub num_samples: Option<u32>,
    /// The file, npy or CSV by its name [default: DIR/samples-HASH.npy]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Seed of the classes, the start and the noise [default: that of the run]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where the network runs: cpu, flex, or ndarray where the build has this feature
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
}

/// `judge`.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// What the samples are held against: its `[data]`.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// A file of samples, CSV, npy or npz, or - for the standard input; again for each further file
    #[arg(long, value_name = "FILE", required_unless_present = "denoiser", num_args = 1..)]
    pub samples: Vec<PathBuf>,
    /// A command that starts a network of any framework, asked over stdin and stdout; docs/denoiser.md says how
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["samples", "labels"])]
    pub denoiser: Option<String>,
    /// Processes of --denoiser that answer at the same time
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "samples", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: u16,
    /// Seconds that an answer of --denoiser may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, conflicts_with = "samples", value_parser = seconds)]
    pub timeout: f64,
    /// The class that each sample was asked to be of, from 0: a file for each of --samples, in the same order
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub labels: Vec<PathBuf>,
    /// What the samples are called [default: the name of their file]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Directory of the data set [default: data/NAME-HASH, made if it is not there]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The directory of the judgement [default: judged/NAME-HASH]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Whether figures are drawn, png or none; every number is written either way
    #[arg(long, value_enum, default_value_t = Figures::Png, hide_possible_values = true)]
    pub figures: Figures,
    /// More metrics: 'covariance_error,outside_99_noise_floor'; all for every metric with what it is judged by, as JSON
    /// and CSV have it
    #[arg(long, value_name = "K,..", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Judge again what is judged already, also where metrics.json was edited
    #[arg(long)]
    pub force: bool,
    /// Threads [default: number of cores]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// What to explain [default: list every name]
    pub name: Option<String>,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The schema of a sweep's specification, and not of an experiment
    #[arg(long)]
    pub sweep: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The preset [default: a starter with a comment for each key]
    pub name: Option<String>,
    /// Show the presets and write nothing
    #[arg(long, conflicts_with_all = ["name", "out"])]
    pub list: bool,
    /// The file [default: NAME.toml, experiment.toml for the starter]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write truescore.1 and a page for each command into this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Runs, sweeps, or directories that hold them [default: runs, sweeps and judged]
    #[arg(value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Keep the rows where a column compares so: 'w1 < 0.05', 'status = complete',
    /// 'process.num_timesteps >= 50'; several must all hold
    #[arg(long = "where", value_name = "'K OP V'")]
    pub filter: Vec<String>,
    /// Sort by a column; -K for descending
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// More columns, by key or metric: 'train.batch_size,kl_forward'; all for every key that differs and every
    /// metric
    #[arg(long, value_name = "K,..", value_delimiter = ',')]
    pub columns: Vec<String>,
}

/// `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Runs, sweeps, or directories that hold them
    #[arg(required = true, value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// Directory of a page with tables and figures
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Whether the page has figures, png or none
    #[arg(long, value_enum, default_value_t = Figures::Png, requires = "out", hide_possible_values = true)]
    pub figures: Figures,
}

/// `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Runs, sweeps, or directories that hold them
    #[arg(required = true, value_name = "DIR")]
    pub directories: Vec<PathBuf>,
    /// The form: latex (needs the package booktabs) and markdown are tables; pytorch is the network of each run, tfevents
    /// its log, figures and settings for TensorBoard
    #[arg(long, value_enum, value_name = "FORM", hide_possible_values = true)]
    pub to: ExportTo,
    /// The metrics: 'w1,excess_loss' [default: the main ones that the runs have]
    #[arg(long, value_name = "METRIC,..", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// The file of a table [default: stdout], or the directory of what each run becomes [default: export]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportTo {
    /// A table for LaTeX, with booktabs.
    Latex,
    /// A table for Markdown.
    Markdown,
    /// The trained network of each run as a torch.nn.Module, with its schedule and a sampler.
    Pytorch,
    /// Log, figures, settings and metrics of each run for TensorBoard.
    Tfevents,
}

/// `fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    /// The table: CSV, npy or npz, also packed with gzip
    pub file: PathBuf,
    /// Number of Gaussians, or auto: the one with the least Bayesian information criterion
    #[arg(long, value_name = "K", default_value = "auto", value_parser = components)]
    pub components: Components,
    /// Which covariances they may have: full or diagonal
    #[arg(long, value_enum, default_value_t = FitCovariances::Full, hide_possible_values = true)]
    pub covariances: FitCovariances,
    /// The columns that are coordinates, by name or by position from 0 [default: all]
    #[arg(long, value_name = "K,..", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Seed of the starts and of which points are held out
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// The configuration [default: NAME.toml, after the table]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Which covariances a fitted Gaussian may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FitCovariances {
    /// Any.
    Full,
    /// Diagonal ones.
    Diagonal,
}

/// How many Gaussians are fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Components {
    /// As many as the Bayesian information criterion wants.
    Auto,
    /// So many.
    Number(usize),
}

/// Most Gaussians that are fitted.
pub const MOST_COMPONENTS: usize = 100;

fn components(text: &str) -> Result<Components, String> {
    let number = text
        .parse()
        .ok()
        .filter(|k| (1..=MOST_COMPONENTS).contains(k));
    match (text, number) {
        ("auto", _) => Ok(Components::Auto),
        (_, Some(number)) => Ok(Components::Number(number)),
        _ => Err(format!(
            "expected auto, or a whole number from 1 to {MOST_COMPONENTS}"
        )),
    }
}

/// `describe`.
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// What to describe.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Draw it all on one page
    #[arg(long, value_name = "FILE.png")]
    pub figure: Option<PathBuf>,
}

/// `probability`.
#[derive(Debug, Args)]
pub struct ProbabilityArgs {
    /// The run
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Points in the data's own units: "0,0.5; 1,2"
    #[arg(long, value_name = "X,Y;...", allow_hyphen_values = true)]
    pub points: String,
    /// A class by its number or name, again for each [default: all, for a class-conditional model]
    #[arg(long, value_name = "CLASS")]
    pub class: Vec<String>,
    /// Pairs of a timestep and a draw of noise behind each estimate
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=100_000_000))]
    pub pairs: u32,
    /// Where the network runs: cpu, flex, or ndarray where the build has this feature
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceKind::Cpu)]
    pub device: DeviceKind,
}

/// A number of seconds above 0 and at most a day.
fn seconds(text: &str) -> Result<f64, String> {
    let found = text.parse().ok();
    let is_allowed = |seconds: &f64| *seconds > 0.0 && *seconds <= 86_400.0;
    found
        .filter(is_allowed)
        .ok_or_else(|| "expected a number of seconds above 0 and at most 86400".to_string())
}

fn parse_override(text: &str) -> Result<(String, Setting), String> {
    crate::experiment::parse_override(text).map_err(|error| error.to_string())
}
