// What omi-mof generates from the MOF below; the examples in the documentation include it.
//
//     class Sample_Number {
//         [Key] uint32 Number;
//         string Text;
//         uint32 Add([In] uint32 Amount, [In(false), Out] uint64 Sum);
//     };

use omi::decl::{ClassSpec, MethodSpec, ParameterSpec, PropertySpec};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleNumber {
    pub number: Option<u32>,
    pub text: Option<String>,
}

impl omi::Class for SampleNumber {
    const SPEC: &'static ClassSpec = &SAMPLE_NUMBER;

    fn store(&self, fields: &mut omi::Fields<'_>) -> omi::Result<()> {
        fields.put(0, &self.number)?;
        fields.put(1, &self.text)
    }

    fn load(instance: &mut omi::Instance) -> omi::Result<Self> {
        Ok(Self { number: instance.take("Number")?, text: instance.take("Text")? })
    }
}

pub static CLASSES: &[&ClassSpec] = &[&SAMPLE_NUMBER];

pub static SAMPLE_NUMBER: ClassSpec = ClassSpec {
    name: c"Sample_Number",
    superclass: None,
    flags: 0,
    qualifiers: omi::qualifiers![],
    properties: &[
        &PropertySpec {
            name: c"Number",
            flags: omi::flags::KEY,
            qualifiers: omi::qualifiers![],
            kind: omi::Type::Uint32,
            class_name: None,
            subscript: 0,
            origin: c"Sample_Number",
            propagator: c"Sample_Number",
            default: None,
        },
        &PropertySpec {
            name: c"Text",
            flags: 0,
            qualifiers: omi::qualifiers![],
            kind: omi::Type::String,
            class_name: None,
            subscript: 0,
            origin: c"Sample_Number",
            propagator: c"Sample_Number",
            default: None,
        },
    ],
    methods: &[&MethodSpec {
        name: c"Add",
        flags: 0,
        qualifiers: omi::qualifiers![],
        returns: omi::Type::Uint32,
        parameters: &[
            ParameterSpec {
                name: c"Amount",
                flags: omi::flags::IN,
                qualifiers: omi::qualifiers![],
                kind: omi::Type::Uint32,
                class_name: None,
                subscript: 0,
            },
            ParameterSpec {
                name: c"Sum",
                flags: omi::flags::OUT,
                qualifiers: omi::qualifiers![],
                kind: omi::Type::Uint64,
                class_name: None,
                subscript: 0,
            },
        ],
        origin: c"Sample_Number",
        propagator: c"Sample_Number",
    }],
};

pub mod sample_number {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Add {
        pub amount: Option<u32>,
    }

    impl omi::Method for Add {
        type Class = super::SampleNumber;
        type Output = AddOutput;
        const NAME: &'static str = "Add";

        fn load(parameters: &mut omi::Instance) -> omi::Result<Self> {
            Ok(Self { amount: parameters.take("Amount")? })
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AddOutput {
        pub return_value: Option<u32>,
        pub sum: Option<u64>,
    }

    impl omi::MethodOutput for AddOutput {
        fn store(&self, fields: &mut omi::Fields<'_>) -> omi::Result<()> {
            fields.put(0, &self.return_value)?;
            fields.put(2, &self.sum)
        }
    }
}
