//! Whole-object records (kind 05): one `PERF_DATA_BLOCK` per sample.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bytes::{Malformed, i64_at, u32_at};
use super::catalog::Entry;
use super::columns::{Columns, Slot};
use super::instances::{Instances, displayed};
use super::names::NameTables;
use super::perflib::{DataBlock, Definition, Instance, Object};
use crate::base::time::TICKS_PER_SECOND;
use crate::counters::known::{CounterId, Name};
use crate::counters::types::{Formula, SecondValue};
use crate::counters::{CounterPath, CounterType, Raw};
use crate::log::select::Selection;
use crate::log::sink::Column;

/// Reads the object of one catalog entry in all samples.
pub struct ObjectReader {
    machine: Arc<str>,
    object: Arc<str>,
    catalog_place: u32,
    /// Bytes of the definitions that `wanted` was created from.
    definitions: Vec<u8>,
    wanted: Vec<Wanted>,
    displayed: usize,
    instances: Instances,
    /// By slot: the instance as displayed; `None` if the object has no instances.
    texts: Vec<Option<Arc<str>>>,
    /// By slot and wanted counter, row by row.
    columns: Vec<Slot>,
    /// Columns by slot, counter and type, after the definitions have changed.
    remembered: HashMap<(usize, Arc<str>, CounterType), Slot>,
}

/// A counter to decode.
struct Wanted {
    counter: Arc<str>,
    place: u32,
    kind: CounterType,
    id: Option<CounterId>,
    value: ValueAt,
    /// Whether the raw value is displayed unchanged.
    is_level: bool,
    second: SecondValue,
    base: Option<ValueAt>,
    time_base: i64,
}

/// Position of a number in a counter block.
#[derive(Clone, Copy)]
struct ValueAt {
    offset: usize,
    wide: bool,
}

impl ValueAt {
    fn of(definition: &Definition) -> Option<Self> {
        matches!(definition.size, 4 | 8).then_some(Self { offset: definition.offset, wide: definition.size == 8 })
    }

    fn read(self, block: &[u8]) -> Option<i64> {
        if self.wide { i64_at(block, self.offset) } else { u32_at(block, self.offset).map(i64::from) }
    }
}

impl ObjectReader {
    /// Creates a reader for a catalog entry.
    pub fn new(entry: &Entry, catalog_place: u32) -> Self {
        Self {
            machine: Arc::from(&*entry.machine),
            object: Arc::from(&*entry.object),
            catalog_place,
            definitions: Vec::new(),
            wanted: Vec::new(),
            displayed: 0,
            instances: Instances::default(),
            texts: Vec::new(),
            columns: Vec::new(),
            remembered: HashMap::new(),
        }
    }

    /// Number of expanded counter paths so far.
    pub fn counters(&self) -> u64 {
        self.displayed as u64 * self.instances.len() as u64
    }

    /// Decodes the block of one sample.
    ///
    /// # Errors
    /// If the block is damaged; everything before the damage was decoded.
    pub fn read(
        &mut self,
        block: &[u8],
        names: &NameTables,
        selection: Selection<'_>,
        out: &mut Columns<'_>,
    ) -> Result<(), Malformed> {
        let block = DataBlock::parse(block)?;
        let Some(object) = self.find(block, names)? else { return Ok(()) };
        let clocks = Clocks { block, object };
        if object.definitions != self.definitions {
            self.plan(&clocks, names, selection, out);
        }
        let mut namer = Namer { block, object, parents: HashMap::new(), name: Vec::new() };
        self.instances.begin();
        object.walk_instances(|instance| {
            let name = namer.name(&instance);
            let (slot, new) = self.instances.next(name);
            if let Some(k) = new {
                let text = (!name.is_empty()).then(|| Arc::from(displayed(&object.text(name), k)));
                self.add_slot(text, selection, out);
            }
            self.values(slot, &instance, &clocks, out);
        })
    }

    /// The object with the catalog's name; the block may also contain the parents of its instances.
    fn find<'a>(&self, block: DataBlock<'a>, names: &NameTables) -> Result<Option<Object<'a>>, Malformed> {
        let mut only = None;
        let mut count = 0;
        for object in block.objects() {
            let object = object?;
            if names.get(&self.machine, object.name_index).is_some_and(|n| n.eq_ignore_ascii_case(&self.object)) {
                return Ok(Some(object));
            }
            only = Some(object);
            count += 1;
        }
        // Without a name table, the only object is the right one.
        Ok(only.filter(|_| count == 1))
    }

    /// Selects the counters to decode from the object's definitions. If these change within the log, counters with the
    /// same name and type keep their columns.
    fn plan(&mut self, clocks: &Clocks<'_>, names: &NameTables, selection: Selection<'_>, out: &mut Columns<'_>) {
        let object = &clocks.object;
        let definitions = object.counter_definitions();
        self.definitions = object.definitions.to_vec();
        self.displayed = definitions.iter().filter(|d| d.kind.is_displayed()).count();
        let mut wanted = Vec::new();
        let mut seen = HashSet::new();
        for (place, definition) in definitions.iter().enumerate() {
            let Some(value) = ValueAt::of(definition).filter(|_| definition.kind.is_displayed()) else { continue };
            let own = names.get(&self.machine, definition.name_index);
            let text = own.map_or_else(|| definition.name_index.to_string(), str::to_owned);
            let object_name = Name { text: &self.object, index: Some(object.name_index) };
            let counter_name = Name { text: &text, index: Some(definition.name_index) };
            let (is_wanted, id) = selection.wants(&self.machine, object_name, counter_name);
            // A counter that is defined twice would put two values into one column.
            let is_new = seen.insert((definition.name_index, definition.kind));
            if is_wanted && is_new {
                let base = definitions.get(place + 1).filter(|d| d.kind.is_base()).and_then(ValueAt::of);
                wanted.push(Wanted {
                    counter: Arc::from(text),
                    place: u32::try_from(place).unwrap_or(u32::MAX),
                    kind: definition.kind,
                    id,
                    value,
                    is_level: definition.kind.formula() == Formula::Value,
                    second: definition.kind.second_value(),
                    base,
                    time_base: clocks.time_base(definition.kind.second_value()),
                });
            }
        }
        let ids: HashSet<CounterId> = wanted.iter().filter_map(|w| w.id).collect();
        wanted.retain(|w| selection.needs(w.id, |better| ids.contains(&better)));
        let before = std::mem::replace(&mut self.wanted, wanted);
        let mut old = std::mem::take(&mut self.columns).into_iter();
        for slot in 0..self.texts.len() {
            for (counter, column) in before.iter().zip(old.by_ref()) {
                self.remembered.insert((slot, counter.counter.clone(), counter.kind), column);
            }
            for wanted in &self.wanted {
                let same = self.remembered.get(&(slot, wanted.counter.clone(), wanted.kind)).copied();
                let column = same.unwrap_or_else(|| self.add_column(slot, wanted, selection, out));
                self.columns.push(column);
            }
        }
    }

    fn add_slot(&mut self, text: Option<Arc<str>>, selection: Selection<'_>, out: &mut Columns<'_>) {
        self.texts.push(text);
        for place in 0..self.wanted.len() {
            let column = self.add_column(self.texts.len() - 1, &self.wanted[place], selection, out);
            self.columns.push(column);
        }
    }

    fn add_column(&self, slot: usize, wanted: &Wanted, selection: Selection<'_>, out: &mut Columns<'_>) -> Slot {
        let path = CounterPath {
            machine: (!self.machine.is_empty()).then(|| self.machine.clone()),
            object: self.object.clone(),
            instance: self.texts[slot].clone(),
            counter: wanted.counter.clone(),
        };
        if !selection.wants_instance(&path) {
            return Slot::UNWANTED;
        }
        out.add(&Column {
            path,
            kind: Some(wanted.kind),
            time_base: wanted.time_base,
            id: wanted.id,
            order: (self.catalog_place, wanted.place),
        })
    }

    fn values(&self, slot: usize, instance: &Instance<'_>, clocks: &Clocks<'_>, out: &mut Columns<'_>) {
        if !out.wants_values() {
            return;
        }
        let row = &self.columns[slot * self.wanted.len()..];
        for (wanted, &column) in self.wanted.iter().zip(row) {
            let Some(value) = wanted.value.read(instance.values) else { continue };
            if wanted.is_level {
                out.level(column, value);
                continue;
            }
            let base = wanted.base.and_then(|base| base.read(instance.values));
            let second = clocks.second(wanted, base);
            let time_base = clocks.time_base(wanted.second);
            let multi = if wanted.kind.is_multi() { base.unwrap_or(1) } else { 1 };
            let raw = Raw { first: value, second, multi: u32::try_from(multi).unwrap_or(1) };
            out.value(column, wanted.kind, time_base, raw);
        }
    }
}

struct Clocks<'a> {
    block: DataBlock<'a>,
    object: Object<'a>,
}

impl Clocks<'_> {
    /// The second raw value of a counter.
    fn second(&self, wanted: &Wanted, base: Option<i64>) -> i64 {
        match wanted.second {
            SecondValue::None => 0,
            SecondValue::Base => base.unwrap_or(0),
            SecondValue::Time100ns => self.block.time_100ns,
            SecondValue::ObjectTime => self.object.perf_time,
            SecondValue::PerfTime => self.block.perf_time,
        }
    }

    /// The time base of a second raw value.
    fn time_base(&self, second: SecondValue) -> i64 {
        match second {
            SecondValue::None => 0,
            // Of the types with a base, only the average timer uses the time base, in ticks of the performance counter.
            SecondValue::Base | SecondValue::PerfTime => self.block.perf_frequency,
            SecondValue::Time100ns => TICKS_PER_SECOND,
            SecondValue::ObjectTime => self.object.perf_frequency,
        }
    }
}

/// Creates the displayed names of instances, without numbers.
struct Namer<'a> {
    block: DataBlock<'a>,
    object: Object<'a>,
    /// Names of an object's instances in order, by its Perflib index.
    parents: HashMap<u32, Vec<Vec<u8>>>,
    name: Vec<u8>,
}

impl<'a> Namer<'a> {
    /// `parent/name`, or the unique id in decimal if there is no name; in the object's code page.
    fn name<'n>(&'n mut self, instance: &Instance<'a>) -> &'n [u8]
    where
        'a: 'n,
    {
        if instance.parent_object == 0 && (instance.unique_id == -1 || !instance.name.is_empty()) {
            return instance.name;
        }
        self.name.clear();
        if instance.parent_object != 0 {
            let siblings = self.parents.entry(instance.parent_object).or_insert_with(|| {
                let parents =
                    self.block.objects().map_while(Result::ok).find(|o| o.name_index == instance.parent_object);
                let mut names = Vec::new();
                if let Some(parents) = parents {
                    // A damaged parent object ends the list; its own reader reports the damage.
                    let _ = parents.walk_instances(|parent| names.push(parent.name.to_vec()));
                }
                names
            });
            let number = usize::try_from(instance.parent_number).unwrap_or(usize::MAX);
            match siblings.get(number) {
                // Each child repeats it, so limit it to the length of valid names.
                Some(parent) => self.name.extend_from_slice(&parent[..parent.len().min(LONGEST_PARENT)]),
                None => push_ascii(&mut self.name, &instance.parent_number.to_string(), self.object.code_page),
            }
            push_ascii(&mut self.name, "/", self.object.code_page);
        }
        if instance.name.is_empty() && instance.unique_id != -1 {
            push_ascii(&mut self.name, &instance.unique_id.to_string(), self.object.code_page);
        } else {
            self.name.extend_from_slice(instance.name);
        }
        &self.name
    }
}

/// Maximum length of a parent's name in its children, bytes. PDH supports names of up to 1,024 characters; Windows uses
/// at most 260.
const LONGEST_PARENT: usize = 1024;

fn push_ascii(name: &mut Vec<u8>, text: &str, code_page: u32) {
    for byte in text.bytes() {
        name.push(byte);
        if code_page == 0 {
            name.push(0);
        }
    }
}
