//! Associators and references.

use crate::schema::{
    Element, NO_ENTRIES, Once, class, class_with_flags, delete, module, new_instance, post_instance, post_result,
    reference, set, set_text,
};
use crate::{NAMESPACE, host, request, run};
use omi::{Instance, ResultCode, Value};
use omi_host::Host;
use omi_host::operation::Operation;
use omi_sys::*;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

static TEAM: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static PERSON: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());
static MEMBER: AtomicPtr<MI_ClassDecl> = AtomicPtr::new(ptr::null_mut());

/// T_Member and T_Leader associate teams with people; T_Mute says that it cannot; T_Other knows no teams.
unsafe extern "C" fn main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(declare)
}

fn declare() -> MI_Module {
    let named = || [Element(c"Name", MI_STRING, MI_FLAG_KEY), Element(c"Size", MI_UINT32, 0)];
    let group = class(c"T_Group", None, &named(), vec![], Some(NO_ENTRIES));
    let team = class(c"T_Team", Some(group), &named(), vec![], Some(NO_ENTRIES));
    let person = class(c"T_Person", None, &named(), vec![], Some(NO_ENTRIES));
    let nurse = class(c"T_Nurse", Some(person), &named(), vec![], Some(NO_ENTRIES));
    let association = |name, from, to, functions| {
        let ends = [(c"Group", from), (c"Member", to)];
        let elements = ends.map(|(end, _)| Element(end, MI_REFERENCE, MI_FLAG_KEY | MI_FLAG_REFERENCE));
        let decl = class_with_flags(name, MI_FLAG_ASSOCIATION, None, &elements, functions);
        ends.into_iter().enumerate().for_each(|(index, (_, class))| reference(decl, index, class));
        decl
    };
    let functions =
        MI_ProviderFT { AssociatorInstances: Some(associators), ReferenceInstances: Some(references), ..NO_ENTRIES };
    let member = association(c"T_Member", c"T_Group", c"T_Person", Some(functions));
    let leader = association(c"T_Leader", c"T_Team", c"T_Person", Some(functions));
    let mute = association(c"T_Mute", c"T_Group", c"T_Person", Some(NO_ENTRIES));
    let other = association(c"T_Other", c"T_Person", c"T_Person", Some(functions));
    TEAM.store(team.cast_mut(), Ordering::Release);
    PERSON.store(person.cast_mut(), Ordering::Release);
    MEMBER.store(member.cast_mut(), Ordering::Release);
    module(vec![group, team, person, nurse, member, leader, mute, other])
}

/// Which association classes were asked, from where, and for what. The tests that look at it take turns.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TURN: Mutex<()> = Mutex::new(());

unsafe fn text(text: *const MI_Char) -> String {
    if text.is_null() { "-".into() } else { unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned() }
}

unsafe fn source_text(source: *const MI_Instance) -> String {
    unsafe {
        let mut value = MI_Value { uint8: 0 };
        let get = (*(*source).ft).GetElement.unwrap();
        let nothing = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        assert_eq!(get(source, c"Name".as_ptr(), &mut value, nothing.0, nothing.1, nothing.2), MI_RESULT_OK);
        format!("{}={}", text((*(*source).classDecl).name), text(value.string))
    }
}

unsafe extern "C" fn associators(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
    source: *const MI_Instance,
    result_class: *const MI_Char,
    role: *const MI_Char,
    result_role: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    unsafe {
        assert!(filter.is_null());
        let asked = [text(class), source_text(source), text(result_class), text(role), text(result_role)];
        ASKED.lock().unwrap().push(asked.join(" "));
        for (decl, name) in [(&PERSON, c"ann"), (&PERSON, c"bob"), (&TEAM, c"a wrong class")] {
            let instance = new_instance(context, decl.load(Ordering::Acquire));
            set_text(instance, c"Name", name);
            assert_eq!(post_instance(context, instance), MI_RESULT_OK);
            delete(instance);
        }
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

unsafe extern "C" fn references(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    class: *const MI_Char,
    source: *const MI_Instance,
    role: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        ASKED.lock().unwrap().push([text(class), source_text(source), text(role)].join(" "));
        let person = new_instance(context, PERSON.load(Ordering::Acquire));
        let association = new_instance(context, MEMBER.load(Ordering::Acquire));
        set_text(person, c"Name", c"ann");
        set(association, c"Group", MI_Value { reference: source.cast_mut() }, MI_REFERENCE);
        set(association, c"Member", MI_Value { reference: person }, MI_REFERENCE);
        // Said twice; the client hears it once.
        assert_eq!(post_instance(context, association), MI_RESULT_OK);
        assert_eq!(post_instance(context, association), MI_RESULT_OK);
        delete(association);
        delete(person);
        assert_eq!(post_result(context, MI_RESULT_OK), MI_RESULT_OK);
    }
}

fn team() -> Instance {
    Instance::new("T_Team").with_key("Name", "red")
}

struct Wanted {
    association: Option<&'static str>,
    result_class: Option<&'static str>,
    role: Option<&'static str>,
    result_role: Option<&'static str>,
}

const ALL: Wanted = Wanted { association: None, result_class: None, role: None, result_role: None };

fn associated(wanted: Wanted) -> Operation {
    let Wanted { association, result_class, role, result_role } = wanted;
    Operation::Associators {
        source: team(),
        association: association.map(Into::into),
        result_class: result_class.map(Into::into),
        role: role.map(Into::into),
        result_role: result_role.map(Into::into),
        properties: None,
        keys_only: false,
    }
}

fn names(instances: &[Instance]) -> Vec<&str> {
    instances.iter().map(|it| it.text("Name").unwrap()).collect()
}

fn asked() -> Vec<String> {
    std::mem::take(&mut *ASKED.lock().unwrap())
}

#[test]
fn each_association_class_is_asked_once_and_results_come_once() {
    let _turn = TURN.lock();
    let host = host(main);
    let people = run(&host, associated(ALL)).unwrap();
    assert_eq!(names(&people), ["ann", "bob", "a wrong class"]);
    assert_eq!(asked(), ["T_Member T_Team=red - - -", "T_Leader T_Team=red - - -"]);
}

#[test]
fn roles_and_classes_narrow_the_search() {
    let _turn = TURN.lock();
    let host = host(main);
    let wanted = Wanted { association: Some("T_Leader"), result_class: Some("T_Person"), ..ALL };
    assert_eq!(names(&run(&host, associated(wanted)).unwrap()), ["ann", "bob"]);
    assert_eq!(asked(), ["T_Leader T_Team=red T_Person - -"]);

    let wanted = Wanted { role: Some("group"), result_role: Some("MEMBER"), ..ALL };
    assert_eq!(run(&host, associated(wanted)).unwrap().len(), 3);
    assert_eq!(asked().len(), 2);
    let wanted = Wanted { role: Some("Member"), ..ALL };
    assert_eq!(run(&host, associated(wanted)).unwrap(), [], "a team is no member");
    let wanted = Wanted { result_class: Some("T_Nurse"), ..ALL };
    assert_eq!(run(&host, associated(wanted)).unwrap(), []);
    asked();
}

#[test]
fn a_provider_without_the_entry_has_no_results() {
    let wanted = Wanted { association: Some("T_Mute"), ..ALL };
    assert_eq!(run(&host(main), associated(wanted)).unwrap(), []);
}

#[test]
fn what_does_not_exist_is_named() {
    let host = host(main);
    let wanted = Wanted { association: Some("T_Membr"), ..ALL };
    let error = run(&host, associated(wanted)).unwrap_err();
    assert_eq!(error.code(), ResultCode::INVALID_CLASS);
    assert!(error.message().contains("did you mean \"T_Member\"?"), "{error}");
    let wanted = Wanted { result_class: Some("T_Nobody"), ..ALL };
    assert_eq!(run(&host, associated(wanted)).unwrap_err().code(), ResultCode::INVALID_CLASS);
}

#[test]
fn references_are_the_associations_themselves() {
    let _turn = TURN.lock();
    let references = Operation::References {
        source: team(),
        association: Some("T_Member".into()),
        role: Some("Group".into()),
        properties: None,
        keys_only: false,
    };
    let found = run(&host(main), references).unwrap();
    assert_eq!(asked(), ["T_Member T_Team=red Group"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].class_name(), "T_Member");
    let Some(Value::Reference(group)) = found[0].get("Group") else { panic!("{found:?}") };
    assert_eq!((group.class_name(), group.text("Name")), ("T_Team", Some("red")));
}

/// A library that declares only an ancestor of the source's class.
unsafe extern "C" fn partial_main(_server: *mut MI_Server) -> *mut MI_Module {
    static MODULE: Once = Once::new();
    MODULE.get(|| {
        let named = [Element(c"Name", MI_STRING, MI_FLAG_KEY)];
        let group = class(c"T_Group", None, &named, vec![], None);
        let person = class(c"T_Person", None, &named, vec![], None);
        let elements = [c"Group", c"Member"].map(|end| Element(end, MI_REFERENCE, MI_FLAG_KEY | MI_FLAG_REFERENCE));
        let functions = MI_ProviderFT { AssociatorInstances: Some(ask_only), ..NO_ENTRIES };
        let decl = class_with_flags(c"T_Partial", MI_FLAG_ASSOCIATION, None, &elements, Some(functions));
        reference(decl, 0, c"T_Group");
        reference(decl, 1, c"T_Person");
        module(vec![group, person, decl])
    })
}

static PARTIALLY_ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

unsafe extern "C" fn ask_only(
    _self: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class: *const MI_Char,
    source: *const MI_Instance,
    _result_class: *const MI_Char,
    _role: *const MI_Char,
    _result_role: *const MI_Char,
    _properties: *const MI_PropertySet,
    _keys_only: MI_Boolean,
    _filter: *const MI_Filter,
) {
    unsafe {
        PARTIALLY_ASKED.lock().unwrap().push(source_text(source));
        assert_eq!(post_result(context, MI_RESULT_NOT_SUPPORTED), MI_RESULT_OK);
    }
}

#[test]
fn a_source_comes_as_the_nearest_class_that_the_library_declares() {
    let host = Host::builder()
        .linked("test", main, &[NAMESPACE])
        .linked("partial", partial_main, &[NAMESPACE])
        .build()
        .unwrap();
    let wanted = Wanted { association: Some("T_Partial"), ..ALL };
    let found = host.submit(request(associated(wanted))).unwrap().collect().unwrap();
    assert_eq!(found, [], "NOT_SUPPORTED means none, as in OMI");
    assert_eq!(*PARTIALLY_ASKED.lock().unwrap(), ["T_Group=red"]);
}

#[test]
fn a_registration_names_the_ends_so_that_only_the_right_libraries_load() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etc/omiregister/root-test");
    std::fs::create_dir_all(&folder).unwrap();
    let near = "LIBRARY=near\nCLASS=T_Near{T_Group,T_Person}\n";
    let far = "LIBRARY=far\nCLASS=T_Far{T_Person,T_Person}\n";
    std::fs::write(folder.join("near.reg"), near).unwrap();
    std::fs::write(folder.join("far.reg"), far).unwrap();
    let host = Host::builder()
        .linked("test", main, &[NAMESPACE])
        .register_dir(&root.path().join("etc/omiregister"))
        .build()
        .unwrap();
    // Neither library exists, so the one that is loaded is the one that is missed.
    let error = run(&host, associated(ALL)).unwrap_err();
    assert!(error.message().contains("libnear.so"), "{error}");
}
