//! Networks in other processes: what they say of themselves, how they are asked, and the denoiser that they are.
//!
//! A command line alone starts such a process. Nothing that lies on disk does.

mod answers;
mod hello;
mod process;
mod wire;

pub(crate) use answers::{Frame, GivenNetwork};
pub(crate) use hello::Hello;
pub(crate) use process::Limits;
