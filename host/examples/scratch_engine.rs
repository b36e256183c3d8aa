//! scratch, to be removed
use omi::{Instance, Value};
use omi_host::Host;
use omi_host::operation::*;
use std::path::Path;
use std::time::{Duration, Instant};
fn req(op: Operation) -> Request {
    Request { principal: Principal::current_process(), namespace: "root/cimv2".into(), locale: None, data_locale: None,
        deadline: Some(Instant::now() + Duration::from_secs(10)), options: vec![], operation: op }
}
fn main() {
    for lib in std::env::args().skip(1) {
        println!("=== {lib}");
        let host = match Host::builder().provider(Path::new(&lib), &[]).build() { Ok(h) => h, Err(e) => { println!("LOAD {e}"); continue } };
        for p in host.problems() { println!("problem {p}"); }
        for class in host.classes("root/cimv2").unwrap() {
            println!("class {} : {:?} props {} methods {:?} keys {:?}", class.name, class.ancestors, class.properties.len(), class.methods.iter().map(|m| &*m.name).collect::<Vec<_>>(), class.keys().map(|k| &*k.name).collect::<Vec<_>>());
            let r = host.submit(req(Operation::Enumerate { class: class.name.to_string(), depth: Depth::None, properties: None, keys_only: false })).and_then(|r| r.collect());
            match r {
                Err(e) => println!("   enumerate: {:?} {e}", e.code()),
                Ok(list) => for i in list {
                    println!("   {}", omi::class::object_path(&i));
                    for p in i.properties() { if let Some(v) = &p.value { println!("        {} = {}", p.name, omi::text::display(v)); } }
                    let g = host.submit(req(Operation::Get { key: i.clone(), properties: None })).and_then(|r| r.one());
                    match g { Ok(g) => println!("      get ok, same: {}", g == i), Err(e) => println!("      get {:?} {e}", e.code()) }
                    for m in &class.methods {
                        let mut parameters = Instance::new(m.name.clone());
                        for p in &m.parameters { if p.flags & omi::flags::IN != 0 { let v = match p.kind { omi::Type::String => Some(Value::from("x")), omi::Type::Uint32 => Some(Value::Uint32(1)), omi::Type::Sint32 => Some(Value::Sint32(1)), omi::Type::Uint64 => Some(Value::Uint64(1)), omi::Type::Boolean => Some(Value::Boolean(true)), _ => None }; if let Some(v) = v { parameters.set(&p.name, v) } } }
                        let target = if m.is_static() { None } else { Some(i.clone()) };
                        let r = host.submit(req(Operation::Invoke { class: class.name.to_string(), target, method: m.name.to_string(), parameters })).and_then(|r| r.collect());
                        match r { Ok(r) => println!("      {} -> {:?}", m.name, r.iter().map(|r| r.properties().iter().map(|p| format!("{}={:?}", p.name, p.value.as_ref().map(omi::text::display))).collect::<Vec<_>>()).collect::<Vec<_>>()), Err(e) => println!("      {} !! {:?} {e}", m.name, e.code()) }
                    }
                }
            }
        }
    }
}
