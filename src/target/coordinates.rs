//! The coordinates of a point, as a configuration gives them.

use serde::{Serialize, Serializer};

/// The coordinates of a point, or one number for every axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coordinates(pub Vec<f64>);

impl Serialize for Coordinates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [x] => serializer.serialize_f64(*x),
            list => list.serialize(serializer),
        }
    }
}
