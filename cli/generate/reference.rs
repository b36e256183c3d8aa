//! The command reference in Markdown.

use clap::builder::StyledStr;
use clap::{Arg, Command};
use std::fmt::Write;

/// How options are introduced that have no heading of their own.
const OPTIONS: &str = "Options";

/// A chapter for each command, options that all of them take in the first one only.
pub(super) fn markdown(command: Command) -> String {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut text = "<!-- Made by `lumi generate reference`; do not edit. -->\n\n# Commands\n".to_owned();
    chapter(&mut text, &command, true);
    text
}

fn chapter(text: &mut String, command: &Command, is_root: bool) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let usage = command.clone().render_usage().to_string();
    let _ = write!(text, "\n## {name}\n\n```\n{}\n```\n\n", usage.trim_start_matches("Usage: "));
    paragraphs(text, command.get_long_about().or(command.get_about()));

    let is_told = |arg: &&Arg| !arg.is_hide_set() && (is_root || !arg.is_global_set()) && arg.get_id() != "help";
    let arguments: Vec<&Arg> = command.get_arguments().filter(is_told).collect();
    for (heading, arguments) in by_heading(&arguments) {
        let _ = write!(text, "\n{heading}:\n\n");
        arguments.iter().for_each(|argument| item(text, argument));
    }
    let commands: Vec<&Command> = command.get_subcommands().filter(|command| !command.is_hide_set()).collect();
    if !commands.is_empty() {
        text.push_str("\nCommands:\n\n");
    }
    for command in &commands {
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let about = command.get_about().map(StyledStr::to_string).unwrap_or_default();
        let _ = writeln!(text, "- [{name}](#{}): {about}", name.replace(' ', "-"));
    }
    if let Some(more) = command.get_after_long_help() {
        text.push('\n');
        paragraphs(text, Some(more));
    }
    for command in commands {
        chapter(text, command, false);
    }
}

/// What stands without a name first, then the options, heading by heading, in the order of their definition.
fn by_heading<'a>(arguments: &[&'a Arg]) -> Vec<(String, Vec<&'a Arg>)> {
    let mut groups: Vec<(String, Vec<&Arg>)> = Vec::new();
    for argument in arguments {
        let heading = match argument.get_help_heading() {
            _ if argument.is_positional() => "Arguments",
            heading => heading.unwrap_or(OPTIONS),
        };
        match groups.iter_mut().find(|(name, _)| name == heading) {
            Some((_, group)) => group.push(argument),
            None => groups.push((heading.to_owned(), vec![argument])),
        }
    }
    groups.sort_by_key(|(heading, _)| match heading.as_str() {
        "Arguments" => 0,
        OPTIONS => 1,
        _ => 2,
    });
    groups
}

/// `` - `-p`, `--property <NAMES>`: help ``
fn item(text: &mut String, argument: &Arg) {
    text.push_str("- ");
    if let Some(short) = argument.get_short().filter(|_| !argument.is_positional()) {
        let _ = write!(text, "`-{short}`, ");
    }
    let help = argument.get_long_help().or(argument.get_help()).map(StyledStr::to_string).unwrap_or_default();
    let _ = write!(text, "`{argument}`: {}", help.replace('\n', " "));
    let values: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        let _ = write!(text, " ({})", values.join(", "));
    }
    let defaults: Vec<String> = argument.get_default_values().iter().map(|value| value.display().to_string()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        let _ = write!(text, " [default: {}]", defaults.join(" "));
    }
    text.push('\n');
}

/// Paragraphs as they are; lines that are indented are an example.
fn paragraphs(text: &mut String, help: Option<&StyledStr>) {
    let help = help.map(StyledStr::to_string).unwrap_or_default();
    let mut is_example = false;
    for line in help.lines() {
        let example = line.strip_prefix("  ");
        if example.is_some() != is_example && !(is_example && line.is_empty()) {
            text.push_str(if is_example { "```\n" } else { "\n```\n" });
            is_example = !is_example;
        }
        let _ = writeln!(text, "{}", example.unwrap_or(line));
    }
    if is_example {
        text.push_str("```\n");
    }
}
