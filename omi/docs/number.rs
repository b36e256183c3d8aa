// What omi-mof generates from the MOF below; the examples in the documentation include it.
//
//     class Sample_Number {
//         [Key] uint32 Number;
//         string Text;
//         uint32 Add([In] uint32 Amount, [In(false), Out] uint64 Sum);
//     };

use omi::decl::{ClassSpec, MethodSpec, PropertySpec};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleNumber {
    pub number: Option<u32>,
    pub text: Option<String>,
}

impl omi::Class for SampleNumber {
    const SPEC: &'static ClassSpec = &SAMPLE_NUMBER;

    fn store(&self, fields: &mut omi::Fields<'_>) {
        fields.put(0, &self.number);
        fields.put(1, &self.text);
    }

    fn load(instance: &mut omi::Instance) -> omi::Result<Self> {
        Ok(Self { number: instance.take("Number")?, text: instance.take("Text")? })
    }
}

pub static CLASSES: &[&ClassSpec] = &[&SAMPLE_NUMBER];

pub static SAMPLE_NUMBER: ClassSpec = omi::class_spec! {
    name: c"Sample_Number",
    superclass: None,
    flags: 0,
    qualifiers: &[],
    properties: &[
        PropertySpec { flags: omi::flags::KEY, ..PropertySpec::new(c"Number", omi::Type::Uint32) },
        PropertySpec::new(c"Text", omi::Type::String),
    ],
    methods: &[MethodSpec {
        parameters: &[
            PropertySpec { flags: omi::flags::IN, ..PropertySpec::new(c"Amount", omi::Type::Uint32) },
            PropertySpec { flags: omi::flags::OUT, ..PropertySpec::new(c"Sum", omi::Type::Uint64) },
        ],
        ..MethodSpec::new(c"Add", omi::Type::Uint32)
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
        fn store(&self, fields: &mut omi::Fields<'_>) {
            fields.put(0, &self.return_value);
            fields.put(2, &self.sum);
        }
    }
}
