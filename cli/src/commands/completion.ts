/** `holdfast completion SHELL`: scripts made from the commands, so that they never lag behind. */
import { type Command, commonOptions, type Option } from "../command.ts";
import { UsageError } from "../errors.ts";

/** The script for a shell; `all` are the commands it completes. */
export function completionCommand(all: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print the completion script for a shell",
    positionals: [{ name: "SHELL", help: "bash, zsh or fish", suggestions: ["bash", "zsh", "fish"] }],
    examples: [
      "source <(holdfast completion bash)",
      "source <(holdfast completion zsh)",
      "holdfast completion fish > ~/.config/fish/completions/holdfast.fish",
    ],
    async run({ positionals: [shell = ""], output }) {
      const script = completionScript(shell, all());
      output.result({ shell, script }, script);
    },
  };
}

/** Throws UsageError for a shell it does not know. */
export function completionScript(shell: string, commands: readonly Command[]): string {
  if (shell === "bash") return bash(commands);
  // zsh reads bash's completions by this adapter of its own
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
  if (shell === "fish") return fish(commands);
  throw new UsageError(`SHELL: "${shell}" is none of bash, zsh, fish`);
}

/** Every option with its short form, as typed. */
function optionsOf(command: Command): [typed: string[], Option][] {
  return Object.entries({ ...commonOptions, ...command.options }).map(([name, option]) => [
    [`--${name}`, ...(option.short === undefined ? [] : [`-${option.short}`])],
    option,
  ]);
}

/** `"get") choices="deployments" options="--output -o" ;;`: options are offered to who has typed a dash. */
function commandCase(command: Command): string {
  const suggestions = (command.positionals ?? []).flatMap((positional) => positional.suggestions ?? []);
  const options = optionsOf(command).flatMap(([typed]) => typed);
  return `    "${command.name}") choices="${suggestions.join(" ")}" options="${options.join(" ")}" ;;`;
}

/** `"get --output"|"get -o") choices="text json" ;;` for each option with choices. */
function valueCases(command: Command): string[] {
  return optionsOf(command).flatMap(([typed, { choices }]) =>
    choices === undefined
      ? []
      : [`    ${typed.map((each) => `"${command.name} ${each}"`).join("|")}) choices="${choices.join(" ")}" ;;`],
  );
}

/** First words, and the second words of each. */
function words(commands: readonly Command[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  return groups;
}

function bash(commands: readonly Command[]): string {
  const groups = words(commands);
  const second = [...groups].filter(([, seconds]) => seconds.length > 0);
  const isGroup = second.map(([first]) => first).join("|");
  return [
    "_holdfast() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" choices="" options=""',
    '  local command="${COMP_WORDS[1]}"',
    `  case "$command" in ${isGroup}) command="$command \${COMP_WORDS[2]}" ;; esac`,
    '  case "$command" in',
    ...commands.map(commandCase),
    "  esac",
    '  case "$current" in -*) choices="$options" ;; esac',
    '  case "$command $previous" in',
    ...commands.flatMap((command) => valueCases(command)),
    "  esac",
    `  [ "$COMP_CWORD" -eq 1 ] && choices="${[...groups.keys()].join(" ")}"`,
    ...second.map(
      ([first, seconds]) =>
        `  [ "$COMP_CWORD" -eq 2 ] && [ "\${COMP_WORDS[1]}" = "${first}" ] && choices="${seconds.join(" ")}"`,
    ),
    '  COMPREPLY=($(compgen -W "$choices" -- "$current"))',
    "}",
    // where nothing fits, a file may be meant
    "complete -o default -F _holdfast holdfast",
  ].join("\n");
}

function fish(commands: readonly Command[]): string {
  const groups = words(commands);
  return [
    ...[...groups.keys()].map((first) => `complete -c holdfast -n __fish_use_subcommand -f -a ${first}`),
    ...commands.flatMap((command) => {
      const [first = "", second] = command.name.split(" ");
      const seenFirst = `__fish_seen_subcommand_from ${first}`;
      const here = second === undefined ? seenFirst : `${seenFirst}; and __fish_seen_subcommand_from ${second}`;
      const options = Object.entries({ ...commonOptions, ...command.options });
      const suggestions = (command.positionals ?? []).flatMap((positional) => positional.suggestions ?? []);
      return [
        ...(second === undefined
          ? []
          : [`complete -c holdfast -n '${seenFirst}' -f -a ${second} -d '${quoteFish(command.summary)}'`]),
        ...(suggestions.length === 0 ? [] : [`complete -c holdfast -n '${here}' -f -a '${suggestions.join(" ")}'`]),
        ...options.map((option) => `complete -c holdfast -n '${here}' ${fishOption(option)}`),
      ];
    }),
  ].join("\n");
}

function fishOption([name, { short, value, choices, help }]: [string, Option]): string {
  const takes = choices === undefined ? (value === undefined ? "" : " -r") : ` -x -a '${choices.join(" ")}'`;
  return `-l ${name}${short === undefined ? "" : ` -s ${short}`}${takes} -d '${quoteFish(help)}'`;
}

function quoteFish(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
