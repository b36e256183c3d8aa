//! How configurations are kept up.

use serde::{Deserialize, Serialize};

/// What a consistency check does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Nothing.
    ApplyOnly,
    /// It says what has drifted.
    #[default]
    ApplyAndMonitor,
    /// It sets what has drifted.
    ApplyAndAutoCorrect,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ApplyOnly, Self::ApplyAndMonitor, Self::ApplyAndAutoCorrect];

    /// As the settings spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApplyOnly => "ApplyOnly",
            Self::ApplyAndMonitor => "ApplyAndMonitor",
            Self::ApplyAndAutoCorrect => "ApplyAndAutoCorrect",
        }
    }
}

/// How configurations are kept up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What a consistency check does.
    pub mode: Mode,
    /// How many minutes lie between two checks of `lumi dsc apply --monitor`.
    pub interval_minutes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: Mode::default(), interval_minutes: 15 }
    }
}
