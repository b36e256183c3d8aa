//! Sample_Caller, whose methods make the calls of MI_Context one by one, and Sample_Raised, which one of them raises.

use crate::sample_caller::*;
use crate::{SampleCaller, SampleRaised};
use omi::dialogue::{Delivery, Progress};
use omi::lifecycle::Lifecycle;
use omi::{Error, Indicate, Indications, Instance, Invoke, Load, LoadContext, Method, Query, Result, ResultCode};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where indications go while somebody subscribes. Two classes share it, and the host makes a provider for each.
static CHANNEL: Mutex<Option<Indications<SampleRaised>>> = Mutex::new(None);

pub(crate) struct Caller {
    lifecycle: Option<Lifecycle>,
}

impl Load for Caller {
    fn load(context: &LoadContext<'_>) -> Result<Self> {
        Ok(Self { lifecycle: context.lifecycle() })
    }
}

#[derive(Default)]
pub(crate) struct Raised;

impl Indicate<SampleRaised> for Raised {
    fn enable(&self, channel: Indications<SampleRaised>) -> Result<()> {
        *CHANNEL.lock().unwrap_or_else(PoisonError::into_inner) = Some(channel);
        Ok(())
    }

    fn disable(&self) {
        *CHANNEL.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Implements a method: what it does with its input and the query gives the fields of its output.
macro_rules! calls {
    ($($method:ident => $output:ident: |$caller:pat_param, $target:pat_param, $input:pat_param, $query:pat_param| $body:expr)+) => {
        $(impl Invoke<$method> for Caller {
            fn invoke(&self, target: Option<SampleCaller>, input: $method, query: &Query<'_>) -> Result<$output> {
                let ($caller, $target, $input, $query) = (self, target, input, query);
                $body
            }
        })+
    };
}

/// The input of the method NewParameters, whose output is given by names.
pub(crate) struct ByName {
    text: Option<String>,
}

impl Method for ByName {
    type Class = SampleCaller;
    type Output = Instance;
    const NAME: &'static str = "NewParameters";

    fn load(parameters: &mut Instance) -> Result<Self> {
        Ok(Self { text: parameters.take("Text")? })
    }
}

impl Invoke<ByName> for Caller {
    fn invoke(&self, _target: Option<SampleCaller>, input: ByName, _query: &Query<'_>) -> Result<Instance> {
        let text = input.text.unwrap_or_default();
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Ok(Instance::new("").with("ReturnValue", text).with("Length", length))
    }
}

/// What the host answered, by the name that the SDK has for it.
fn name(answer: impl std::fmt::Debug) -> Option<String> {
    Some(format!("{answer:?}"))
}

fn error(text: Option<String>, has_details: Option<bool>) -> Error {
    let text = text.unwrap_or_default();
    let error = Error::new(ResultCode::ACCESS_DENIED, text.as_str());
    if has_details != Some(true) {
        return error;
    }
    error.with_details(Instance::new("CIM_Error").with("CIMStatusCode", 2_u32).with("Message", text))
}

calls! {
    WriteMessage => WriteMessageOutput: |_, _, input, query| {
        let text = input.text.unwrap_or_default();
        let answers = [query.warning(&text), query.verbose(&text), query.debug(&text)];
        let all_alike = answers.iter().all(|answer| *answer == answers[0]);
        Ok(WriteMessageOutput { return_value: if all_alike { name(answers[0]) } else { name(answers) } })
    }
    WriteProgress => WriteProgressOutput: |_, _, input, query| {
        let progress = Progress::new(input.activity.unwrap_or_default()).operation("step").status("well");
        let progress = progress.percent(50).remaining(Duration::from_secs(5));
        Ok(WriteProgressOutput { return_value: name(query.progress(&progress)) })
    }
    WriteStreamParameter => WriteStreamParameterOutput: |_, _, input, query| {
        let mut delivery = Delivery::Skipped;
        for line in 0..input.count.unwrap_or(0) {
            delivery = query.stream("Lines", format!("line {line}"))?;
        }
        Ok(WriteStreamParameterOutput { return_value: name(delivery), lines: None })
    }
    WriteError => WriteErrorOutput: |_, _, input, query| {
        Ok(WriteErrorOutput { return_value: name(query.error(&error(input.text, input.details))) })
    }
    PromptUser => PromptUserOutput: |_, _, input, query| {
        let text = input.text.unwrap_or_default();
        let answer = if input.critical == Some(true) { query.critical_prompt(&text) } else { query.prompt(&text) };
        Ok(PromptUserOutput { return_value: name(answer) })
    }
    ShouldProcess => ShouldProcessOutput: |_, _, input, query| {
        let (target, action) = (input.target.unwrap_or_default(), input.action.unwrap_or_default());
        Ok(ShouldProcessOutput { return_value: name(query.should_process(&target, &action)) })
    }
    ShouldContinue => ShouldContinueOutput: |_, _, input, query| {
        Ok(ShouldContinueOutput { return_value: name(query.should_continue(&input.text.unwrap_or_default())) })
    }
    Canceled => CanceledOutput: |_, _, _, query| Ok(CanceledOutput { return_value: Some(query.canceled()) })
    ConstructParameters => ConstructParametersOutput: |_, _, input, _| {
        Ok(ConstructParametersOutput { return_value: input.text })
    }
    RegisterCancel => RegisterCancelOutput: |_, _, _, query| {
        let support = query.on_cancel(|reason| log::debug!("cancelled: {reason:?}"));
        Ok(RegisterCancelOutput { return_value: name(support) })
    }
    GetLocale => GetLocaleOutput: |_, _, _, query| {
        let support = name(query.locale_support());
        Ok(GetLocaleOutput { return_value: query.locale(), data: query.data_locale(), support })
    }
    SetStringOption => SetStringOptionOutput: |_, _, input, query| {
        let option = input.name.unwrap_or_default();
        let support = query.set_option(&option, &input.value.unwrap_or_default());
        Ok(SetStringOptionOutput { return_value: name(support), now: query.option_text(&option) })
    }
    GetOption => GetOptionOutput: |_, _, input, query| {
        let option = input.name.unwrap_or_default();
        Ok(GetOptionOutput {
            return_value: Some(0),
            text: query.option_text(&option),
            number: query.option_number(&option),
            type_: query.option(&option).map(|option| option.kind.to_string()),
        })
    }
    GetOptions => GetOptionsOutput: |_, _, _, query| {
        let names: Vec<_> = query.options().map(|option| option.name.to_string()).collect();
        Ok(GetOptionsOutput { return_value: u32::try_from(names.len()).ok(), names: Some(names) })
    }
    RefuseUnload => RefuseUnloadOutput: |_, _, _, query| {
        Ok(RefuseUnloadOutput { return_value: name(query.refuse_unload()), request_unload: name(query.request_unload()) })
    }
    PostError => PostErrorOutput: |_, _, input, _| Err(error(input.text, input.details))
    PostLifecycle => PostLifecycleOutput: |caller, target, _, _| {
        let Some(lifecycle) = &caller.lifecycle else {
            return Ok(PostLifecycleOutput { return_value: name(Delivery::Unsupported), post: None });
        };
        let post = name(lifecycle.post_read(&target.unwrap_or_default())?);
        Ok(PostLifecycleOutput { return_value: name(Delivery::Delivered), post })
    }
    Raise => RaiseOutput: |_, _, input, _| {
        let channel = CHANNEL.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(channel) = channel else { return Ok(RaiseOutput { return_value: Some(false) }) };
        channel.post(SampleRaised { text: input.text })?;
        Ok(RaiseOutput { return_value: Some(true) })
    }
}
