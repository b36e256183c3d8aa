//! Associations: from an instance to those that are associated with it, and to the associations themselves.

use crate::{AnySink, Class, Instance, Query, Result, Sink};

/// Where a traversal of associations starts, and which of its ends are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// The instance that it starts from: class and keys. Read it by [`Class::from_instance`].
    pub source: Instance,
    /// The class of the wanted instances, or one that they derive from; `None` for any, and for references.
    pub result_class: Option<String>,
    /// The property of the association that refers to the source; `None` for any.
    pub role: Option<String>,
    /// The property of the association that refers to the wanted instances; `None` for any, and for references.
    pub result_role: Option<String>,
}

impl Traversal {
    /// Whether the source may be the end that the property `end` refers to.
    pub fn starts_at(&self, end: &str) -> bool {
        self.role.as_ref().is_none_or(|role| role.eq_ignore_ascii_case(end))
    }

    /// Whether the wanted instances may be the end that the property `end` refers to.
    pub fn leads_to(&self, end: &str) -> bool {
        self.result_role.as_ref().is_none_or(|role| role.eq_ignore_ascii_case(end))
    }
}

/// Follows the association `A`.
///
/// A host calls it once for each end that the source's class may be, so a provider looks at the class of the source. The
/// classes at the ends must be in the module too, and each of them must have a provider: omiserver refuses the traversal
/// otherwise.
///
/// ```
/// use omi::{AnySink, Associate, Class, Query, Result, Sink};
/// use omi::association::Traversal;
///
/// # use omi::decl::{ClassSpec, PropertySpec};
/// # macro_rules! class {
/// #     ($name:ident, $cim:literal, $key:ident: $kind:ident, $value:ty) => {
/// #         #[derive(Clone, Default)]
/// #         struct $name { $key: Option<$value> }
/// #         impl Class for $name {
/// #             const SPEC: &'static ClassSpec = {
/// #                 static SPEC: ClassSpec = omi::class_spec! {
/// #                     name: $cim, superclass: None, flags: 0, qualifiers: &[],
/// #                     properties: &[PropertySpec { flags: omi::flags::KEY, ..PropertySpec::new(c"Key", omi::Type::$kind) }],
/// #                     methods: &[],
/// #                 };
/// #                 &SPEC
/// #             };
/// #             fn store(&self, fields: &mut omi::Fields<'_>) { fields.put(0, &self.$key); }
/// #             fn load(instance: &mut omi::Instance) -> Result<Self> { Ok(Self { $key: instance.take("Key")? }) }
/// #         }
/// #     };
/// # }
/// # class!(Disk, c"Sample_Disk", id: String, String);
/// # class!(Partition, c"Sample_Partition", id: String, String);
/// # class!(PartitionOnDisk, c"Sample_PartitionOnDisk", dependent: Reference, omi::Instance);
/// struct Disks {
///     /// The partitions, each with the name of its disk.
///     partitions: Vec<(String, Partition)>,
/// }
///
/// impl Associate<PartitionOnDisk> for Disks {
///     fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
///         let disk = Disk::from_instance(from.source.clone())?;
///         for (_, partition) in self.partitions.iter().filter(|(on, _)| Some(on) == disk.id.as_ref()) {
///             out.post(partition.clone())?;
///         }
///         Ok(())
///     }
///
///     fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, PartitionOnDisk>) -> Result<()> {
///         let disk = Disk::from_instance(from.source.clone())?;
///         for (_, partition) in self.partitions.iter().filter(|(on, _)| Some(on) == disk.id.as_ref()) {
///             let dependent = partition.to_reference(query.namespace())?;
///             out.post(PartitionOnDisk { dependent: Some(dependent), ..Default::default() })?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Associate<A: Class>: Send + Sync + 'static {
    /// Posts the instances at the other end of the associations of `from.source`.
    ///
    /// # Errors
    /// As [`Enumerate::enumerate`](crate::Enumerate::enumerate).
    fn associators(&self, from: &Traversal, query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()>;

    /// Posts the associations that refer to `from.source`. [`Class::to_reference`] makes their ends.
    ///
    /// # Errors
    /// As [`Enumerate::enumerate`](crate::Enumerate::enumerate).
    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, A>) -> Result<()>;
}
