//! Training and validation loss against the step.

use super::{
    row::RunFigure,
    words::{metric, subject},
};
use crate::{
    evaluation::run::Evaluation,
    figure::{
        Across, Axis, BLANK, Chart, Dash, Dots, Layer, Line, Marker, Panel, SERIES, Scale, Stroke,
        TRUTH, TRUTH_LINE, Ticks, quantile, range, running_mean, sorted_finite, union,
    },
    report::figure::Picture,
    text::{count, number},
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "loss.png",
    caption: "Training",
    help: "Blue is the training loss with its running mean, orange the validation loss; a diamond marks its \
           lowest value. The dark line is the irreducible loss, which no network can beat on average. Where the validation \
           loss lies below it by luck, the dashed line is about what the perfect network has on the same draws. \
           The lower panel shows the excess loss: the mean squared distance to the perfect network's output.",
    render,
};

const TRAIN: Stroke = Stroke::solid(SERIES[0], 2.2);
/// Single training losses: pale and thin, so that their mean stands out.
const VALIDATION: Stroke = Stroke::solid(SERIES[1], 2.0);
const FLOOR_OF_DRAWS: Stroke = Stroke::dashed(TRUTH, 1.4, Dash::Dashed);
const EXCESS: Stroke = Stroke::solid(SERIES[2], 2.0);
/// Shorter training curves can be read as they are.
const SMOOTHED_FROM: usize = 100;
/// Half the widest window of the running mean, in records.
const WIDEST_HALF_WINDOW: usize = 250;
/// Up to so many validation losses each gets a marker.
const FEW: usize = 60;

/// Loss curves, as (step, loss).
struct Curves {
    train: Vec<(f64, f64)>,
    validation: Vec<(f64, f64)>,
    excess: Vec<(f64, f64)>,
    /// The step with the lowest validation loss, and that loss.
    best: Option<(f64, f64)>,
    /// The loss of the perfect denoiser.
    floor: Option<f64>,
}

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    if evaluation.trained.run.config.num_steps() == 0 {
        return None;
    }
    let curves = Curves::of(evaluation);
    let mut panels = vec![curves.panel()];
    let mut heights = vec![560.0];
    if !curves.excess.is_empty() {
        // The panel below names the steps of both.
        panels[0].x.label = BLANK.into();
        heights = vec![480.0, 280.0];
        panels.push(curves.excess_panel());
    }
    Some(Picture::Chart(Chart {
        title: "Training and validation loss (validation: one draw of the noise per point)".into(),
        subtitle: subject(evaluation),
        panels,
        columns: 1,
        heights,
        note: curves.note(),
        ..Chart::default()
    }))
}

/// The panel of the losses.
pub(super) fn loss_panel(evaluation: &Evaluation) -> Panel<'static> {
    Curves::of(evaluation).panel()
}

impl Curves {
    fn of(evaluation: &Evaluation) -> Self {
        let records = || evaluation.tables.training.iter();
        let best = records().min_by(|a, b| a.val_loss.total_cmp(&b.val_loss));
        Self {
            train: records().map(|r| (r.step as f64, r.train_loss)).collect(),
            validation: records().map(|r| (r.step as f64, r.val_loss)).collect(),
            excess: records()
                .filter_map(|r| Some((r.step as f64, r.excess_loss?)))
                .collect(),
            best: best.map(|r| (r.step as f64, r.val_loss)),
            floor: metric(&evaluation.record, "val_loss").truth,
        }
    }

    /// Whether some of a curve lies below the loss that no network can beat.
    fn is_below(&self, curve: &[(f64, f64)]) -> bool {
        self.floor
            .is_some_and(|floor| curve.iter().any(|p| p.1 < floor))
    }

    /// Why a curve can lie below the irreducible loss, where one does.
    fn note(&self) -> String {
        let (train, validation) = (self.is_below(&self.train), self.is_below(&self.validation));
        let mut words = vec![];
        if train || validation {
            words.push(
                "The irreducible loss is the mean over all points and noise; a curve is the mean over those that were drawn, \
                 and can lie below it by luck.",
            );
        }
        if train {
            words.push(
                "A training loss can also lie below it because the network has learned its training points by heart.",
            );
        }
        if !self.floor_of_draws().is_empty() {
            words.push(
                "Dashed: the validation loss less the excess loss, about what the perfect network has on the same draws.",
            );
        }
        words.join(" ")
    }

    /// About the loss of the perfect network on the draws of the validation, where a curve lies below its mean.
    fn floor_of_draws(&self) -> Vec<(f64, f64)> {
        if !self.is_below(&self.validation) {
            return vec![];
        }
        let excess = |step: f64| self.excess.iter().find(|p| p.0 == step).map(|p| p.1);
        let point = |(step, loss): &(f64, f64)| Some((*step, loss - excess(*step)?));
        self.validation.iter().filter_map(point).collect()
    }

    fn steps(&self) -> Axis {
        let all = self.train.iter().chain(&self.validation).chain(&self.best);
        let drawn = all.filter(|p| p.1.is_finite()).map(|p| p.0);
        Axis::new(Scale::covering(drawn, false, 0.015), "training step").ticks(Ticks::Whole)
    }

    /// The range of the losses, but for spikes of the training loss.
    fn scale(&self) -> Option<Scale> {
        let raw = sorted_finite(self.train.iter().map(|p| p.1));
        let train = match quantile(&raw, 0.999) {
            // A few spikes more than ten times the rest would flatten everything else.
            Some(bulk) => range(raw.into_iter().filter(|y| *y <= 10.0 * bulk.abs())),
            None => None,
        };
        let of_draws = self.floor_of_draws();
        let validation = self.validation.iter().chain(&self.best).chain(&of_draws);
        let validation = validation.map(|p| p.1);
        let (low, high) = union(train, range(validation.chain(self.floor)))?;
        let log = low > 0.0 && high / low > 10.0;
        Scale::covering([low, high], log, 0.04)
    }

    fn panel(&self) -> Panel<'static> {
        let scale = self.scale();
        let mut layers = self.training(scale.as_ref());
        if !self.validation.is_empty() {
            let line = Line::new(self.validation.clone(), VALIDATION);
            let line = line.marked(FEW, Marker::Circle, 3.5);
            layers.push(Layer::new(line).label("validation loss").depth(2));
        }
        if let Some(best) = self.best {
            let label = format!("lowest: {} at step {}", number(best.1), best.0);
            let mark = Dots::new([best], (Marker::Diamond, 6.5), VALIDATION.color);
            layers.push(Layer::new(mark).label(label).depth(3));
        }
        if let Some(floor) = self.floor {
            let label = format!("irreducible loss {}", number(floor));
            layers.push(
                Layer::new(Across::at_y(floor, TRUTH_LINE))
                    .label(label)
                    .depth(1),
            );
        }
        let floor_of_draws = self.floor_of_draws();
        if !floor_of_draws.is_empty() {
            let line = Line::new(floor_of_draws, FLOOR_OF_DRAWS);
            let label = "the same on the validation draws (validation − excess)";
            layers.push(Layer::new(line).label(label).depth(1));
        }
        Panel {
            x: self.steps(),
            y: Axis::new(scale, "loss"),
            layers,
            ..Panel::default()
        }
    }

    /// The training loss, and its running mean where single values would hide it.
    fn training(&self, scale: Option<&Scale>) -> Vec<Layer<'static>> {
        let is_beyond = |p: &&(f64, f64)| scale.is_some_and(|y| y.beyond(p.1) != 0);
        let label = match self.train.iter().filter(is_beyond).count() {
            0 => "training loss".to_owned(),
            n => format!("training loss ({} beyond the axis)", count(n, "value")),
        };
        if self.train.len() < SMOOTHED_FROM {
            // A single value is no line.
            let line = Line::new(self.train.clone(), TRAIN).marked(1, Marker::Circle, 3.5);
            return match self.train.is_empty() {
                true => vec![],
                false => vec![Layer::new(line).label(label)],
            };
        }
        let half_width = (self.train.len() / 100).min(WIDEST_HALF_WINDOW);
        let finite = self.train.iter().copied().filter(|p| p.1.is_finite());
        let smoothed = running_mean(&finite.collect::<Vec<_>>(), half_width);
        let mean = format!("its running mean over {} records", 2 * half_width + 1);
        let raw = Stroke::solid(TRAIN.color.tint(0.35), 1.0);
        vec![
            Layer::new(Line::new(self.train.clone(), raw)).label(label),
            Layer::new(Line::new(smoothed, TRAIN)).label(mean),
        ]
    }

    /// The excess, below the loss and on the same steps.
    fn excess_panel(&self) -> Panel<'static> {
        let values = || self.excess.iter().map(|p| p.1).filter(|y| y.is_finite());
        let log = values().all(|y| y > 0.0);
        let line = Line::new(self.excess.clone(), EXCESS).marked(FEW, Marker::Square, 3.2);
        let label = "excess loss: mean squared distance to the perfect network's output";
        Panel {
            x: self.steps(),
            y: Axis::new(Scale::covering(values(), log, 0.08), "excess loss"),
            layers: vec![Layer::new(line).label(label)],
            ..Panel::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(validation: &[f64], excess: &[f64]) -> Curves {
        let with_steps = |values: &[f64]| -> Vec<(f64, f64)> {
            let steps = (1..).map(|i| f64::from(100 * i));
            steps.zip(values.iter().copied()).collect()
        };
        Curves {
            train: with_steps(&[0.9, 0.6]),
            validation: with_steps(validation),
            excess: with_steps(excess),
            best: None,
            floor: Some(0.48),
        }
    }

    #[test]
    fn a_curve_below_the_irreducible_loss_is_explained() {
        let lucky = curves(&[0.60, 0.474], &[0.13, 0.005]);
        assert!(lucky.note().contains("by luck") && lucky.note().contains("Dashed"));
        assert!(!lucky.note().contains("by heart"));
        let expected = [(100.0, 0.47), (200.0, 0.469)];
        for (found, expected) in lucky.floor_of_draws().iter().zip(expected) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-12);
        }
        // No curve is below it, so nothing has to be explained.
        let above = curves(&[0.60, 0.49], &[0.13, 0.005]);
        assert!(above.note().is_empty() && above.floor_of_draws().is_empty());
        let mut learned = curves(&[0.60, 0.49], &[0.13, 0.005]);
        learned.train[1].1 = 0.2;
        assert!(learned.note().contains("by heart") && learned.floor_of_draws().is_empty());
        let unknown = curves(&[0.60, 0.474], &[]);
        assert!(!unknown.note().contains("Dashed") && unknown.floor_of_draws().is_empty());
    }

    #[test]
    fn the_axis_of_the_loss_ends_near_it() {
        let scale = curves(&[0.60, 0.49], &[]).scale().expect("a scale");
        assert!(
            scale.low > 0.4 && scale.low < 0.48 && scale.high > 0.9,
            "{scale:?}"
        );
    }
}
