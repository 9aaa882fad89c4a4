//! The figures of an evaluation: which there are for which data, that they can be read, and that they do not depend on
//! threads.

use crate::common::{SMALL, Workspace};
use std::{fs, os::unix::fs::PermissionsExt};

/// What only data of the plane has.
const OF_THE_PLANE: [&str; 11] = [
    "samples.png",
    "density.png",
    "summary.png",
    "forward.png",
    "reverse.png",
    "recovered.png",
    "field.png",
    "trajectories.png",
    "seeds.png",
    "steps.png",
    "probability.png",
];

/// `SMALL` with two modes in the plane.
fn plane() -> Workspace {
    let space = Workspace::new();
    let text = SMALL
        .replace("means = [-2.0, 1.0]", "means = [[-2.0, 0.0], [1.0, 1.0]]")
        .replace("num_timesteps = 8", "num_timesteps = 30");
    assert_ne!(text, SMALL);
    space.write("small.toml", text);
    space
}

/// Width, height and number of frames of a GIF.
fn gif_shape(bytes: &[u8]) -> (u16, u16, usize) {
    let mut decoder = gif::DecodeOptions::new().read_info(bytes).expect("a GIF");
    let mut frames = 0;
    while decoder.read_next_frame().expect("a frame").is_some() {
        frames += 1;
    }
    (decoder.width(), decoder.height(), frames)
}

fn png_size(bytes: &[u8]) -> (u32, u32) {
    let reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .expect("a PNG");
    (reader.info().width, reader.info().height)
}

#[test]
fn data_of_the_plane_has_figures_of_its_own() {
    let space = plane();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let report = space.text(&format!("{run}/eval/report.md"));
    for name in OF_THE_PLANE.iter().chain(&["reverse.gif"]) {
        assert!(report.contains(&format!("]({name})")), "{name}");
    }
    // Its network was asked for no classes.
    assert!(!report.contains("classes.png") && !space.has(&format!("{run}/eval/classes.png")));
    for name in OF_THE_PLANE {
        let (width, height) = png_size(&space.bytes(&format!("{run}/eval/{name}")));
        assert!(
            width == 1400 && (350..1600).contains(&height),
            "{name}: {width} × {height}"
        );
    }
    let (width, height, frames) = gif_shape(&space.bytes(&format!("{run}/eval/reverse.gif")));
    assert_eq!((width, height, frames), (460, 502, 31));
    let axes = &space.json(&format!("{run}/eval/metrics.json"))["axes"];
    assert_eq!(axes.as_array().map(Vec::len), Some(2));
    assert!(
        axes[0]["w1"].as_f64().is_some_and(|w1| w1 > 0.0),
        "{axes:#}"
    );
    assert!(report.contains("| x2 |"));
}

#[test]
fn the_record_holds_the_numbers_that_figures_of_the_plane_name() {
    let space = plane();
    // So many that some cells expect enough of them.
    let run = space.trained(&["eval.num_samples=3000"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    let plane = &record["plane"];
    let size = |key: &str| plane[key].as_array().map_or(0, Vec::len);
    assert!(
        plane["cells"]["chi_squared"].as_f64() > Some(0.0),
        "{plane:#}"
    );
    assert!(plane["cells"]["num_cells"].as_u64() > Some(0), "{plane:#}");
    let steps: Vec<_> = plane["by_steps"].as_array().unwrap().iter().collect();
    let steps: Vec<_> = steps
        .iter()
        .map(|draw| draw["num_steps"].as_u64())
        .collect();
    assert_eq!(steps, [1, 2, 5, 10, 20, 30].map(Some));
    assert!(plane["by_steps"][0]["w1"].as_f64() > plane["draw_noise_floor"].as_f64());
    assert_eq!(
        (
            size("by_noise"),
            size("chosen_points"),
            size("class_shares")
        ),
        (9, 7, 2)
    );
    let recovered = &plane["recovered"][0];
    let (exact, learned) = (&recovered["rms_exact"], &recovered["rms_estimate"]);
    assert!(
        exact.as_f64() < learned.as_f64(),
        "no estimate is better than the mean"
    );
    let point = &plane["chosen_points"][0];
    assert!(
        point["ln_p"].is_f64() && point["model_ln_p"].is_f64(),
        "{point:#}"
    );
}

#[test]
fn figures_can_be_left_out_and_drawn_later() {
    let space = plane();
    let run = space.trained(&[]);
    let eval = |more: &[&str]| {
        space.run(&[&["eval", &run, "-q"], more].concat()).expect(0);
    };
    let pictures = || {
        let names = space.names(&format!("{run}/eval"));
        let is_one = |name: &&String| name.ends_with(".png") || name.ends_with(".gif");
        names.iter().filter(is_one).count()
    };
    let report = || space.text(&format!("{run}/eval/report.md"));
    let record = || {
        let mut record = space.json(&format!("{run}/eval/metrics.json"));
        let figures = record.as_object_mut().unwrap().remove("figures");
        // It is of the names of the figures too.
        record.as_object_mut().unwrap().remove("digest");
        (record, figures.unwrap().as_array().unwrap().len())
    };
    eval(&["--figures", "none"]);
    assert_eq!((pictures(), record().1), (0, 0));
    assert!(!report().contains("![") && report().contains("## Numbers"));
    let numbers = record().0;

    // Asked for with them, the same evaluation gets them; they stay where they are not asked for.
    eval(&[]);
    let (found, drawn) = record();
    assert_eq!(found, numbers, "the numbers do not depend on figures");
    assert!(drawn > 10 && pictures() == drawn);
    assert_eq!(report().matches("![").count(), drawn);
    eval(&["--figures", "none"]);
    assert_eq!((pictures(), record().1), (drawn, drawn));
    // One that was removed is drawn again.
    fs::remove_file(space.path(&format!("{run}/eval/seeds.png"))).unwrap();
    eval(&[]);
    assert_eq!(pictures(), drawn);

    // Those of other numbers go.
    eval(&["--figures", "none", "--set", "eval.num_samples=40"]);
    assert_eq!((pictures(), record().1), (0, 0));

    space.write("spec.toml", "base = \"small.toml\"\n[sweep]\nseeds = 2\n");
    let sweep = space.path_of(&["sweep", "spec.toml", "-q", "--eval", "--figures", "none"]);
    assert!(space.has(&format!("{sweep}/report.md")));
    assert!(!space.text(&format!("{sweep}/report.md")).contains("!["));
    assert!(!space.has(&format!("{sweep}/loss_vs_w1.png")));
    space.run(&["eval", &sweep, "-q"]).expect(0);
    assert!(space.has(&format!("{sweep}/loss_vs_w1.png")));
}

#[test]
fn data_on_a_line_has_the_moving_picture_alone() {
    let space = Workspace::new();
    let run = space.trained(&["process.num_timesteps=150"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let names = space.names(&format!("{run}/eval"));
    assert!(
        OF_THE_PLANE
            .iter()
            .all(|name| !names.contains(&name.to_string()))
    );
    let bytes = space.bytes(&format!("{run}/eval/reverse.gif"));
    let (_, _, frames) = gif_shape(&bytes);
    assert!(
        (49..=51).contains(&frames) && bytes.len() < 5_000_000,
        "{frames} frames"
    );

    // Without it, that of the earlier evaluation goes too.
    space
        .run(&["eval", &run, "-q", "--set", "eval.animation=false"])
        .expect(0);
    assert!(!space.has(&format!("{run}/eval/reverse.gif")));
    assert!(
        !space
            .text(&format!("{run}/eval/report.md"))
            .contains("reverse.gif")
    );
}

#[test]
fn figures_of_the_plane_do_not_depend_on_threads() {
    let space = plane();
    let run = space.trained(&[]);
    for (copy, threads) in [("copies/1", "1"), ("copies/2", "3")] {
        space.copy(&run, copy);
        let outcome = space.run_with(&["eval", copy, "-q"], &[("RAYON_NUM_THREADS", threads)]);
        outcome.expect(0);
    }
    for name in OF_THE_PLANE.iter().chain(&["metrics.json", "reverse.gif"]) {
        let bytes = |copy: &str| space.bytes(&format!("{copy}/eval/{name}"));
        assert!(bytes("copies/1") == bytes("copies/2"), "{name}");
    }
}

#[test]
fn a_film_is_made_by_ffmpeg_where_it_is_there_and_quietly_not_where_it_fails() {
    let space = plane();
    let run = space.trained(&[]);
    let film = format!("{run}/eval/reverse.mp4");
    // Stands in for ffmpeg: keeps what it is given under the name that comes last.
    for (script, made) in [
        ("#!/bin/sh\nfor last; do :; done\ncat > \"$last\"\n", true),
        ("#!/bin/sh\necho broken >&2\nexit 1\n", false),
    ] {
        space.write("bin/ffmpeg", script);
        fs::set_permissions(space.path("bin/ffmpeg"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!(
            "{}:{}",
            space.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let samples = if made { "200" } else { "201" };
        let set = format!("eval.num_samples={samples}");
        let outcome = space.run_with(&["eval", &run, "-q", "--set", &set], &[("PATH", &path)]);
        outcome.expect(0);
        assert_eq!(space.has(&film), made);
        if made {
            // The frames of the GIF, three bytes a pixel.
            let (width, height, frames) =
                gif_shape(&space.bytes(&format!("{run}/eval/reverse.gif")));
            let pixels = usize::from(width) * usize::from(height);
            assert_eq!(space.bytes(&film).len(), frames * pixels * 3);
        }
        let names = space.names(&format!("{run}/eval"));
        assert!(
            names.iter().all(|name| !name.ends_with(".tmp")),
            "{names:?}"
        );
    }
}

#[test]
fn classes_are_drawn_where_they_were_asked_for() {
    let space = plane();
    let run = space.trained(&["model.class_embedding_dim=3"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let report = space.text(&format!("{run}/eval/report.md"));
    assert!(report.contains("](classes.png)"), "{report}");
}

#[test]
fn the_times_that_panels_show_can_be_chosen_and_are_checked() {
    let space = plane();
    let run = space.trained(&["eval.timesteps=[0, 15, 30]"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let (_, three) = png_size(&space.bytes(&format!("{run}/eval/forward.png")));
    assert!(
        (400..700).contains(&three),
        "one row of three panels: {three}"
    );
    for (value, words) in [
        ("[0, 31]", "eval.timesteps"),
        ("[0.5]", "whole numbers"),
        ("[]", "at least one value"),
    ] {
        let set = format!("eval.timesteps={value}");
        let outcome = space.run(&["train", "small.toml", "--set", &set]).expect(2);
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    for value in ["[3, -3]", "[1]", "[0, 1, 2]"] {
        let set = format!("eval.overlap_range={value}");
        let outcome = space.run(&["train", "small.toml", "--set", &set]).expect(2);
        assert!(outcome.stderr.contains("overlap_range"), "{outcome:?}");
    }
}
