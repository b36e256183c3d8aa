//! The entries of a provider: which one an action needs, and its arguments.

use super::build::OwnedInstance;
use super::declaration::Declarations;
use super::exchange::Input;
use super::filter::Filter;
use super::memory::{bytes, element};
use super::propertyset::PropertySet;
use crate::engine::call::{Action, Call, Traversal};
use omi::{Error, Instance, Result, ResultCode};
use omi_sys::*;
use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::Arc;

/// Calls the entry with the provider's state, a context, and the input that the context's exchange keeps.
pub(super) type Enter = Box<dyn FnOnce(*mut c_void, *mut MI_Context, &Input)>;

/// A call, and the provider that it is for.
pub(super) struct Prepare<'a> {
    pub(super) call: &'a Call,
    /// The declaration of the class; `None` for a dynamic provider.
    pub(super) decl: Option<&'a MI_ClassDecl>,
    pub(super) functions: &'a MI_ProviderFT,
    pub(super) declarations: &'a Arc<Declarations>,
    pub(super) origin: &'a str,
}

impl Prepare<'_> {
    /// Builds the input in the provider's own layout, and what calls the entry with it.
    ///
    /// # Errors
    /// NOT_SUPPORTED without the entry, METHOD_NOT_FOUND and METHOD_NOT_AVAILABLE, and what is wrong with the input.
    pub(super) fn run(&self) -> Result<(Input, Enter)> {
        let mut input = Input::addressed(&self.call.namespace, &self.call.class)?;
        let enter = match &self.call.action {
            Action::Get { key, properties } => self.get(&mut input, key, properties.as_deref())?,
            Action::Enumerate { properties, keys_only, filter } => {
                input.filter = filter.clone().and_then(|select| Filter::new(select, self.declarations.clone()));
                self.enumerate(&mut input, properties.as_deref(), *keys_only)?
            }
            Action::Create { instance } => self.create(&mut input, instance)?,
            Action::Modify { instance, modified } => self.modify(&mut input, instance, modified.as_deref())?,
            Action::Delete { key } => self.delete(&mut input, key)?,
            Action::Invoke { method, target, parameters } => {
                self.invoke(&mut input, method, target.as_ref(), parameters)?
            }
            Action::Associators(traversal) => self.associators(&mut input, traversal)?,
            Action::References(traversal) => self.references(&mut input, traversal)?,
            Action::Subscribe { .. } | Action::Watch { .. } => return Err(self.missing("indications as a call")),
        };
        Ok((input, enter))
    }

    fn missing(&self, operation: &str) -> Error {
        Error::not_supported(format!("{}: the provider does not support {operation}", self.origin))
    }

    fn instance(&self, source: &Instance) -> Result<Option<OwnedInstance>> {
        OwnedInstance::of(source, self.declarations).map(Some)
    }

    // In each closure below the SAFETY is the same: the entry is the provider's, its arguments are what mi.h says for
    // it, and the exchange keeps the input until the handler has returned and the final post has happened.

    fn get(&self, input: &mut Input, key: &Instance, properties: Option<&[String]>) -> Result<Enter> {
        let entry = self.functions.GetInstance.ok_or_else(|| self.missing("Get"))?;
        input.instance = self.instance(key)?;
        input.properties = property_set(properties);
        Ok(Box::new(move |state, context, input| {
            let (instance, properties) = (input.instance(), input.properties());
            // SAFETY: see above.
            unsafe { entry(state, context, input.namespace.as_ptr(), input.class.as_ptr(), instance, properties) };
        }))
    }

    fn enumerate(&self, input: &mut Input, properties: Option<&[String]>, keys_only: bool) -> Result<Enter> {
        let entry = self.functions.EnumerateInstances.ok_or_else(|| self.missing("Enumerate"))?;
        input.properties = property_set(properties);
        Ok(Box::new(move |state, context, input| {
            let (namespace, class) = (input.namespace.as_ptr(), input.class.as_ptr());
            // SAFETY: see above.
            unsafe { entry(state, context, namespace, class, input.properties(), keys_only.into(), input.filter()) };
        }))
    }

    fn create(&self, input: &mut Input, instance: &Instance) -> Result<Enter> {
        let entry = self.functions.CreateInstance.ok_or_else(|| self.missing("Create"))?;
        input.instance = self.instance(instance)?;
        Ok(Box::new(move |state, context, input| {
            // SAFETY: see above.
            unsafe { entry(state, context, input.namespace.as_ptr(), input.class.as_ptr(), input.instance()) };
        }))
    }

    fn modify(&self, input: &mut Input, instance: &Instance, modified: Option<&[String]>) -> Result<Enter> {
        let entry = self.functions.ModifyInstance.ok_or_else(|| self.missing("Modify"))?;
        input.instance = self.instance(instance)?;
        input.properties = property_set(modified);
        Ok(Box::new(move |state, context, input| {
            let (instance, properties) = (input.instance(), input.properties());
            // SAFETY: see above.
            unsafe { entry(state, context, input.namespace.as_ptr(), input.class.as_ptr(), instance, properties) };
        }))
    }

    fn delete(&self, input: &mut Input, key: &Instance) -> Result<Enter> {
        let entry = self.functions.DeleteInstance.ok_or_else(|| self.missing("Delete"))?;
        input.instance = self.instance(key)?;
        Ok(Box::new(move |state, context, input| {
            // SAFETY: see above.
            unsafe { entry(state, context, input.namespace.as_ptr(), input.class.as_ptr(), input.instance()) };
        }))
    }

    fn invoke(
        &self,
        input: &mut Input,
        method: &str,
        target: Option<&Instance>,
        parameters: &Instance,
    ) -> Result<Enter> {
        let (entry, parameters) = match self.decl {
            Some(decl) => self.declared_method(decl, method, parameters)?,
            None => {
                let entry = self.functions.Invoke.ok_or_else(|| self.missing("methods"))?;
                (entry, OwnedInstance::dynamic(parameters)?)
            }
        };
        input.method = text(method)?;
        input.instance = target.map(|target| OwnedInstance::of(target, self.declarations)).transpose()?;
        input.parameters = Some(parameters);
        Ok(Box::new(move |state, context, input| {
            let (namespace, class) = (input.namespace.as_ptr(), input.class.as_ptr());
            let (method, parameters) = (input.method.as_ptr(), input.parameters());
            // SAFETY: see above.
            unsafe { entry(state, context, namespace, class, method, input.instance(), parameters) };
        }))
    }

    fn associators(&self, input: &mut Input, traversal: &Traversal) -> Result<Enter> {
        let entry = self.functions.AssociatorInstances.ok_or_else(|| self.missing("Associators"))?;
        self.traverse(input, traversal)?;
        let keys_only = traversal.keys_only.into();
        Ok(Box::new(move |state, context, input| {
            let (namespace, class) = (input.namespace.as_ptr(), input.class.as_ptr());
            let (result_class, role, result_role) =
                (pointer(&input.result_class), pointer(&input.role), pointer(&input.result_role));
            let (source, properties) = (input.instance(), input.properties());
            // SAFETY: see above. Without a query there is no filter.
            unsafe {
                entry(
                    state,
                    context,
                    namespace,
                    class,
                    source,
                    result_class,
                    role,
                    result_role,
                    properties,
                    keys_only,
                    ptr::null(),
                );
            }
        }))
    }

    fn references(&self, input: &mut Input, traversal: &Traversal) -> Result<Enter> {
        let entry = self.functions.ReferenceInstances.ok_or_else(|| self.missing("References"))?;
        self.traverse(input, traversal)?;
        let keys_only = traversal.keys_only.into();
        Ok(Box::new(move |state, context, input| {
            let (namespace, class) = (input.namespace.as_ptr(), input.class.as_ptr());
            let (source, role, properties) = (input.instance(), pointer(&input.role), input.properties());
            // SAFETY: see above. Without a query there is no filter.
            unsafe { entry(state, context, namespace, class, source, role, properties, keys_only, ptr::null()) };
        }))
    }

    fn traverse(&self, input: &mut Input, traversal: &Traversal) -> Result<()> {
        let optional = |name: &Option<String>| name.as_deref().map(text).transpose();
        input.result_class = optional(&traversal.result_class)?;
        input.role = optional(&traversal.role)?;
        input.result_role = optional(&traversal.result_role)?;
        input.properties = property_set(traversal.properties.as_deref());
        input.instance = Some(OwnedInstance::of_nearest(&traversal.source, &traversal.ancestors, self.declarations)?);
        Ok(())
    }

    /// The function of a method, and its parameters as the method declares them.
    fn declared_method(
        &self,
        decl: &MI_ClassDecl,
        name: &str,
        parameters: &Instance,
    ) -> Result<(Method, OwnedInstance)> {
        let method = find_method(decl, name).ok_or_else(|| {
            Error::new(ResultCode::METHOD_NOT_FOUND, format!("{}: there is no method {name:?}", self.origin))
        })?;
        let function = method.function.ok_or_else(|| {
            let text = format!("{}: the method {name} is declared, but not implemented", self.origin);
            Error::new(ResultCode::METHOD_NOT_AVAILABLE, text)
        })?;
        // SAFETY: a declaration of the library.
        let parameters = unsafe { OwnedInstance::of_method(method, parameters, self.declarations)? };
        Ok((function, parameters))
    }
}

/// The function of a method, or a dynamic provider's for all methods.
type Method = unsafe extern "C" fn(
    *mut c_void,
    *mut MI_Context,
    *const MI_Char,
    *const MI_Char,
    *const MI_Char,
    *const MI_Instance,
    *const MI_Instance,
);

fn find_method<'a>(decl: &'a MI_ClassDecl, name: &str) -> Option<&'a MI_MethodDecl> {
    // SAFETY: a class has as many methods as it says.
    let mut methods = (0..decl.numMethods).filter_map(|index| unsafe { element(decl.methods, index) });
    methods.find(|method| {
        // SAFETY: a method's name is NULL or a C string.
        let declared = unsafe { bytes(method.name) };
        declared.is_some_and(|declared| declared.to_bytes().eq_ignore_ascii_case(name.as_bytes()))
    })
}

impl Input {
    /// The input of a call for a class.
    ///
    /// # Errors
    /// INVALID_PARAMETER when a name contains a NUL character.
    pub(super) fn addressed(namespace: &str, class: &str) -> Result<Self> {
        Ok(Self { namespace: text(namespace)?, class: text(class)?, ..Self::default() })
    }

    /// The names of namespace and class.
    pub(super) fn address(&self) -> (*const MI_Char, *const MI_Char) {
        (self.namespace.as_ptr(), self.class.as_ptr())
    }

    pub(super) fn bookmark(&self) -> *const MI_Char {
        pointer(&self.bookmark)
    }

    fn instance(&self) -> *const MI_Instance {
        self.instance.as_ref().map_or(ptr::null(), OwnedInstance::as_ptr)
    }

    fn parameters(&self) -> *const MI_Instance {
        self.parameters.as_ref().map_or(ptr::null(), OwnedInstance::as_ptr)
    }

    fn properties(&self) -> *const MI_PropertySet {
        self.properties.as_ref().map_or(ptr::null(), |set| set.as_ptr())
    }

    pub(super) fn filter(&self) -> *const MI_Filter {
        self.filter.as_ref().map_or(ptr::null(), |filter| filter.as_ptr())
    }
}

fn pointer(text: &Option<CString>) -> *const MI_Char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

fn property_set(names: Option<&[String]>) -> Option<Box<PropertySet>> {
    names.map(|names| PropertySet::new(names.iter().map(String::as_str)))
}

fn text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::invalid_parameter(format!("{text:?} contains a NUL character")))
}
