//! `Get-Counter | ConvertTo-Json`, of Windows PowerShell and of PowerShell 7: sample sets, or samples alone.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use super::reading::{Reading, iso_time, json_time};

/// Samples of one set that are kept; no machine has so many counters.
const MOST_SAMPLES: usize = 1 << 20;

/// Whether a text is one, by its beginning.
pub fn is_json(start: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(start, part).is_some();
    has(b"\"CounterSamples\"") || (has(b"\"CookedValue\"") && has(b"\"Path\""))
}

/// Reads all readings.
pub fn read(text: &str, reading: &mut Reading<'_>) {
    let mut json = serde_json::Deserializer::from_str(text);
    // What came before damage was taken.
    reading.is_cut = json.deserialize_any(Top(reading)).is_err();
}

/// The sets, each taken when it was read.
struct Top<'a, 'r>(&'a mut Reading<'r>);

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sample sets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sets: A) -> Result<(), A::Error> {
        while let Some(set) = sets.next_element::<Item>()? {
            take(&set, None, self.0);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let item = Item::deserialize(de::value::MapAccessDeserializer::new(map))?;
        take(&item, None, self.0);
        Ok(())
    }
}

/// A sample set or a sample.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    #[serde(default)]
    timestamp: Scalar,
    #[serde(default)]
    counter_samples: Items,
    #[serde(default)]
    readings: Scalar,
    #[serde(default)]
    path: Scalar,
    #[serde(default)]
    cooked_value: Scalar,
    #[serde(default)]
    status: Scalar,
}

fn take(item: &Item, set_time: Option<&str>, reading: &mut Reading<'_>) {
    let time = item.timestamp.0.as_deref().or(set_time);
    let samples = &item.counter_samples.0;
    samples.iter().for_each(|sample| take(sample, time, reading));
    let readings = item.readings.0.as_deref().filter(|_| samples.is_empty());
    let path = item.path.0.as_deref();
    if path.is_none() && readings.is_none() {
        return;
    }
    let time = time.unwrap_or_default();
    let Some((moment, zone_known)) = json_time(time).or_else(|| iso_time(time)) else {
        reading.timeless(time.as_bytes());
        return;
    };
    reading.zone_known |= zone_known;
    reading.at(moment);
    if let Some(path) = path {
        let is_valid = item.status.0.as_deref().is_none_or(|status| matches!(status, "0" | "1"));
        let value = item.cooked_value.0.as_deref().unwrap_or_default();
        reading.take(path, if is_valid { value.as_bytes() } else { b"" });
    } else if let Some(readings) = readings {
        reading.take_text(readings.lines());
    }
}

/// Samples that have a path: a list, or PowerShell's object around one.
#[derive(Default)]
struct Items(Vec<Item>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("samples")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element::<Sample>()? {
                    if items.len() < MOST_SAMPLES {
                        items.extend(item.0);
                    }
                }
                Ok(Items(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Items, A::Error> {
                let mut items = Items::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "value" { items = map.next_value()? } else { map.next_value::<IgnoredAny>().map(drop)? }
                }
                Ok(items)
            }

            // Too deep for the depth that was asked for: the name of the type.
            fn visit_str<E: Error>(self, _: &str) -> Result<Items, E> {
                Ok(Items::default())
            }

            fn visit_unit<E: Error>(self) -> Result<Items, E> {
                Ok(Items::default())
            }
        }
        deserializer.deserialize_any(List)
    }
}

/// A sample of a list, if it has a path; its type's name where the depth did not suffice.
struct Sample(Option<Item>);

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl<'de> Visitor<'de> for One {
            type Value = Sample;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sample")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Sample, A::Error> {
                let item = Item::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Sample(Some(item).filter(|item| item.path.0.is_some())))
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Sample, E> {
                Ok(Sample(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Sample, E> {
                Ok(Sample(None))
            }
        }
        deserializer.deserialize_any(One)
    }
}

/// A number or a text; also the one in an object that PowerShell puts around a text.
#[derive(Default)]
struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(text.to_owned())))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(number.to_string())))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                let mut value = Scalar(None);
                while let Some(key) = map.next_key::<String>()? {
                    if key == "value" { value = map.next_value()? } else { map.next_value::<IgnoredAny>().map(drop)? }
                }
                Ok(value)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
