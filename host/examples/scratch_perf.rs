//! scratch, to be removed
#![allow(unsafe_code)]
use omi_host::Host;
use omi_host::operation::*;
use omi_sys::*;
use std::path::Path;
use std::time::{Duration, Instant};
#[path = "../tests/engine/schema.rs"]
#[allow(dead_code)]
mod schema;
use schema::*;
static MODULE: Once = Once::new();
static DECL: std::sync::atomic::AtomicPtr<MI_ClassDecl> = std::sync::atomic::AtomicPtr::new(std::ptr::null_mut());
unsafe extern "C" fn main_(_s: *mut MI_Server) -> *mut MI_Module {
    MODULE.get(|| {
        let c = class(c"P", None, &[Element(c"Id", MI_UINT32, MI_FLAG_KEY), Element(c"S", MI_STRING, 0), Element(c"U", MI_UINT64, 0), Element(c"R", MI_REAL64, 0), Element(c"B", MI_BOOLEAN, 0), Element(c"A", MI_STRINGA, 0)], vec![], Some(MI_ProviderFT { EnumerateInstances: Some(en), ..NO_ENTRIES }));
        DECL.store(c.cast_mut(), std::sync::atomic::Ordering::SeqCst);
        module(vec![c])
    })
}
unsafe extern "C" fn en(_: *mut std::ffi::c_void, c: *mut MI_Context, _: *const MI_Char, _: *const MI_Char, _: *const MI_PropertySet, _: MI_Boolean, _: *const MI_Filter) {
    unsafe {
        let d = DECL.load(std::sync::atomic::Ordering::SeqCst);
        let mut mem = [0u64; 64];
        let i: *mut MI_Instance = mem.as_mut_ptr().cast();
        for n in 0..200_000u32 {
            let _ = (*(*c).ft).ConstructInstance.unwrap()(c, d, i);
            let b = i.cast::<u8>();
            *b.add(offset(0)).cast() = MI_Uint32Field { value: n, exists: 1, flags: 0 };
            *b.add(offset(2)).cast() = MI_Uint64Field { value: n as u64, exists: 1, flags: 0 };
            *b.add(offset(3)).cast() = MI_Real64Field { value: 1.5, exists: 1, flags: 0 };
            *b.add(offset(4)).cast() = MI_BooleanField { value: 1, exists: 1, flags: 0 };
            let mut strs = [c"one".as_ptr().cast_mut(), c"two two".as_ptr().cast_mut()];
            let set = (*(*i).ft).SetElementAt.unwrap();
            let _ = set(i, 1, &MI_Value { string: c"some name of a thing".as_ptr().cast_mut() }, MI_STRING, 0);
            let _ = set(i, 5, &MI_Value { stringa: MI_StringA { data: strs.as_mut_ptr(), size: 2 } }, MI_STRINGA, 0);
            let _ = post_instance(c, i);
            let _ = (*(*i).ft).Destruct.unwrap()(i);
        }
        let _ = post_result(c, MI_RESULT_OK);
    }
}
fn req(class: &str) -> Request {
    Request { principal: Principal::current_process(), namespace: "root/cimv2".into(), locale: None, data_locale: None, deadline: None, options: vec![],
        operation: Operation::Enumerate { class: class.into(), depth: Depth::None, properties: None, keys_only: false } }
}
fn main() {
    let number = std::env::args().nth(1).unwrap();
    let host = Host::builder().linked("perf", main_, &[]).provider(Path::new(&number), &[]).build().unwrap();
    for class in ["P", "P", "P", "XYZ_Number", "XYZ_Number", "XYZ_Number"] {
        for batch in [20, 1000] {
            let t = Instant::now();
            let mut r = host.submit(req(class)).unwrap();
            let mut n = 0;
            let mut batches = 0;
            loop { let b = r.next(batch, Duration::from_millis(50)); n += b.instances.len(); batches += 1; if let Some(e) = b.end { e.unwrap(); break } }
            println!("{class} batch {batch}: {n} in {:?} = {:.0}/s, {batches} batches", t.elapsed(), n as f64 / t.elapsed().as_secs_f64());
        }
    }
    let t = Instant::now();
    for _ in 0..2000 { let mut r = host.submit(req("XYZ_None_")).err(); r.take(); }
    println!("{:?}", t.elapsed());
}
