//! The pages that truescore writes are as easy to read as its documents.

use super::language::flaws;
use crate::common::Workspace;

/// The flaws of the page in `place`, which has sections and tables.
fn flaws_of(space: &Workspace, place: &str) -> Vec<String> {
    let text = space.text(&format!("{place}/report.md"));
    assert!(text.contains("\n## ") && text.contains("|---"), "{text}");
    flaws(&text)
}

#[test]
fn every_sentence_of_a_report_can_be_read_at_once() {
    let space = Workspace::new();
    let eval = |run: &str| {
        space
            .run(&["eval", run, "-q", "--figures", "none"])
            .expect(0);
        flaws_of(&space, &format!("{run}/eval"))
    };
    let plane = "data.means=[[-1.0, 0.0], [1.0, 0.5]]";
    let none: Vec<String> = vec![];
    for settings in [
        &[][..],
        &["eval.exact=false"],
        &["model.kind=bayes", "sampler.kind=exact"],
        &["process.schedule=linear"],
        &[
            "sampler.kind=ddim",
            "process.schedule=linear",
            "process.num_timesteps=50",
        ],
        &["sampler.num_steps=2", "model.kind=bayes"],
        &[plane],
        &[plane, "model.class_conditional=true"],
    ] {
        assert_eq!(eval(&space.trained(settings)), none, "{settings:?}");
    }
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = 2\n[sweep.grid]\n\
         \"process.num_timesteps\" = [4, 16]\n\"model.kind\" = [\"mlp\", \"bayes\"]\n",
    );
    let sweep = space.path_of(&["sweep", "spec.toml", "-q", "--eval", "--figures", "none"]);
    assert_eq!(flaws_of(&space, &sweep), none);
    space
        .run(&[
            "compare",
            "runs",
            &sweep,
            "-q",
            "--figures",
            "none",
            "--out",
            "page",
        ])
        .expect(0);
    assert_eq!(flaws_of(&space, "page"), none);
}
