//! Methods: a struct of the input parameters and one of the results.

use super::structure::{Field, fields_struct, load, store};
use super::{Generator, doc, method_names};
use crate::generate::names::{Distinct, snake};
use crate::generate::writer::Writer;
use crate::model::{Class, Method, Parameter, Qualifiers};

impl Generator<'_> {
    /// All methods of a class, inherited ones too: a provider answers them for its own class.
    pub(super) fn method_structs(&self, class: &Class, out: &mut Writer) {
        for (place, (input, output)) in method_names(class).iter().enumerate() {
            self.method(class, place, input, output, out);
        }
    }

    fn method(&self, class: &Class, place: usize, input: &str, output: &str, out: &mut Writer) {
        let method = &class.methods[place];
        let named = |parameter| self.values.of_parameter(class, place, parameter, &self.names);
        let inputs = parameter_fields(method, &named, &mut Distinct::default(), Parameter::is_in);
        let mut distinct = Distinct::default();
        let result = Qualifiers::default();
        let mut outputs = vec![Field {
            rust: distinct.name("return_value".to_owned()),
            cim: "ReturnValue",
            kind: &method.returns,
            named: named(0),
            qualifiers: &result,
            place: 0,
            default: None,
        }];
        outputs.extend(parameter_fields(method, &named, &mut distinct, Parameter::is_out));

        out.line("");
        doc::description(&method.qualifiers, &format!("The input of `{}.{}`.", class.name, method.name), out);
        fields_struct(input, &inputs, out);
        out.line("");
        out.block(format!("impl ::omi::Method for {input} {{"), "}", |out| {
            out.line(format!("type Class = super::{};", self.names(class).structure));
            out.line(format!("type Output = {output};"));
            out.line(format!("const NAME: &'static str = {:?};", method.name));
            out.line("");
            load("load", "parameters", &inputs, out);
        });
        out.line("");
        out.line(format!("/// The result of `{}.{}`.", class.name, method.name));
        fields_struct(output, &outputs, out);
        out.line("");
        out.block(format!("impl ::omi::MethodOutput for {output} {{"), "}", |out| store(&outputs, out));
    }
}

/// The parameters that `is_wanted` chooses; place 0 of a method's declaration is its return value.
fn parameter_fields<'a>(
    method: &'a Method,
    named: &dyn Fn(usize) -> Option<String>,
    distinct: &mut Distinct,
    is_wanted: fn(&Parameter) -> bool,
) -> Vec<Field<'a>> {
    let parameters = method.parameters.iter().enumerate().filter(|(_, parameter)| is_wanted(parameter));
    parameters
        .map(|(place, parameter)| Field {
            rust: distinct.name(snake(&parameter.name)),
            cim: &parameter.name,
            kind: &parameter.kind,
            named: named(place + 1),
            qualifiers: &parameter.qualifiers,
            place: place + 1,
            default: None,
        })
        .collect()
}
