//! Points and a law in, the record of every number out.

pub(crate) mod chosen_points;
pub(crate) mod class_choice;
pub(crate) mod draw;
pub(crate) mod exact;
pub(crate) mod plane;
pub(crate) mod recording;
pub(crate) mod run;
pub(crate) mod trained;
