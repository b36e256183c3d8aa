//! What the associations have in common: from the pairs that one consists of to what a traversal asks for.

use crate::schema;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Property, Query, Result, Sink};

/// What takes the pairs of an association, one by one. Its error ends the giving.
pub(crate) type Take<'a> = dyn FnMut([Instance; 2]) -> Result<()> + 'a;

/// The pairs of instances that an association consists of.
pub(crate) trait Pairs {
    /// The properties that refer to the two ends, in the order of the pairs.
    const ENDS: [&'static str; 2];

    /// Gives the pairs as they are now, each end with all its properties, and none waits for the last. Those that
    /// `source` is no part of may be left out.
    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()>;
}

/// An association of which there is nothing to say but which two instances it joins.
pub(crate) trait Plain: Pairs + Send + Sync + 'static {
    /// The class of the association.
    type Class: Class;

    /// The association of two references.
    fn instance(ends: [Instance; 2]) -> Self::Class;
}

/// Serves a plain association.
#[derive(Default)]
pub(crate) struct Association<P>(P);

impl<P: Plain> Associate<P::Class> for Association<P> {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        associators(&self.0, from, out)
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, P::Class>) -> Result<()> {
        references(&self.0, from, query.namespace(), &mut |ends| out.post(P::instance(ends)))
    }
}

impl<P: Plain> Enumerate<P::Class> for Association<P> {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, P::Class>) -> Result<()> {
        all(&self.0, query.namespace(), &mut |ends| out.post(P::instance(ends)))
    }
}

/// Posts what is at the other end of the associations of the source.
pub(crate) fn associators(association: &impl Pairs, from: &Traversal, out: &mut AnySink<'_>) -> Result<()> {
    found(association, from, &mut |[first, second], near| {
        let far = if near == 0 { second } else { first };
        if is_wanted(&far, from.result_class.as_deref()) { out.post_dynamic(far) } else { Ok(()) }
    })
}

/// Gives the references to both ends of each association of the source.
pub(crate) fn references(
    association: &impl Pairs,
    from: &Traversal,
    namespace: &str,
    take: &mut Take<'_>,
) -> Result<()> {
    found(association, from, &mut |ends, _| take(ends.map(|end| reference(end, namespace))))
}

/// Gives the references to both ends of all associations.
pub(crate) fn all(association: &impl Pairs, namespace: &str, take: &mut Take<'_>) -> Result<()> {
    association.each(None, &mut |ends| take(ends.map(|end| reference(end, namespace))))
}

/// Gives the pairs that the traversal is about, each with the place of the source in it.
fn found<P: Pairs>(
    association: &P,
    from: &Traversal,
    take: &mut dyn FnMut([Instance; 2], usize) -> Result<()>,
) -> Result<()> {
    association.each(Some(&from.source), &mut |pair| {
        let is_near = |near: usize| {
            is(&from.source, &pair[near]) && from.starts_at(P::ENDS[near]) && from.leads_to(P::ENDS[1 - near])
        };
        match (0..2).find(|near| is_near(*near)) {
            Some(near) => take(pair, near),
            None => Ok(()),
        }
    })
}

/// Whether the keys of `source` can be those of `instance`: a key that the client left out can.
pub(crate) fn is(source: &Instance, instance: &Instance) -> bool {
    let same = |key: &Property| source.get(&key.name).is_none_or(|value| Some(value) == key.value.as_ref());
    source.class_name().eq_ignore_ascii_case(instance.class_name())
        && instance.properties().iter().filter(|property| property.is_key()).all(same)
}

/// Whether the instance is of this class or one that derives from it.
fn is_wanted(instance: &Instance, class: Option<&str>) -> bool {
    let Some(class) = class else { return true };
    let own = schema::CLASSES.iter().find(|spec| spec.name().eq_ignore_ascii_case(instance.class_name()));
    own.is_some_and(|spec| spec.is_a(class))
}

/// Class and keys.
fn reference(mut instance: Instance, namespace: &str) -> Instance {
    instance.retain(Property::is_key);
    instance.set_namespace(Some(namespace.into()));
    instance
}

/// All pairs, for tests.
#[cfg(test)]
pub(crate) fn pairs(association: &impl Pairs, source: Option<&Instance>) -> Result<Vec<[Instance; 2]>> {
    let mut pairs = Vec::new();
    association.each(source, &mut |pair| {
        pairs.push(pair);
        Ok(())
    })?;
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str) -> Instance {
        Instance::new("Linux_EthernetPort")
            .with_key("SystemName", "server")
            .with_key("DeviceID", name)
            .with("Speed", 1_u64)
    }

    /// An association without end.
    struct Endless;

    impl Pairs for Endless {
        const ENDS: [&'static str; 2] = ["Antecedent", "Dependent"];

        fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
            loop {
                take([port("eth0"), port("eth1")])?;
            }
        }
    }

    #[test]
    fn each_pair_is_given_before_the_next_is_made() {
        let mut count = 0;
        let given = all(&Endless, "root/cimv2", &mut |_| {
            count += 1;
            if count < 3 { Ok(()) } else { Err(omi::Error::failed("the client has gone")) }
        });
        assert_eq!((given.unwrap_err().message(), count), ("the client has gone", 3));
    }

    #[test]
    fn a_source_is_known_by_the_keys_that_it_has() {
        assert!(is(&Instance::new("linux_ethernetport").with_key("DeviceID", "eth0"), &port("eth0")));
        assert!(!is(&port("eth1"), &port("eth0")));
        assert!(!is(&Instance::new("Linux_NetworkPort").with_key("DeviceID", "eth0"), &port("eth0")));
    }

    #[test]
    fn an_instance_is_of_the_classes_that_its_class_derives_from() {
        for (class, wanted) in [
            (None, true),
            (Some("cim_networkport"), true),
            (Some("Linux_EthernetPort"), true),
            (Some("CIM_Process"), false),
        ] {
            assert_eq!(is_wanted(&port("eth0"), class), wanted, "{class:?}");
        }
    }

    #[test]
    fn a_reference_has_the_keys_alone() {
        let reference = reference(port("eth0"), "root/cimv2");
        assert_eq!((reference.properties().len(), reference.namespace()), (2, Some("root/cimv2")));
    }
}
