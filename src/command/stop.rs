//! Being asked to stop: by a signal, or by the end of the process that started this one.

use crate::error::{Error, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Set in the environment of a sweep's runs: they stop when their stdin ends, so that no run outlives
/// its sweep, however that ends.
pub(super) const STOP_WITH_PARENT: &str = "TRUESCORE_STOP_WITH_PARENT";

/// Whether this process has been asked to stop, and by which signal.
#[derive(Debug, Clone)]
pub(super) struct StopFlag(Arc<AtomicUsize>);

impl StopFlag {
    /// Listens from now on. A second signal ends the process at once.
    pub(super) fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            let armed = Arc::new(std::sync::atomic::AtomicBool::new(false));
            let registered = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, armed.clone())
                .and_then(|_| signal_hook::flag::register(signal, armed))
                .and_then(|_| signal_hook::flag::register_usize(signal, flag.clone(), signal as usize));
            registered.map_err(|e| Error::Unexpected(format!("cannot listen to signals: {e}")))?;
        }
        if std::env::var_os(STOP_WITH_PARENT).is_some() {
            let flag = flag.clone();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_to_end(&mut vec![]);
                flag.store(SIGTERM as usize, Ordering::Relaxed);
            });
        }
        Ok(Self(flag))
    }

    /// The signal, if there was one.
    pub(super) fn signal(&self) -> Option<i32> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal as i32),
        }
    }
}
