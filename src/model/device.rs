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
    NdArray,
}

impl DeviceKind {
    /// Every device with its name.
    pub const NAMES: [(&'static str, Self); 3] = [
        ("cpu", Self::Cpu),
        ("flex", Self::Flex),
        ("ndarray", Self::NdArray),
    ];

    /// burn's device, without autodiff; the kernels' network is checked against flex.
    #[allow(
        deprecated,
        reason = "burn deprecates ndarray, but it is one of the devices on offer"
    )]
    pub(super) fn burn(self) -> Device {
        match self {
            Self::Cpu | Self::Flex => Device::flex(),
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
        let found = Self::NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, kind)| *kind);
        found.ok_or_else(|| "expected one of cpu, flex, ndarray".to_string())
    }
}
