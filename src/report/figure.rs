//! A figure as a row of a table: what is drawn is thereby on the page, captioned and explained.

use crate::{
    error::{Error, Result},
    experiment::files,
    figure::{Chart, FRAMES_PER_SECOND, FigureError, Pixels, png},
};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// One figure. `Render` makes its picture from what it is about.
pub(crate) struct Figure<Render> {
    /// Its file name.
    pub(crate) name: &'static str,
    /// What it shows, in one line for a page.
    pub(crate) caption: &'static str,
    /// What it shows, how to read it, and what its lines and colours are, in a few sentences.
    pub(crate) help: &'static str,
    /// Makes the picture, where it applies.
    pub(crate) render: Render,
}

/// What a figure is drawn from.
pub(crate) enum Picture<'a> {
    /// One picture, for a PNG.
    Chart(Chart<'a>),
    /// A moving picture, for a GIF.
    Film {
        /// Its frames.
        number: usize,
        /// Makes the frame of this index; all have the same size.
        frame: Box<dyn Fn(usize) -> Chart<'a> + Sync + 'a>,
    },
}

/// Draws a picture into a file, or removes that of an earlier time; whether there is one.
pub(crate) fn write(path: &Path, picture: Option<Picture<'_>>) -> Result<bool> {
    let film = path.with_extension("mp4");
    let failed = |error: FigureError| {
        Error::Unexpected(format!("cannot draw `{}`: {error}", path.display()))
    };
    if path.extension().is_some_and(|extension| extension == "gif") {
        files::remove_file(&film);
    }
    match picture {
        None => {
            files::remove_file(path);
            return Ok(false);
        }
        Some(Picture::Chart(chart)) => {
            let bytes = png(&chart.drawing()).map_err(failed)?;
            files::write_atomic(path, &bytes)?;
        }
        Some(Picture::Film { number, frame }) => {
            let pixels = Pixels::of(number, |index| frame(index).drawing()).map_err(failed)?;
            files::write_atomic(path, &pixels.gif().map_err(failed)?)?;
            // A convenience: nothing is missing without it.
            let _ = encode(&pixels, &film);
        }
    }
    Ok(true)
}

/// Has ffmpeg make a film of the frames, if it can.
fn encode(pixels: &Pixels, path: &Path) -> Option<()> {
    let temporary = path.with_extension("mp4.tmp");
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

/// Checks what every table of figures promises its readers.
#[cfg(test)]
pub(crate) fn check_words<Render>(figures: &[Figure<Render>]) {
    for (i, figure) in figures.iter().enumerate() {
        let name = figure.name;
        assert!(name.ends_with(".png") || name.ends_with(".gif"), "{name}");
        assert!(
            figures[..i].iter().all(|other| other.name != name),
            "{name} is there twice"
        );
        assert!(
            !figure.caption.is_empty() && !figure.caption.ends_with('.'),
            "{name}"
        );
        assert!(figure.help.ends_with('.'), "{name}");
        for sentence in figure.help.split(". ") {
            let words = sentence.split_whitespace().count();
            assert!(words <= 30, "{name}: {words} words in “{sentence}”");
        }
    }
}
