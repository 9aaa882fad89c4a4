//! Keys that every kind of model has.

use crate::{
    diffusion::{Frame, NoiseSchedule, Prediction},
    settings::{Section, SettingError},
};

/// Widest layer.
pub(super) const MAX_WIDTH: usize = 8192;

/// Whether the model is class-conditional, and the width of the embedding where that is given: a width
/// implies it.
pub(super) fn read_classes(section: &mut Section) -> Result<(bool, Option<usize>), SettingError> {
    let width = section.optional_count("class_embedding_dim")?;
    let class_conditional = section.flag_or("class_conditional", width.is_some())?;
    if width.is_some() && !class_conditional {
        let message = "has no meaning with `model.class_conditional` = false";
        return Err(section.error("class_embedding_dim", message));
    }
    Ok((class_conditional, width))
}

/// Reads `prediction`. At a level without signal a predicted noise says nothing of the data: the default
/// is then the velocity of a straight process and v of the others.
pub(super) fn read_prediction(
    section: &mut Section,
    usual: Prediction,
    schedule: &NoiseSchedule,
) -> Result<Prediction, SettingError> {
    let ends_without_signal = schedule.terminal().signal == 0.0;
    let default = match schedule.frame() {
        _ if !ends_without_signal => usual,
        Frame::Straight => Prediction::Velocity,
        _ => Prediction::V,
    };
    let prediction = section.choice_or("prediction", default)?;
    if ends_without_signal && prediction == Prediction::Noise {
        return Err(SettingError {
            hint: Some("predict \"velocity\", \"v\" or \"x0\"".into()),
            ..section.error(
                "prediction",
                "is \"noise\", but this process ends without signal (a = 0 at t = T), where the noise \
                 says nothing of the data",
            )
        });
    }
    Ok(prediction)
}
