//! `PERF_DATA_BLOCK` and its contents, as defined in the public header `winperf.h`.

use super::bytes::{Malformed, i32_at, i64_at, size_at, u32_at, wide_text};
use crate::counters::CounterType;
use crate::log::code_page;

/// The clocks of a block and the start of its objects.
#[derive(Clone, Copy, Debug)]
pub struct DataBlock<'a> {
    bytes: &'a [u8],
    first_object: usize,
    objects: u32,
    /// Performance counter at the sample.
    pub perf_time: i64,
    /// Ticks per second of the performance counter.
    pub perf_frequency: i64,
    /// System time at the sample, UTC, 100 ns units.
    pub time_100ns: i64,
}

/// One object of a block.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    bytes: &'a [u8],
    first_instance: usize,
    /// Perflib index of its name.
    pub name_index: u32,
    /// The bytes of its counter definitions.
    pub definitions: &'a [u8],
    counters: u32,
    instances: i32,
    /// Code page of instance names; 0 for UTF-16.
    pub code_page: u32,
    /// Time of the object's own clock.
    pub perf_time: i64,
    /// Ticks per second of that clock.
    pub perf_frequency: i64,
}

/// One counter of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Perflib index of its name.
    pub name_index: u32,
    /// Counter type.
    pub kind: CounterType,
    /// Size of the value in bytes, 4 or 8 for numbers.
    pub size: usize,
    /// Offset of the value in the counter block.
    pub offset: usize,
}

/// One instance of an object, or the object itself if it has none.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// Perflib index of the parent's object; 0 without a parent.
    pub parent_object: u32,
    /// Index of the parent among its object's instances.
    pub parent_number: u32,
    /// Number that identifies the instance; -1 if its name does.
    pub unique_id: i32,
    /// Name in the object's code page, without NUL.
    pub name: &'a [u8],
    /// The counter block.
    pub values: &'a [u8],
}

const OBJECT_HEADER: usize = 0x40;
const DEFINITION: usize = 0x28;
const INSTANCE: usize = 0x18;

impl<'a> DataBlock<'a> {
    /// Reads a block's header.
    ///
    /// # Errors
    /// If the bytes are not such a block.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let broken = |at, what| Malformed { at, what };
        if bytes.get(..8) != Some(b"P\0E\0R\0F\0") {
            return Err(broken(0, "no PERF signature"));
        }
        let header = || {
            Some(Self {
                bytes: bytes.get(..size_at(bytes, 0x14)?.min(bytes.len()))?,
                first_object: size_at(bytes, 0x18)?,
                objects: u32_at(bytes, 0x1C)?,
                perf_time: i64_at(bytes, 0x38)?,
                perf_frequency: i64_at(bytes, 0x40)?,
                time_100ns: i64_at(bytes, 0x48)?,
            })
        };
        header().ok_or(broken(8, "PERF_DATA_BLOCK shorter than its header"))
    }

    /// The objects, up to the first damaged one.
    pub fn objects(self) -> impl Iterator<Item = Result<Object<'a>, Malformed>> {
        let mut at = self.first_object;
        let mut left = self.objects;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let parsed = self.object(at);
            match parsed {
                Ok(object) => at += object.bytes.len(),
                Err(_) => left = 0,
            }
            Some(parsed)
        })
    }

    fn object(self, at: usize) -> Result<Object<'a>, Malformed> {
        let broken = |what| Malformed { at, what };
        let rest = self.bytes.get(at..).ok_or(broken("object beyond its block"))?;
        let size = size_at(rest, 0).filter(|s| *s >= OBJECT_HEADER).ok_or(broken("object shorter than its header"))?;
        let bytes = rest.get(..size).ok_or(broken("object that extends beyond its block"))?;
        let parse = || {
            let first_instance = size_at(bytes, 4)?;
            Some(Object {
                bytes,
                first_instance,
                name_index: u32_at(bytes, 0x0C)?,
                definitions: bytes.get(size_at(bytes, 8)?..first_instance)?,
                counters: u32_at(bytes, 0x20)?,
                instances: i32_at(bytes, 0x28)?,
                code_page: u32_at(bytes, 0x2C)?,
                perf_time: i64_at(bytes, 0x30)?,
                perf_frequency: i64_at(bytes, 0x38)?,
            })
        };
        parse().ok_or(broken("object whose definitions lead out of it"))
    }
}

impl<'a> Object<'a> {
    /// The counter definitions, up to the first damaged one.
    pub fn counter_definitions(&self) -> Vec<Definition> {
        let mut found = Vec::new();
        let mut at = 0;
        for _ in 0..self.counters {
            let Some(bytes) = self.definitions.get(at..) else { break };
            let parse = || {
                Some(Definition {
                    name_index: u32_at(bytes, 4)?,
                    kind: CounterType(u32_at(bytes, 0x1C)?),
                    size: size_at(bytes, 0x20)?,
                    offset: size_at(bytes, 0x24)?,
                })
            };
            let Some(size) = size_at(bytes, 0).filter(|s| *s >= DEFINITION) else { break };
            let Some(definition) = parse() else { break };
            found.push(definition);
            at += size;
        }
        found
    }

    /// An instance name as text: UTF-16, or in the object's ANSI code page.
    pub fn text(&self, name: &[u8]) -> String {
        if self.code_page == 0 {
            wide_text(name)
        } else {
            code_page::decode(code_page::encoding(self.code_page), name).into_owned()
        }
    }

    /// Calls `each` for every instance of a sample, in order.
    ///
    /// # Errors
    /// At the first instance that extends beyond the object; earlier ones were passed on.
    pub fn walk_instances(&self, mut each: impl FnMut(Instance<'a>)) -> Result<(), Malformed> {
        let mut at = self.first_instance;
        if self.instances == -1 {
            let values = self.counter_block(at)?;
            each(Instance { parent_object: 0, parent_number: 0, unique_id: -1, name: &[], values });
            return Ok(());
        }
        for _ in 0..self.instances {
            let instance = self.instance(at)?;
            let (instance, next) = instance;
            at = next;
            each(instance);
        }
        Ok(())
    }

    /// The instance at an offset, and the offset after it.
    fn instance(&self, at: usize) -> Result<(Instance<'a>, usize), Malformed> {
        let broken = |what| Malformed { at, what };
        let rest = self.bytes.get(at..).ok_or(broken("instance beyond its object"))?;
        let size = size_at(rest, 0).filter(|s| *s >= INSTANCE).ok_or(broken("instance shorter than its header"))?;
        let bytes = rest.get(..size).ok_or(broken("instance that extends beyond its object"))?;
        let parse = || {
            let name_at = size_at(bytes, 0x10)?;
            let name_len = size_at(bytes, 0x14)?;
            let name = bytes.get(name_at..name_at.checked_add(name_len)?)?;
            Some((u32_at(bytes, 4)?, u32_at(bytes, 8)?, i32_at(bytes, 0x0C)?, name))
        };
        let (parent_object, parent_number, unique_id, name) =
            parse().ok_or(broken("instance with a name that extends beyond it"))?;
        let name = self.without_nul(name);
        let values = self.counter_block(at + size)?;
        let next = at + size + values.len();
        Ok((Instance { parent_object, parent_number, unique_id, name, values }, next))
    }

    fn without_nul(&self, name: &'a [u8]) -> &'a [u8] {
        if self.code_page != 0 {
            return name.split(|b| *b == 0).next().unwrap_or_default();
        }
        let units = name.chunks_exact(2).position(|unit| unit == [0, 0]).unwrap_or(name.len() / 2);
        &name[..units * 2]
    }

    fn counter_block(&self, at: usize) -> Result<&'a [u8], Malformed> {
        let broken = |what| Malformed { at, what };
        let rest = self.bytes.get(at..).ok_or(broken("counter block beyond its object"))?;
        let size = size_at(rest, 0).filter(|s| *s >= 4).ok_or(broken("counter block shorter than its length"))?;
        rest.get(..size).ok_or(broken("counter block that extends beyond its object"))
    }
}
