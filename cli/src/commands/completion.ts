/** `holdfast completion SHELL`: scripts made from the commands, so that they never lag behind. */
import { type Command, commonOptions } from "../command.ts";
import { UsageError } from "../errors.ts";

/** The script for a shell; `all` are the commands it completes. */
export function completionCommand(all: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print the completion script for a shell",
    positionals: [{ name: "SHELL", help: "bash, zsh or fish" }],
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

function optionsOf(command: Command): string[] {
  return Object.keys({ ...command.options, ...commonOptions }).map((name) => `--${name}`);
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
  return [
    "_holdfast() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" choices=""',
    '  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
    ...commands
      .filter(({ name }) => name.includes(" "))
      .map((command) => `    "${command.name}") choices="${optionsOf(command).join(" ")}" ;;`),
    '    *) case "${COMP_WORDS[1]}" in',
    ...second.map(([first, seconds]) => `      ${first}) choices="${seconds.join(" ")}" ;;`),
    ...commands
      .filter(({ name }) => !name.includes(" "))
      .map((command) => `      ${command.name}) choices="${optionsOf(command).join(" ")}" ;;`),
    "    esac ;;",
    "  esac",
    `  [ "$COMP_CWORD" -eq 1 ] && choices="${[...groups.keys()].join(" ")}"`,
    ...second.map(
      ([first, seconds]) =>
        `  [ "$COMP_CWORD" -eq 2 ] && [ "\${COMP_WORDS[1]}" = "${first}" ] && choices="${seconds.join(" ")}"`,
    ),
    '  COMPREPLY=($(compgen -W "$choices" -- "$current"))',
    "}",
    "complete -F _holdfast holdfast",
  ].join("\n");
}

function fish(commands: readonly Command[]): string {
  const groups = words(commands);
  return [
    "complete -c holdfast -f",
    ...[...groups.keys()].map((first) => `complete -c holdfast -n __fish_use_subcommand -a ${first}`),
    ...commands.flatMap((command) => {
      const [first = "", second] = command.name.split(" ");
      const seenFirst = `__fish_seen_subcommand_from ${first}`;
      const here = second === undefined ? seenFirst : `${seenFirst}; and __fish_seen_subcommand_from ${second}`;
      const options = Object.entries({ ...command.options, ...commonOptions });
      return [
        ...(second === undefined
          ? []
          : [`complete -c holdfast -n '${seenFirst}' -a ${second} -d '${quoteFish(command.summary)}'`]),
        ...options.map(([name, { help }]) => `complete -c holdfast -n '${here}' -l ${name} -d '${quoteFish(help)}'`),
      ];
    }),
  ].join("\n");
}

function quoteFish(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}
