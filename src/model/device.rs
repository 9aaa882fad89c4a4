//! Where the network runs.

use burn::prelude::Device;
use std::{fmt, str::FromStr};

/// A device that the command line can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceKind {
    /// The processor, by truescore's own kernels.
    #[default]
    Cpu,
    /// burn's flex backend.
    Flex,
    /// burn's ndarray backend.
    #[cfg(feature = "ndarray")]
    NdArray,
}

impl DeviceKind {
    /// Every device of this build with its name.
    pub const NAMES: &[(&str, Self)] = &[
        ("cpu", Self::Cpu),
        ("flex", Self::Flex),
        #[cfg(feature = "ndarray")]
        ("ndarray", Self::NdArray),
    ];

    /// The names, as a sentence takes them: `cpu, flex`.
    #[must_use]
    pub fn names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// burn's device, without autodiff; the kernels' network is checked against flex.
    #[allow(
        deprecated,
        reason = "burn deprecates ndarray, but it is one of the devices on offer"
    )]
    pub(super) fn burn(self) -> Device {
        match self {
            Self::Cpu | Self::Flex => Device::flex(),
            #[cfg(feature = "ndarray")]
            Self::NdArray => Device::ndarray(),
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES
            .iter()
            .find(|(_, kind)| kind == self)
            .map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, kind)) = Self::NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(*kind);
        }
        Err(if text == "ndarray" {
            "this build is without it: build with `cargo build --release --features ndarray`".into()
        } else {
            format!("expected one of {}", Self::names())
        })
    }
}
