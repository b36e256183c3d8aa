//! Methods: a struct of the input parameters and one of the results.

use super::structure::{Field, fields_struct, load, store};
use super::{Generator, doc};
use crate::generate::names::{Distinct, camel, snake};
use crate::generate::writer::Writer;
use crate::model::{Class, Method, Parameter, Qualifiers};

impl Generator<'_> {
    /// All methods of a class, inherited ones too: a provider answers them for its own class.
    pub(super) fn method_structs(&self, class: &Class, out: &mut Writer) {
        let mut distinct = Distinct::default();
        for method in &class.methods {
            let input = distinct.type_name(camel(&method.name));
            let output = distinct.type_name(format!("{input}Output"));
            self.method(class, method, &input, &output, out);
        }
    }

    fn method(&self, class: &Class, method: &Method, input: &str, output: &str, out: &mut Writer) {
        let inputs = parameter_fields(method, &mut Distinct::default(), Parameter::is_in);
        let mut distinct = Distinct::default();
        let result = Qualifiers::default();
        let mut outputs = vec![Field {
            rust: distinct.name("return_value".to_owned()),
            cim: "ReturnValue",
            kind: &method.returns,
            qualifiers: &result,
            place: 0,
            default: None,
        }];
        outputs.extend(parameter_fields(method, &mut distinct, Parameter::is_out));

        out.line("");
        doc::description(&method.qualifiers, &format!("The input of `{}.{}`.", class.name, method.name), out);
        fields_struct(input, &inputs, out);
        out.line("");
        out.block(format!("impl ::omi::Method for {input} {{"), "}", |out| {
            out.line(format!("type Class = super::{};", self.names(class).structure));
            out.line(format!("type Output = {output};"));
            out.line(format!("const NAME: &'static str = {:?};", method.name));
            out.line("");
            load("parameters", &inputs, out);
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
    distinct: &mut Distinct,
    is_wanted: fn(&Parameter) -> bool,
) -> Vec<Field<'a>> {
    let parameters = method.parameters.iter().enumerate().filter(|(_, parameter)| is_wanted(parameter));
    parameters
        .map(|(place, parameter)| Field {
            rust: distinct.name(snake(&parameter.name)),
            cim: &parameter.name,
            kind: &parameter.kind,
            qualifiers: &parameter.qualifiers,
            place: place + 1,
            default: None,
        })
        .collect()
}
