//! The types that are generated from MOF, as their user sees them.

use every_base::State;
use every_method::act::ReturnValue;
use every_method::{Act, ActOutput};
use omi::{Class, Method, Value};

include!(concat!(env!("OUT_DIR"), "/everything.rs"));

#[test]
fn a_value_map_is_a_type_with_names_and_other_numbers_stay_possible() {
    assert_eq!(State::OK.name(), Some("OK"));
    assert_eq!(State::from_name("unknown"), Some(State::UNKNOWN));
    assert_eq!((State(7).name(), State(7).to_string()), (None, "7".to_owned()));
    assert_eq!(u16::from(State::OK), 1);
}

#[test]
fn inherited_and_overriding_properties_share_the_type() {
    let base: every_base::State = EveryScalar::default().state.unwrap();
    let derived: every_derived::State = EveryDerived::default().state.unwrap();
    assert_eq!((base, derived), (State::OK, State::UNKNOWN));
}

#[test]
fn an_array_of_named_values_goes_into_an_instance_and_comes_back() {
    let switches = [every_array::Switches::ON, every_array::Switches(9)];
    let array = EveryArray::default().with_name("a").with_switches(switches);
    let instance = array.to_instance().unwrap();
    assert_eq!(instance.get("Switches"), Some(&Value::Uint8Array(vec![1, 9])));
    assert_eq!(EveryArray::from_instance(instance).unwrap(), array);
}

#[test]
fn texts_of_a_value_map_are_constants() {
    assert_eq!(EveryPart::default().letter.as_deref(), Some(every_part::letter::A));
}

#[test]
fn a_constructor_takes_the_keys_that_have_no_default() {
    let part = EveryPart::new(every_part::Keys { id: 7 }).with_size(5);
    assert_eq!((part.id, part.size, part.letter.as_deref()), (Some(7), Some(5), Some("a")));
}

#[test]
fn methods_take_and_return_named_values() {
    let mut parameters = omi::Instance::new("Act").with("Count", 3_u32);
    assert_eq!(Act::load(&mut parameters).unwrap(), Act { count: Some(3) });
    let output = ActOutput { return_value: Some(ReturnValue::NOT_SUPPORTED), said: None };
    assert_eq!(format!("{:?}", output.return_value), "Some(ReturnValue(Not Supported))");
}
