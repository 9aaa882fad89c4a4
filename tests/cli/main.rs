//! What the command line accepts, refuses and prints: exit codes, messages, stdout.

#[path = "../common/mod.rs"]
mod common;

mod columns;
mod compare;
mod configuration;
mod content;
mod data;
mod denoiser;
mod describe;
mod directories;
mod explain;
mod export;
mod fit;
mod init;
mod judge;
mod overrides;
mod packed;
mod probability;
mod results;
