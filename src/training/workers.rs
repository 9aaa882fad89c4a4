//! The runs of a sweep, each a process of its own, a few at a time.

use crate::{
    error::{Error, Result},
    experiment::{
        DirectoryLock, Plan, PlannedRun, Run, RunState, Status, files, run::shared::share_training,
    },
    model::DeviceKind,
    terminal::{
        context::Context,
        progress::Progress,
        stop::{STOP_WITH_PARENT, StopFlag},
    },
};
use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How often the runs in flight are looked at.
const POLL: Duration = Duration::from_millis(20);

/// How long a run that an earlier sweep left alive has to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A run that has been started.
struct InFlight<'a> {
    run: &'a PlannedRun,
    directory: PathBuf,
    child: Child,
    begun: Instant,
    /// Steps done when it was last looked at.
    step: usize,
}

/// Runs the runs of a plan, a few at a time.
pub(crate) struct Runner<'a> {
    sweep: &'a Path,
    device: DeviceKind,
    jobs: usize,
    waiting: VecDeque<&'a PlannedRun>,
    /// Runs whose training is that of another run, by its digest.
    sharing: Sharing<'a>,
    in_flight: Vec<InFlight<'a>>,
    data: BTreeMap<String, PathBuf>,
    progress: Progress,
    context: &'a Context,
    total: usize,
    finished: usize,
    /// Runs that failed or diverged.
    pub(crate) failed: usize,
    steps_done: usize,
}

impl<'a> Runner<'a> {
    /// For the runs of a plan that are not done yet.
    pub(crate) fn new(
        plan: &'a Plan,
        sweep: &'a Path,
        data: BTreeMap<String, PathBuf>,
        device: DeviceKind,
        jobs: usize,
        context: &'a Context,
    ) -> Result<Self> {
        let steps = |run: &PlannedRun| run.config.num_steps();
        let (mut finished, mut failed, mut steps_done) = (0, 0, 0);
        let (mut ended, mut open) = (BTreeMap::new(), vec![]);
        for run in &plan.runs {
            let directory = sweep.join(&run.directory);
            let state = Run::is_at(&directory)
                .then(|| Run::open(&directory)?.status())
                .transpose()?;
            match state.map(|status| status.state) {
                Some(state @ (RunState::Complete | RunState::Diverged)) => {
                    if state == RunState::Diverged {
                        // It would diverge again at the same step.
                        context.warn(format!(
                            "{} has diverged; its log: {}",
                            run.label(),
                            log(&directory)
                        ));
                        failed += 1;
                    }
                    finished += 1;
                    steps_done += steps(run);
                    ended.insert(run.config.training_digest(), directory);
                }
                _ => open.push(run),
            }
        }
        let (waiting, sharing) = by_training(open, &ended);
        let total_steps = steps_done + waiting.iter().map(|run| steps(run)).sum::<usize>();
        if finished > 0 {
            context.say(format!(
                "{finished} of {} runs are done already",
                plan.runs.len()
            ));
        }
        tell_sharers(sharing.values().map(Vec::len).sum(), context);
        let (start, length) = (steps_done as u64, total_steps as u64);
        let mut runner = Self {
            sweep,
            device,
            jobs,
            waiting,
            sharing,
            in_flight: vec![],
            data,
            progress: Progress::new(&context.global, "sweep", "steps", start, length),
            context,
            total: plan.runs.len(),
            finished,
            failed,
            steps_done,
        };
        for (training, directory) in ended {
            runner.share(&training, &directory)?;
        }
        Ok(runner)
    }

    /// Makes the runs that share a training from the one that holds it.
    fn share(&mut self, training: &str, trained: &Path) -> Result<()> {
        let runs = self.sharing.remove(training).unwrap_or_default();
        if runs.is_empty() {
            return Ok(());
        }
        let trained = Run::open(trained)?;
        let has_diverged = trained.status()?.state == RunState::Diverged;
        for run in runs {
            let directory = self.sweep.join(&run.directory);
            wait_for(&directory)?;
            share_training(&trained, &directory, &run.config)?;
            self.finished += 1;
            self.failed += usize::from(has_diverged);
        }
        Ok(())
    }

    /// Until every run has ended, or a signal asks to stop; then the runs in flight are saved.
    pub(crate) fn run(&mut self, stop: &StopFlag) -> Result<Option<i32>> {
        let mut signal = None;
        loop {
            signal = signal.or(stop.signal());
            if signal.is_some() {
                self.waiting.clear();
                for run in &mut self.in_flight {
                    drop(run.child.stdin.take());
                }
            }
            while self.in_flight.len() < self.jobs {
                let Some(run) = self.waiting.pop_front() else {
                    break;
                };
                let started = self.start(run)?;
                self.in_flight.push(started);
            }
            if self.in_flight.is_empty() {
                self.progress.finish();
                return Ok(signal);
            }
            std::thread::sleep(POLL);
            self.collect(signal.is_some())?;
            self.show();
        }
    }

    fn start(&self, run: &'a PlannedRun) -> Result<InFlight<'a>> {
        let directory = self.sweep.join(&run.directory);
        wait_for(&directory)?;
        let (_, lock) = Run::create(&directory, &run.config)?;
        drop(lock);
        let log_path = directory.join("log.txt");
        let log = File::options().create(true).append(true).open(&log_path);
        let log = log.map_err(|e| Error::io("cannot write", &log_path, e))?;
        let errors = log
            .try_clone()
            .map_err(|e| Error::io("cannot write", &log_path, e))?;
        let program =
            std::env::current_exe().map_err(|e| Error::io("cannot find", "truescore", e))?;
        let child = Command::new(&program)
            .arg("train")
            .arg(directory.join("config.toml"))
            .args([
                "--progress",
                "log",
                "--device",
                &self.device.to_string(),
                "--threads",
                "1",
                "--out",
            ])
            .arg(&directory)
            .arg("--data")
            .arg(&self.data[&run.config.dataset_name()])
            .env(STOP_WITH_PARENT, "1")
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|e| Error::io("cannot start", &program, e))?;
        Ok(InFlight {
            run,
            directory,
            child,
            begun: Instant::now(),
            step: 0,
        })
    }

    /// Takes account of the runs that have ended.
    fn collect(&mut self, stopping: bool) -> Result<()> {
        let mut i = 0;
        while i < self.in_flight.len() {
            let ended = self.in_flight[i].child.try_wait();
            match ended.map_err(|e| Error::Unexpected(format!("cannot wait for a run: {e}")))? {
                Some(exit) => {
                    let run = self.in_flight.swap_remove(i);
                    self.account(&run, exit, stopping)?;
                }
                None => i += 1,
            }
        }
        Ok(())
    }

    fn account(&mut self, run: &InFlight, exit: ExitStatus, stopping: bool) -> Result<()> {
        let state = Run::open(&run.directory).and_then(|run| run.status()).ok();
        let training = run.run.config.training_digest();
        let complete = state
            .as_ref()
            .is_some_and(|status| status.state == RunState::Complete);
        if exit.success() && complete {
            self.finished += 1;
            self.steps_done += run
                .run
                .config
                .train
                .num_steps(run.run.config.data.num_train);
            if self.context.global.verbose {
                let seconds = run.begun.elapsed().as_secs_f64();
                self.progress
                    .line(&format!("done: {} ({seconds:.1} s)", run.run.label()));
            }
            return self.share(&training, &run.directory);
        }
        if stopping {
            return Ok(());
        }
        self.finished += 1;
        self.failed += 1;
        let has_diverged = |status: &Status| status.state == RunState::Diverged;
        if state.as_ref().is_some_and(has_diverged) {
            self.share(&training, &run.directory)?;
        }
        let why = state.and_then(|status| Some(format!("{}: {}", status.state, status.message?)));
        self.progress.line(&format!(
            "failed: {} ({}); its log: {}",
            run.run.label(),
            why.unwrap_or_else(|| exit.to_string()),
            log(&run.directory)
        ));
        for sharer in self.sharing.remove(&training).unwrap_or_default() {
            self.finished += 1;
            self.failed += 1;
            self.progress.line(&format!(
                "failed: {} (it shares that training)",
                sharer.label()
            ));
        }
        Ok(())
    }

    fn show(&mut self) {
        for run in &mut self.in_flight {
            if let Ok(status) = files::read_json::<Status>(&run.directory.join("status.json")) {
                run.step = status.step;
            }
        }
        let in_flight: usize = self.in_flight.iter().map(|run| run.step).sum();
        let words = |run: &InFlight| {
            let steps = run
                .run
                .config
                .train
                .num_steps(run.run.config.data.num_train);
            format!("{} {}%", run.run.label(), 100 * run.step / steps)
        };
        let (finished, total, failed) = (self.finished, self.total, self.failed);
        let running: Vec<_> = self.in_flight.iter().map(words).collect();
        self.progress
            .update((self.steps_done + in_flight) as u64, || {
                let failed = if failed > 0 {
                    format!(" · {failed} failed")
                } else {
                    String::new()
                };
                let running = if running.is_empty() {
                    String::new()
                } else {
                    format!(" · {}", running.join(", "))
                };
                format!("{finished}/{total} runs{failed}{running}")
            });
    }
}

/// Runs that share a training, by its digest.
type Sharing<'a> = BTreeMap<String, Vec<&'a PlannedRun>>;

/// The runs that are to be trained, and those whose training is that of another one: of a run before them, or of
/// one that has `ended`.
fn by_training<'a>(
    open: Vec<&'a PlannedRun>,
    ended: &BTreeMap<String, PathBuf>,
) -> (VecDeque<&'a PlannedRun>, Sharing<'a>) {
    let mut waiting = VecDeque::new();
    let mut sharing = Sharing::new();
    for run in open {
        let training = run.config.training_digest();
        let has_training = run.config.num_steps() > 0;
        match sharing.get_mut(&training) {
            Some(others) if has_training => others.push(run),
            _ if has_training && ended.contains_key(&training) => {
                sharing.insert(training, vec![run]);
            }
            _ => {
                sharing.entry(training).or_default();
                waiting.push_back(run);
            }
        }
    }
    (waiting, sharing)
}

fn tell_sharers(sharers: usize, context: &Context) {
    match sharers {
        0 => {}
        1 => context.say("1 run shares the training of another run"),
        n => context.say(format!("{n} runs share the training of another run")),
    }
}

fn log(directory: &Path) -> String {
    directory.join("log.txt").display().to_string()
}

/// A run that an earlier, killed sweep has left alive is about to end: it stops with its parent.
fn wait_for(directory: &Path) -> Result<()> {
    let begun = Instant::now();
    while DirectoryLock::is_held(directory) {
        if begun.elapsed() > PATIENCE {
            DirectoryLock::acquire(directory)?;
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}
