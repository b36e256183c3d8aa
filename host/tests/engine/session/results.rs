//! Synchronous operations: the worker pulls results, classes and errors.

use super::callbacks::{instance_callback, log};
use super::things::*;
use super::*;
use std::sync::atomic::Ordering;

pub(super) unsafe fn synchronous_results(asker: &Asker) -> String {
    unsafe {
        let input = dynamic(asker.context, c"Double");
        add_number(input, c"Number", 21);
        let invoked = asker.invoke(c"Double", input, ptr::null_mut());
        delete(input);
        let mut operation = MI_OPERATION_NULL;
        asker.ft().TestConnection.unwrap()(asker.session(), 0, ptr::null_mut(), &mut operation);
        [
            all(asker.enumerate(c"T_Base", 0, ptr::null_mut()), name),
            all(asker.get(2), name),
            all(asker.query(c"WQL", c"SELECT * FROM T_Thing WHERE Id > 1"), name),
            all(invoked, |result| number(result, c"Result").to_string()),
            all(operation, name),
        ]
        .join("\n")
    }
}

#[test]
fn a_worker_pulls_the_results_of_all_kinds_of_operations() {
    let expected = ["one; two; three; 0 NULL", "two; 0 NULL", "two; three; 0 NULL", "42; 0 NULL", "0 NULL"];
    assert_eq!(report("synchronous_results"), expected.join("\n"));
}

pub(super) unsafe fn set_to_null(asker: &Asker) -> String {
    unsafe {
        let mut operation = MI_OPERATION_NULL;
        let (key, modify) = (asker.key(1), asker.ft().ModifyInstance.unwrap());
        let add = (*(*key).ft).AddElement.unwrap();
        assert_eq!(add(key, c"Name".as_ptr(), ptr::null(), MI_STRING, 0), MI_RESULT_OK);
        let (namespace, options, callbacks) = (NAMESPACE_C.as_ptr(), ptr::null_mut(), ptr::null_mut());
        modify(asker.session(), 0, options, namespace, key, callbacks, &mut operation);
        delete(key);
        all(operation, name)
    }
}

#[test]
fn a_null_element_of_a_dynamic_instance_sets_the_property_to_null() {
    assert_eq!(report("set_to_null"), "to NULL; 0 NULL");
}

pub(super) unsafe fn errors(asker: &Asker) -> String {
    unsafe {
        let mut missing = asker.get(5);
        let got = next(&mut missing);
        let details = format!("{} {}", number(got.details, c"CIMStatusCode"), text(got.details, c"Message"));
        assert_eq!((got.instance, got.more, got.result), (ptr::null(), false, MI_RESULT_NOT_FOUND));
        assert_eq!(close(&mut missing), MI_RESULT_OK);
        [
            details,
            all(asker.enumerate(c"T_Thingy", 0, ptr::null_mut()), name),
            all(asker.query(c"CQL", c"SELECT * FROM T_Thing"), name),
            all(asker.query(c"WQL", c"SELECT * FROM T_Thing WHERE"), name).split(' ').next().unwrap().to_owned(),
        ]
        .join("\n")
    }
}

#[test]
fn errors_come_with_their_text_and_details() {
    let report = report("errors");
    let lines: Vec<_> = report.lines().collect();
    assert_eq!(lines[0], "6 there is no such thing");
    assert_eq!(lines[1], "5 there is no class \"T_Thingy\" in root/test (did you mean \"T_Thing\"?)");
    assert_eq!(lines[2], "14 the query dialect \"CQL\" is not known; use WQL");
    assert_eq!(lines[3], "15");
}

pub(super) unsafe fn describe(class: *const MI_Class) -> String {
    unsafe {
        let functions = &*(*class).ft;
        let (mut name, mut space, mut parent) = (ptr::null(), ptr::null(), ptr::null());
        let (mut elements, mut methods) = (9, 9);
        assert_eq!(functions.GetClassName.unwrap()(class, &mut name), MI_RESULT_OK);
        assert_eq!(functions.GetNameSpace.unwrap()(class, &mut space), MI_RESULT_OK);
        assert_eq!(functions.GetElementCount.unwrap()(class, &mut elements), MI_RESULT_OK);
        assert_eq!(functions.GetMethodCount.unwrap()(class, &mut methods), MI_RESULT_OK);
        let parent = match functions.GetParentClassName.unwrap()(class, &mut parent) {
            MI_RESULT_OK => c_string(parent),
            code => code.0.to_string(),
        };
        format!("{} in {}: {elements} {methods} {parent}", c_string(name), c_string(space))
    }
}

pub(super) unsafe fn next_class(operation: &mut MI_Operation) -> (*const MI_Class, bool, MI_Result) {
    let (mut class, mut more, mut result) = (ptr::null(), 9, MI_RESULT_FAILED);
    let none = ptr::null_mut();
    unsafe {
        let get = (*operation.ft).GetClass.unwrap();
        assert_eq!(get(operation, &mut class, &mut more, &mut result, none, ptr::null_mut()), MI_RESULT_OK);
    }
    (class, more == MI_TRUE, result)
}

pub(super) unsafe fn classes(asker: &Asker) -> String {
    unsafe {
        let mut shown = Vec::new();
        let mut operation = MI_OPERATION_NULL;
        let (namespace, none) = (NAMESPACE_C.as_ptr(), ptr::null_mut());
        let start = asker.ft().GetClass.unwrap();
        start(asker.session(), 0, none, namespace, c"t_thing".as_ptr(), ptr::null_mut(), &mut operation);
        assert_eq!(next(&mut operation).returned, MI_RESULT_INVALID_PARAMETER, "it yields classes");
        let (class, more, _) = next_class(&mut operation);
        assert!(more);
        shown.push(describe(class));
        // A clone and the class's parent outlive the operation.
        let (mut copy, mut parent) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!((*(*class).ft).Clone.unwrap()(class, &mut copy), MI_RESULT_OK);
        assert_eq!((*(*class).ft).GetParentClass.unwrap()(class, &mut parent), MI_RESULT_OK);
        assert_eq!(next_class(&mut operation), (ptr::null(), false, MI_RESULT_OK));
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        for class in [copy, parent] {
            shown.push(describe(class));
            let (mut kind, mut flags, mut place) = (MI_BOOLEAN, 0, 9);
            let get = (*(*class).ft).GetElement.unwrap();
            let (null, exists, reference, set) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
            let name = c"id".as_ptr();
            let got = get(class, name, null, exists, &mut kind, reference, set, &mut flags, &mut place);
            assert_eq!((got, kind, flags & MI_FLAG_KEY, place), (MI_RESULT_OK, MI_UINT32, MI_FLAG_KEY, 0));
            assert_eq!((*(*class).ft).Delete.unwrap()(class), MI_RESULT_OK);
        }
        let mut operation = MI_OPERATION_NULL;
        let start = asker.ft().EnumerateClasses.unwrap();
        start(asker.session(), 0, none, namespace, c"T_Base".as_ptr(), MI_TRUE, ptr::null_mut(), &mut operation);
        loop {
            match next_class(&mut operation) {
                (class, true, _) => shown.push(describe(class)),
                (_, false, result) => break assert_eq!(result, MI_RESULT_OK),
            }
        }
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        shown.join("\n")
    }
}

#[test]
fn classes_come_with_all_that_they_declare() {
    let thing = "T_Thing in root/test: 2 3 T_Base";
    let expected = [thing, thing, "T_Base in root/test: 2 0 10", "T_Thing in root/test: 0 0 T_Base"];
    assert_eq!(report("classes"), expected.join("\n"));
}

pub(super) unsafe fn cancelled(asker: &Asker) -> String {
    unsafe {
        let before = REFUSED.load(Ordering::Acquire);
        let mut operation = asker.enumerate(c"T_Endless", 0, ptr::null_mut());
        assert_eq!(number(next(&mut operation).instance, c"Id"), 7);
        let cancel = (*operation.ft).Cancel.unwrap();
        assert_eq!(cancel(&mut operation, MI_REASON_NONE), MI_RESULT_OK);
        let report = all(operation, |_| "some".into());
        while REFUSED.load(Ordering::Acquire) == before {
            thread::sleep(Duration::from_millis(1));
        }
        report.rsplit("; ").next().unwrap().to_owned()
    }
}

#[test]
fn an_endless_enumeration_can_be_cancelled() {
    assert_eq!(report("cancelled"), "1 the operation was cancelled");
}

pub(super) unsafe fn after_close(asker: &Asker) -> String {
    unsafe {
        let mut operation = asker.get(2);
        assert_eq!(close(&mut operation), MI_RESULT_OK);
        let mut back = MI_SESSION_NULL;
        let functions = &*operation.ft;
        let mut codes = vec![
            next(&mut operation).returned,
            next(&mut operation).result,
            functions.Cancel.unwrap()(&mut operation, MI_REASON_NONE),
            functions.GetSession.unwrap()(&mut operation, &mut back),
            close(&mut operation),
        ];
        let mut running = asker.enumerate(c"T_Endless", 0, ptr::null_mut());
        let closing = asker.ft().Close.unwrap();
        assert_eq!(closing(asker.session(), ptr::null_mut(), None), MI_RESULT_OK);
        codes.push(closing(asker.session(), ptr::null_mut(), None));
        while next(&mut running).more {}
        assert_eq!(close(&mut running), MI_RESULT_OK);
        let late = asker.get(2);
        assert!(late.ft.is_null() && late.reserved1 == 0, "no operation comes of a closed session");
        // Callbacks are told.
        let (log, heard) = log();
        let late = asker.enumerate(c"T_Thing", 0, &mut instance_callback(&log));
        assert!(late.ft.is_null());
        codes.iter().map(|it| it.0.to_string()).chain(heard.try_iter()).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn what_is_closed_is_refused_and_does_not_crash() {
    let report = report("after_close");
    assert!(report.starts_with("4 4 4 4 4 4 end 4 "), "{report}");
}
