//! The log, the figures, the settings and the metrics of a run for TensorBoard.
//!
//! The messages are those of TensorFlow's event.proto and summary.proto and of the plugin for hyperparameters, as far as
//! they are written here. A record is its length, the masked CRC-32C of that, the message, and its masked CRC-32C.

use crate::experiment::{MetricsRecord, TimingRecord, run::record::EvalRecord};
use prost::{Message, Oneof};
use std::collections::BTreeMap;

/// The plugin that compares settings, and the tags of its three messages.
const HPARAMS: &str = "hparams";
const EXPERIMENT: &str = "_hparams_/experiment";
const SESSION_START: &str = "_hparams_/session_start_info";
const SESSION_END: &str = "_hparams_/session_end_info";

/// In the plugin's messages: a number, a text, and success.
const FLOAT64: i32 = 3;
const STRING: i32 = 1;
const SUCCESS: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "4")]
    image: Option<Image>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    #[prost(int32, tag = "3")]
    colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    encoded: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin: Option<Plugin>,
}

#[derive(Clone, PartialEq, Message)]
struct Plugin {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    content: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Hparams {
    #[prost(int32, tag = "1")]
    version: i32,
    #[prost(message, optional, tag = "2")]
    experiment: Option<Experiment>,
    #[prost(message, optional, tag = "3")]
    start: Option<SessionStart>,
    #[prost(message, optional, tag = "4")]
    end: Option<SessionEnd>,
}

#[derive(Clone, PartialEq, Message)]
struct Experiment {
    #[prost(message, repeated, tag = "4")]
    hparams: Vec<HparamInfo>,
    #[prost(message, repeated, tag = "5")]
    metrics: Vec<MetricInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct HparamInfo {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "4")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct MetricInfo {
    #[prost(message, optional, tag = "1")]
    name: Option<MetricName>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricName {
    #[prost(string, tag = "2")]
    tag: String,
}

#[derive(Clone, PartialEq, Message)]
struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    hparams: BTreeMap<String, Setting>,
    #[prost(string, tag = "4")]
    group: String,
    #[prost(double, tag = "5")]
    start: f64,
}

#[derive(Clone, PartialEq, Message)]
struct SessionEnd {
    #[prost(int32, tag = "1")]
    status: i32,
    #[prost(double, tag = "2")]
    end: f64,
}

/// google.protobuf.Value, as far as settings are numbers or texts.
#[derive(Clone, PartialEq, Message)]
struct Setting {
    #[prost(oneof = "SettingKind", tags = "2, 3")]
    kind: Option<SettingKind>,
}

#[derive(Clone, PartialEq, Oneof)]
enum SettingKind {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
}

/// What is exported of a run.
pub(crate) struct Logged<'a> {
    /// Runs that differ in their seed alone share it.
    pub(crate) group: String,
    /// When the run began, in seconds since 1970.
    pub(crate) begun: f64,
    pub(crate) records: &'a [MetricsRecord],
    pub(crate) timing: &'a [TimingRecord],
    pub(crate) settings: &'a [(String, String)],
    pub(crate) evaluation: Option<&'a EvalRecord>,
    /// Names and bytes of PNG files.
    pub(crate) figures: Vec<(String, Vec<u8>)>,
}

impl Logged<'_> {
    /// The bytes of the file of events.
    pub(crate) fn events(&self) -> Vec<u8> {
        let version = Event {
            wall_time: self.begun,
            file_version: Some("brain.Event:2".into()),
            ..Event::default()
        };
        let mut events = vec![version];
        events.extend(self.settings_events());
        let mut clock = Clock::default();
        let mut timing = self.timing.iter().peekable();
        for record in self.records {
            let mut scalars = of_training(record);
            while let Some(found) = timing.next_if(|timing| timing.step <= record.step) {
                clock.pass(found.seconds);
                if found.step == record.step {
                    scalars.push(("train/steps_per_second".into(), found.steps_per_second));
                }
            }
            events.push(self.event(record.step, clock.elapsed, scalars.into_iter().map(scalar)));
        }
        let last = self.records.last().map_or(0, |record| record.step);
        if let Some(evaluation) = self.evaluation {
            let scalars = of_evaluation(evaluation).into_iter().map(scalar);
            let pictures = self.figures.iter().filter_map(picture);
            let step = evaluation.step.max(last);
            events.push(self.event(step, clock.elapsed, scalars.chain(pictures)));
        }
        let end = Hparams {
            end: Some(SessionEnd {
                status: SUCCESS,
                end: self.begun + clock.elapsed,
            }),
            ..Hparams::default()
        };
        events.push(self.event(last, clock.elapsed, [hparams(SESSION_END, &end)]));
        events.iter().flat_map(record).collect()
    }

    fn event(&self, step: usize, elapsed: f64, values: impl IntoIterator<Item = Value>) -> Event {
        Event {
            wall_time: self.begun + elapsed,
            step: step as i64,
            summary: Some(Summary {
                value: values.into_iter().collect(),
            }),
            ..Event::default()
        }
    }

    /// What the page of hyperparameters shows: which settings and metrics there are, and the settings of this run.
    fn settings_events(&self) -> [Event; 2] {
        let settings = self
            .settings
            .iter()
            .map(|(key, value)| (key.clone(), setting(value)));
        let settings: BTreeMap<_, _> = settings.collect();
        let info = |(key, setting): (&String, &Setting)| HparamInfo {
            name: key.clone(),
            kind: match setting.kind {
                Some(SettingKind::Number(_)) => FLOAT64,
                _ => STRING,
            },
        };
        let metrics = self.evaluation.map(of_evaluation).unwrap_or_default();
        let metric = |(tag, _): (String, f64)| MetricInfo {
            name: Some(MetricName { tag }),
        };
        let experiment = Hparams {
            experiment: Some(Experiment {
                hparams: settings.iter().map(info).collect(),
                metrics: metrics.into_iter().map(metric).collect(),
            }),
            ..Hparams::default()
        };
        let start = Hparams {
            start: Some(SessionStart {
                hparams: settings,
                group: self.group.clone(),
                start: self.begun,
            }),
            ..Hparams::default()
        };
        [(EXPERIMENT, experiment), (SESSION_START, start)]
            .map(|(tag, message)| self.event(0, 0.0, [hparams(tag, &message)]))
    }
}

/// Seconds of training, over all times that it was begun.
#[derive(Default)]
struct Clock {
    elapsed: f64,
    latest: f64,
}

impl Clock {
    /// Goes on to so many seconds since the latest beginning.
    fn pass(&mut self, seconds: f64) {
        let since = match seconds >= self.latest {
            true => seconds - self.latest,
            // The run was resumed, by a process that counts anew.
            false => seconds,
        };
        self.elapsed += since;
        self.latest = seconds;
    }
}

fn of_training(record: &MetricsRecord) -> Vec<(String, f64)> {
    let known = [
        ("train/loss", Some(record.train_loss)),
        ("validation/loss", Some(record.val_loss)),
        ("validation/loss_floor", record.loss_floor),
        ("validation/excess_loss", record.excess_loss),
        ("train/learning_rate", Some(record.learning_rate)),
    ];
    let found = known
        .into_iter()
        .filter_map(|(tag, value)| Some((tag.into(), value?)));
    found.collect()
}

/// Every metric that has a value, and its noise floor where there is one.
fn of_evaluation(record: &EvalRecord) -> Vec<(String, f64)> {
    let mut found = vec![];
    for (name, metric) in &record.metrics {
        let floor = format!("eval/{name}_noise_floor");
        found.extend(metric.value.map(|value| (format!("eval/{name}"), value)));
        found.extend(metric.noise_floor.map(|value| (floor, value)));
    }
    found
}

fn scalar((tag, value): (String, f64)) -> Value {
    Value {
        tag,
        simple_value: Some(value as f32),
        ..Value::default()
    }
}

/// A PNG, whose size stands behind its signature.
fn picture((name, bytes): &(String, Vec<u8>)) -> Option<Value> {
    let number = |at: usize| Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some(Value {
        tag: format!("figures/{}", name.trim_end_matches(".png")),
        image: Some(Image {
            width: number(16)?,
            height: number(20)?,
            colorspace: 3,
            encoded: bytes.clone(),
        }),
        ..Value::default()
    })
}

fn hparams(tag: &str, message: &Hparams) -> Value {
    Value {
        tag: tag.into(),
        metadata: Some(Metadata {
            plugin: Some(Plugin {
                name: HPARAMS.into(),
                content: message.encode_to_vec(),
            }),
        }),
        ..Value::default()
    }
}

fn setting(value: &str) -> Setting {
    let kind = match value.parse() {
        Ok(number) => SettingKind::Number(number),
        Err(_) => SettingKind::Text(value.into()),
    };
    Setting { kind: Some(kind) }
}

/// A message with its length and both checksums.
fn record(event: &Event) -> Vec<u8> {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    let [of_length, of_message] = [&length[..], &message].map(|bytes| masked(bytes).to_le_bytes());
    [&length[..], &of_length, &message, &of_message].concat()
}

/// The CRC-32C, turned and moved, as TFRecord has it.
fn masked(bytes: &[u8]) -> u32 {
    let crc = crc32c::crc32c(bytes);
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_checksums_of_its_length_and_message() {
        // The check value of CRC-32C (RFC 3720, B.4): of 32 bytes of zero it is 0x8a9136aa.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        let event = Event {
            wall_time: 1.0,
            step: 3,
            ..Event::default()
        };
        let bytes = record(&event);
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(bytes.len(), 8 + 4 + length + 4);
        assert_eq!(Event::decode(&bytes[12..12 + length]).unwrap(), event);
    }

    #[test]
    fn the_clock_goes_on_where_a_run_was_resumed() {
        let mut clock = Clock::default();
        for seconds in [1.0, 3.0, 0.5, 2.0] {
            clock.pass(seconds);
        }
        assert_eq!(clock.elapsed, 5.0);
    }
}
