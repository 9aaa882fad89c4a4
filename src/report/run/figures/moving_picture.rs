//! The reverse process as a moving picture: `reverse.gif`, and `reverse.mp4` where ffmpeg is there.

use crate::{
    error::{Error, Result},
    evaluation::{density_map::ln_density_on, recording::FilmFrame, run::Evaluation},
    experiment::files,
    figure::{Animation, FRAMES_PER_SECOND, Frame, Pixels, Scene, Window, square_window},
    report::run::figures::window::within_reach,
    target::Mixture,
    text::written,
};
use rayon::prelude::*;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// The file names.
pub(crate) const GIF: &str = "reverse.gif";
const MP4: &str = "reverse.mp4";

/// Evaluations of components of the density that all frames together may take.
const WORK: usize = 6_000_000;

/// Cells a side below which a density is too coarse to be drawn, and above which no finer.
const FEWEST_CELLS: usize = 28;
const MOST_CELLS: usize = 72;

/// Points of a density curve.
const CURVE: usize = 280;

/// Draws the pictures into `directory`, or removes those of an earlier evaluation; whether there are any.
pub(crate) fn write(evaluation: &Evaluation, directory: &Path) -> Result<bool> {
    remove(directory);
    let Some(animation) = animation(evaluation) else {
        return Ok(false);
    };
    let (gif, mp4) = (directory.join(GIF), directory.join(MP4));
    let failed = |error| Error::Unexpected(format!("cannot draw {GIF}: {error}"));
    let pixels = animation.draw().map_err(failed)?;
    files::write_atomic(&gif, &pixels.gif().map_err(failed)?)?;
    // A convenience: nothing is missing without it.
    let _ = encode(&pixels, &mp4);
    Ok(true)
}

/// Removes the pictures of an earlier evaluation.
pub(crate) fn remove(directory: &Path) {
    for name in [GIF, MP4] {
        files::remove_file(&directory.join(name));
    }
}

fn animation<'a>(evaluation: &'a Evaluation<'_>) -> Option<Animation<'a>> {
    let frames = &evaluation.material.recording.film;
    let window = match evaluation.samples.dim() {
        1 => line_window(frames)?,
        _ => plane_window(frames)?,
    };
    let number = evaluation.material.recording.num_steps;
    let cells = cells(frames);
    let frame = |taken: &'_ FilmFrame| {
        let law = taken.law.as_ref();
        let scene = match evaluation.samples.dim() {
            1 => Scene::Line {
                samples: &[],
                density: law.map_or(vec![], |law| line_density(law, window)),
            },
            _ => Scene::Plane {
                points: &[],
                density: law
                    .zip(cells)
                    .map(|(law, cells)| ln_density_on(law, window, cells)),
            },
        };
        let heading = format!("step {}/{number} · t = {}", taken.step, written(taken.t));
        (heading, scene)
    };
    let drawn: Vec<(String, Scene<'static>)> = frames.par_iter().map(frame).collect();
    let frames = frames
        .iter()
        .zip(drawn)
        .map(|(taken, (heading, scene))| Frame {
            heading,
            scene: match scene {
                Scene::Line { density, .. } => Scene::Line {
                    samples: &taken.points,
                    density,
                },
                Scene::Plane { density, .. } => Scene::Plane {
                    points: &taken.points,
                    density,
                },
            },
        });
    Some(Animation {
        footing: format!(
            "{} · {}",
            evaluation.trained.run.config.name, evaluation.record.sampler
        ),
        window,
        frames: frames.collect(),
    })
}

/// Cells a side of the density of a frame; `None` where it would take too long for all of them.
fn cells(frames: &[FilmFrame]) -> Option<usize> {
    let components = frames.first()?.law.as_ref()?.weights().len();
    let cells = ((WORK / (components * frames.len())) as f64).sqrt() as usize;
    (cells >= FEWEST_CELLS).then_some(cells.min(MOST_CELLS))
}

/// What the first, the middle and the last frame need, in one dimension.
fn line_window(frames: &[FilmFrame]) -> Option<Window> {
    let last = frames.len().checked_sub(1)?;
    let of = |taken: &FilmFrame| -> Vec<f64> {
        // The histogram of one axis, as points of a plane of which only x counts.
        taken
            .points
            .iter()
            .flat_map(|x| [f64::from(*x), 0.0])
            .collect()
    };
    let points: Vec<_> = [0, last / 2, last]
        .iter()
        .map(|i| of(&frames[*i]))
        .collect();
    let parts: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    let x = square_window(&parts, &[])?.x;
    let flat = Window { x, y: (0.0, 1.0) };
    let exact = frames.iter().filter_map(|taken| {
        let curve = line_density(taken.law.as_ref()?, flat);
        Some(curve.iter().map(|p| p.1).fold(0.0, f64::max))
    });
    // Without a truth, as high as a bar of a twentieth of the width can be expected to be.
    let top = exact.fold(0.0, f64::max);
    let top = if top > 0.0 { top } else { 6.0 / (x.1 - x.0) };
    Some(Window {
        x,
        y: (0.0, 1.12 * top),
    })
}

fn line_density(law: &Mixture, window: Window) -> Vec<(f64, f64)> {
    let (low, high) = window.x;
    (0..CURVE)
        .map(|i| low + (high - low) * i as f64 / (CURVE - 1) as f64)
        .map(|x| (x, law.pdf(&[x])))
        .collect()
}

fn plane_window(frames: &[FilmFrame]) -> Option<Window> {
    let last = frames.len().checked_sub(1)?;
    let of = |i: usize| -> Vec<f64> { frames[i].points.iter().map(|x| f64::from(*x)).collect() };
    let (start, end) = (of(0), of(last));
    let data = square_window(&[&end], &[])?;
    Some(within_reach(square_window(&[&start, &end], &[])?, data))
}

/// Has ffmpeg make a film of the frames, if it can.
fn encode(pixels: &Pixels, path: &Path) -> Option<()> {
    let temporary = path.with_file_name(".reverse.mp4.tmp");
    let size = format!("{}x{}", pixels.width, pixels.height);
    let rate = FRAMES_PER_SECOND.to_string();
    let mut encoder = Command::new("ffmpeg")
        .args([
            "-y",
            "-loglevel",
            "quiet",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
        ])
        .args(["-s", &size, "-r", &rate, "-i", "-"])
        .args([
            "-an",
            "-pix_fmt",
            "yuv420p",
            "-movflags",
            "+faststart",
            "-f",
            "mp4",
        ])
        .arg(&temporary)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = encoder.stdin.take()?;
    let written = pixels
        .frames
        .iter()
        .try_for_each(|frame| input.write_all(frame));
    drop(input);
    let done = encoder.wait().is_ok_and(|status| status.success()) && written.is_ok();
    let kept = done && std::fs::rename(&temporary, path).is_ok();
    if !kept {
        files::remove_file(&temporary);
    }
    kept.then_some(())
}
