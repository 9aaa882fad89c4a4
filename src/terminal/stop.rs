//! Being asked to stop: by a signal, or by the end of the process that started this one.

use crate::error::{Error, Result};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Set in the environment of a sweep's runs: they stop when their stdin ends, so that no run outlives
/// its sweep, however that ends.
pub(crate) const STOP_WITH_PARENT: &str = "TRUESCORE_STOP_WITH_PARENT";

/// Whether this process has been asked to stop, and by which signal.
#[derive(Debug, Clone)]
pub(crate) struct StopFlag {
    signal: Arc<AtomicUsize>,
    /// Signals end the process at once again.
    released: Arc<AtomicBool>,
}

impl StopFlag {
    /// Listens from now on. A second signal ends the process at once.
    pub(crate) fn listen() -> Result<Self> {
        let stop = Arc::new(AtomicUsize::new(0));
        let released = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let armed = Arc::new(AtomicBool::new(false));
            let registered = flag::register_conditional_default(signal, released.clone())
                .and_then(|_| {
                    flag::register_conditional_shutdown(signal, 128 + signal, armed.clone())
                })
                .and_then(|_| flag::register(signal, armed))
                .and_then(|_| flag::register_usize(signal, stop.clone(), signal as usize));
            registered.map_err(|e| Error::Unexpected(format!("cannot listen to signals: {e}")))?;
        }
        if std::env::var_os(STOP_WITH_PARENT).is_some() {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_to_end(&mut vec![]);
                stop.store(SIGTERM as usize, Ordering::Relaxed);
            });
        }
        Ok(Self {
            signal: stop,
            released,
        })
    }

    /// From now on a signal ends the process at once: nothing is left that needs saving.
    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::Relaxed);
    }

    /// The signal, if there was one.
    pub(crate) fn signal(&self) -> Option<i32> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal as i32),
        }
    }
}
