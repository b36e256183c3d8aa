//! Sample_Part, a class derived from it, and its association with the Sample_Kinds of the same number, which can be followed from both ends.

use crate::{SampleKinds, SamplePaintedPart, SamplePart, SamplePartOfKinds};
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Get, Instance, Query, Result, Sink};

#[derive(Default)]
pub(crate) struct Parts;

impl Enumerate<SamplePart> for Parts {
    /// One instance by each call that makes instances.
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SamplePart>) -> Result<()> {
        let by_name = |id: u32, call| Instance::new(SamplePart::SPEC.name()).with_key("Id", id).with("Text", call);
        out.post(SamplePart { id: Some(1), text: Some("ConstructInstance".to_owned()) })?;
        out.post_by_name(&by_name(2, "NewInstance"))?;
        out.post_dynamic(by_name(3, "NewDynamicInstance"))
    }
}

impl Enumerate<SamplePaintedPart> for Parts {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, SamplePaintedPart>) -> Result<()> {
        let text = Some("ConstructInstance".to_owned());
        out.post(SamplePaintedPart { id: Some(4), text, colour: Some("green".to_owned()) })
    }
}

impl Get<SamplePart> for Parts {
    fn get(&self, key: SamplePart, _query: &Query<'_>) -> Result<SamplePart> {
        Ok(SamplePart { text: key.id.map(|id| format!("part {id}")), ..key })
    }
}

/// The part and the whole with the number that the source has.
fn ends(from: &Traversal) -> Result<(bool, SamplePart, SampleKinds)> {
    let is_part = from.source.class_name().eq_ignore_ascii_case(SamplePart::SPEC.name());
    let id = if is_part {
        SamplePart::from_instance(from.source.clone())?.id
    } else {
        SampleKinds::from_instance(from.source.clone())?.id
    };
    Ok((is_part, SamplePart { id, ..Default::default() }, SampleKinds { id, ..Default::default() }))
}

impl Associate<SamplePartOfKinds> for Parts {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        let (is_part, part, whole) = ends(from)?;
        if is_part { out.post(whole) } else { out.post(part) }
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, SamplePartOfKinds>) -> Result<()> {
        let (_, part, whole) = ends(from)?;
        out.post(SamplePartOfKinds {
            whole: Some(whole.to_reference(query.namespace())?),
            part: Some(part.to_reference(query.namespace())?),
        })
    }
}
